//! Copying, and the standard streams.

use futures::io::{AsyncReadExt, AsyncWriteExt, Cursor};

use super::{copy, copy_bidirectional, stdout};
use crate::net::UnixStream;
use crate::runtime::Builder;
use crate::spawn;

fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn what_is_read_is_written() {
    block_on(async {
        let from: Vec<u8> = (0..100_000_u32).map(|i| i as u8).collect();
        let mut to = Vec::new();
        let copied = copy(&mut Cursor::new(&from), &mut to).await.unwrap();
        assert_eq!((copied, &to), (100_000, &from));
    });
}

#[test]
fn a_proxy_carries_both_ways_until_both_ends_have_closed() {
    block_on(async {
        let (mut client, mut outside) = UnixStream::pair().unwrap();
        let (mut inside, mut server) = UnixStream::pair().unwrap();
        let proxy = spawn(async move { copy_bidirectional(&mut outside, &mut inside).await });
        let server = spawn(async move {
            let mut request = Vec::new();
            server.read_to_end(&mut request).await.unwrap();
            request.reverse();
            server.write_all(&request).await.unwrap();
        });
        client.write_all(b"abc").await.unwrap();
        client.close().await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"cba");
        server.await.unwrap();
        assert_eq!(proxy.await.unwrap().unwrap(), (3, 3));
    });
}

#[test]
fn the_standard_output_takes_bytes_and_flushes_them() {
    block_on(async {
        let mut out = stdout();
        AsyncWriteExt::write_all(&mut out, b"").await.unwrap();
        out.flush().await.unwrap();
    });
}
