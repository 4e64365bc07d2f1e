//! Sockets, as a server and its clients use them.

use wakeful::io::{AsyncReadExt, AsyncWriteExt, copy};
use wakeful::net::{TcpListener, TcpStream, UdpSocket};
use wakeful::{select, spawn};

#[wakeful::test(worker_threads = 2)]
async fn an_echo_server_serves_many_clients_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            spawn(async move {
                let (mut reader, mut writer) = stream.into_split();
                copy(&mut reader, &mut writer).await.unwrap();
            });
        }
    });
    let clients: Vec<_> = (0..20_u8)
        .map(|client| {
            spawn(async move {
                let stream = TcpStream::connect(address).await.unwrap();
                let sent = vec![client; 10_000];
                let (mut reader, mut writer) = stream.split();
                let mut got = vec![0; sent.len()];
                let (wrote, read) =
                    wakeful::join!(writer.write_all(&sent), reader.read_exact(&mut got));
                wrote.unwrap();
                read.unwrap();
                assert_eq!(sent, got);
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    server.abort();
    assert!(server.await.unwrap_err().is_cancelled());
    assert!(TcpStream::connect(address).await.is_err(), "the listener went with its task");
}

#[wakeful::test]
async fn the_end_of_a_stream_is_seen() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    client.write_all(b"bye").await.unwrap();
    drop(client);
    let mut told = String::new();
    server.read_to_string(&mut told).await.unwrap();
    assert_eq!(told, "bye");
}

#[wakeful::test]
async fn a_read_that_is_cancelled_loses_no_byte() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    let mut byte = [0];
    select! {
        biased;
        _ = server.read(&mut byte) => panic!("nothing was sent"),
        () = wakeful::yield_now() => {}
    }
    client.write_all(b"x").await.unwrap();
    assert_eq!(server.read(&mut byte).await.unwrap(), 1);
    assert_eq!(byte, *b"x");
}

#[wakeful::test]
async fn datagrams_keep_their_bounds() {
    let one = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let to = other.local_addr().unwrap();
    one.send_to(b"first", to).await.unwrap();
    one.send_to(b"second", to).await.unwrap();
    let mut buffer = [0; 64];
    let (length, from) = other.recv_from(&mut buffer).await.unwrap();
    assert_eq!((&buffer[..length], from), (&b"first"[..], one.local_addr().unwrap()));
}
