//! Datagrams between UDP sockets.

use std::future::poll_fn;
use std::io;

use super::block_on;
use crate::here::driver;
use crate::net::UdpSocket;
use crate::spawn;

#[test]
fn a_datagram_tells_where_it_came_from_and_is_answered() {
    block_on(async {
        let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (here, there) = (one.local_addr().unwrap(), other.local_addr().unwrap());
        let answering = spawn(async move {
            let mut buf = [0; 16];
            let (peeked, _) = other.peek_from(&mut buf).await.unwrap();
            let (len, from) = other.recv_from(&mut buf).await.unwrap();
            assert_eq!((peeked, from), (len, here));
            buf[..len].reverse();
            other.send_to(&buf[..len], from).await.unwrap();
        });
        one.connect(there).await.unwrap();
        assert_eq!(one.peer_addr().unwrap(), there);
        assert_eq!(one.send(b"abc").await.unwrap(), 3);
        let mut buf = [0; 16];
        assert_eq!(one.recv(&mut buf).await.unwrap(), 3);
        assert_eq!(&buf[..3], b"cba");
        answering.await.unwrap();
        assert_eq!(driver().unwrap().watched(), 0);
    });
}

#[test]
fn several_tasks_receive_from_one_socket() {
    block_on(async {
        let socket = std::sync::Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let to = socket.local_addr().unwrap();
        let receiving: Vec<_> = (0..4)
            .map(|_| {
                let socket = std::sync::Arc::clone(&socket);
                spawn(async move { socket.recv(&mut [0; 4]).await.unwrap() })
            })
            .collect();
        let sender = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for _ in 0..4 {
            poll_fn(|cx| sender.poll_send_to(cx, b"x", to)).await.unwrap();
        }
        for receiver in receiving {
            assert_eq!(receiver.await.unwrap(), 1);
        }
    });
}

#[test]
fn nothing_to_receive_is_said_at_once() {
    block_on(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let error = socket.try_recv(&mut [0; 4]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        socket.writable().await.unwrap();
        assert_eq!(socket.try_send_to(b"to myself", socket.local_addr().unwrap()).unwrap(), 9);
        socket.readable().await.unwrap();
    });
}
