//! Unix sockets.

use std::io;
use std::path::PathBuf;

use futures::io::AsyncReadExt;

use super::block_on;
use crate::here::driver;
use crate::net::{UnixDatagram, UnixListener, UnixStream};
use crate::spawn;

/// A path of its own, free.
fn path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("wakeful-{name}-{}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn a_listener_at_a_path_accepts_and_halves_carry_both_ways() {
    block_on(async {
        let path = path("stream");
        let listener = UnixListener::bind(&path).unwrap();
        let taken = UnixListener::bind(&path).unwrap_err();
        assert!(taken.to_string().contains("remove the file"), "{taken}");
        let serving = spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (mut read, mut write) = stream.into_split();
            let mut all = Vec::new();
            read.read_to_end(&mut all).await.unwrap();
            write.write_all(&all).await.unwrap();
            read.reunite(write).unwrap()
        });
        let stream = UnixStream::connect(&path).await.unwrap();
        let (mut read, mut write) = stream.into_split();
        let sent = vec![7; 300_000];
        write.write_all(&sent).await.unwrap();
        drop(write);
        let mut got = vec![0; sent.len()];
        read.read_exact(&mut got).await.unwrap();
        assert!(got == sent, "what came back is what was sent");
        drop(serving.await.unwrap());
        std::fs::remove_file(&path).unwrap();
        let nobody = UnixStream::connect(&path).await.unwrap_err();
        assert_eq!(nobody.kind(), io::ErrorKind::NotFound);
        assert_eq!(driver().unwrap().watched(), 0);
    });
}

#[test]
fn datagrams_are_carried_whole() {
    block_on(async {
        let (one, other) = UnixDatagram::pair().unwrap();
        one.send(b"first").await.unwrap();
        one.send(b"second").await.unwrap();
        let mut buf = [0; 16];
        assert_eq!(other.recv(&mut buf).await.unwrap(), 5);
        assert_eq!(other.recv(&mut buf).await.unwrap(), 6);
        let path = path("datagram");
        let named = UnixDatagram::bind(&path).unwrap();
        let unnamed = UnixDatagram::unbound().unwrap();
        unnamed.send_to(b"third", &path).await.unwrap();
        let (len, from) = named.recv_from(&mut buf).await.unwrap();
        assert!(len == 5 && from.is_unnamed());
        std::fs::remove_file(&path).unwrap();
    });
}
