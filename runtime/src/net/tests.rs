//! Sockets, seen from inside one runtime on one thread.

#[cfg(unix)]
mod local;
mod udp;

use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::task::Poll;

use futures::future::{join, join_all, select};
use futures::io::{AsyncReadExt, AsyncWriteExt};

use super::{TcpListener, TcpSocket, TcpStream};
use crate::here::driver;
use crate::runtime::Builder;
use crate::spawn;
use crate::time;

/// On a runtime of its own, so that its clock and its waits are its own.
fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().build().unwrap().block_on(future)
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, accepted) = join(TcpStream::connect(address), listener.accept()).await;
    (client.unwrap(), accepted.unwrap().0)
}

#[test]
fn many_connections_echo_in_parts() {
    const CONNECTIONS: usize = 64;
    const BYTES: usize = 200_000;
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            for _ in 0..CONNECTIONS {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _echo = spawn(async move {
                    let mut buf = [0; 1000];
                    loop {
                        match stream.read(&mut buf).await.unwrap() {
                            0 => break,
                            n => stream.write_all(&buf[..n]).await.unwrap(),
                        }
                    }
                });
            }
        });
        let clients = (0..CONNECTIONS).map(|seed| {
            spawn(async move {
                let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
                let sent: Vec<u8> = (0..BYTES).map(|i| (i * 7 + seed) as u8).collect();
                let expected = sent.clone();
                let writer = spawn(async move {
                    for part in sent.chunks(7777) {
                        write.write_all(part).await.unwrap();
                    }
                });
                let mut got = Vec::new();
                read.read_to_end(&mut got).await.unwrap();
                writer.await.unwrap();
                assert!(got == expected, "what came back is what was sent");
            })
        });
        for client in join_all(clients).await {
            client.unwrap();
        }
        server.await.unwrap();
        assert_eq!(driver().unwrap().watched(), 0);
    });
}

#[test]
fn several_tasks_accept_from_one_listener() {
    block_on(async {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = listener.local_addr().unwrap();
        let accepters = (0..4).map(|_| {
            let listener = Arc::clone(&listener);
            spawn(async move {
                for _ in 0..5 {
                    listener.accept().await.unwrap();
                }
            })
        });
        let accepters: Vec<_> = accepters.collect();
        let clients = (0..20).map(|_| TcpStream::connect(address));
        let streams: Vec<_> = join_all(clients).await;
        assert!(streams.iter().all(Result::is_ok));
        for accepter in accepters {
            accepter.await.unwrap();
        }
    });
}

#[test]
fn halves_of_one_stream_are_reunited_and_others_are_given_back() {
    block_on(async {
        let (one, mut other) = pair().await;
        let (_read, write_other) = {
            let (a, _b) = pair().await;
            a.into_split()
        };
        let (read, write) = one.into_split();
        let error = read.reunite(write_other).unwrap_err();
        let mut one = error.0.reunite(write).unwrap();
        one.write_all(b"whole").await.unwrap();
        let mut buf = [0; 5];
        other.read_exact(&mut buf).await.unwrap();
        assert_eq!(&buf, b"whole");
    });
}

#[test]
fn dropping_the_write_half_ends_the_stream_for_the_reader() {
    block_on(async {
        let (one, mut other) = pair().await;
        let (_read, write) = one.into_split();
        drop(write);
        assert_eq!(other.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

#[test]
fn lent_halves_work_side_by_side() {
    block_on(async {
        let (one, mut other) = pair().await;
        let (mut read, mut write) = one.split();
        let mut buf = [0; 4];
        let echo = async {
            let mut buf = [0; 4];
            other.read_exact(&mut buf).await.unwrap();
            other.write_all(&buf).await.unwrap();
        };
        let both = join(read.read_exact(&mut buf), write.write_all(b"ping"));
        let ((got, sent), ()) = join(both, echo).await;
        got.unwrap();
        sent.unwrap();
        assert_eq!(&buf, b"ping");
    });
}

#[test]
fn nobody_listening_is_an_error_that_names_the_address() {
    block_on(async {
        let free = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let error = TcpStream::connect(free).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(error.to_string().contains(&free.to_string()), "{error}");
        assert_eq!(driver().unwrap().watched(), 0);
    });
}

#[test]
fn a_taken_address_is_an_error_that_names_it_and_the_cure() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let taken = listener.local_addr().unwrap();
        let error = TcpListener::bind(taken).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let text = error.to_string();
        assert!(text.contains(&taken.to_string()) && text.contains("port 0"), "{text}");
    });
}

#[test]
fn a_reset_by_the_peer_reaches_the_reader() {
    block_on(async {
        let (one, mut other) = pair().await;
        one.set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(one);
        let error = other.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_dropped_read_waits_no_more_and_loses_nothing() {
    block_on(async {
        let (mut one, mut other) = pair().await;
        let mut buf = [0; 1];
        {
            let mut read = one.read(&mut buf);
            let parked = poll_fn(|cx| Poll::Ready(std::pin::Pin::new(&mut read).poll(cx))).await;
            assert!(parked.is_pending());
            assert_eq!(driver().unwrap().watched(), 1);
        }
        assert_eq!(driver().unwrap().watched(), 0);
        other.write_all(b"x").await.unwrap();
        assert_eq!(one.read(&mut buf).await.unwrap(), 1);
    });
}

#[test]
fn shutdown_of_the_runtime_ends_waits_with_an_error() {
    block_on(async {
        let (mut one, _other) = pair().await;
        let reader = spawn(async move { one.read(&mut [0; 1]).await });
        let handle = driver().unwrap();
        while handle.reactor().watched() == 0 {
            time::sleep(std::time::Duration::from_millis(1)).await;
        }
        handle.shutdown();
        let error = reader.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("shut down"), "{error}");
        assert_eq!(handle.watched(), 0);
    });
}

#[test]
fn peeked_bytes_are_read_again() {
    block_on(async {
        let (mut one, mut other) = pair().await;
        other.write_all(b"peek").await.unwrap();
        let mut buf = [0; 4];
        while one.peek(&mut buf).await.unwrap() < 4 {}
        assert_eq!(&buf, b"peek");
        one.read_exact(&mut buf).await.unwrap();
        other.shutdown(Shutdown::Write).unwrap();
        assert_eq!(one.peek(&mut buf).await.unwrap(), 0);
    });
}

#[test]
fn trying_says_would_block_and_waiting_says_when_it_would_not() {
    block_on(async {
        let (one, mut other) = pair().await;
        let mut buf = [0; 4];
        assert_eq!(one.try_read(&mut buf).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        other.write_all(b"now!").await.unwrap();
        let read = loop {
            one.readable().await.unwrap();
            match one.try_read(&mut buf) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => break result.unwrap(),
            }
        };
        assert_eq!(&buf[..read], b"now!");
        one.writable().await.unwrap();
        assert_eq!(one.try_write(b"ok").unwrap(), 2);
    });
}

#[test]
fn a_name_is_looked_up_and_nonsense_is_refused() {
    block_on(async {
        let found: Vec<_> = super::lookup_host("localhost:80").await.unwrap().collect();
        assert!(found.iter().any(|address| address.ip().is_loopback() && address.port() == 80));
        let error = super::lookup_host("no port").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    });
}

#[test]
fn a_socket_binds_before_it_connects() {
    block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(8).unwrap();
        let address = listener.local_addr().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let own = socket.local_addr().unwrap();
        let stream = socket.connect(address).await.unwrap();
        assert_eq!(stream.local_addr().unwrap(), own);
        assert_eq!(listener.accept().await.unwrap().1, own);
    });
}

#[test]
fn a_ready_socket_does_not_starve_other_tasks() {
    block_on(async {
        let (mut one, mut other) = pair().await;
        let feed = spawn(async move { while other.write_all(&[0; 4096]).await.is_ok() {} });
        let reading = async {
            loop {
                assert_ne!(one.read(&mut [0; 1]).await.unwrap(), 0);
            }
        };
        select(Box::pin(reading), time::sleep(std::time::Duration::from_millis(20))).await;
        drop(one);
        feed.await.unwrap();
    });
}
