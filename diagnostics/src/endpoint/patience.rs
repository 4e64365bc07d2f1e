//! Writes to a client for so long, and no longer: a slow reader is let go.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// So much is to be taken before the patience for it ends.
const PIECE: usize = 64 * 1024;

/// How long to wait for a reader.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For 64 KB of an answer.
    pub(super) piece: Duration,
    /// For the whole of it.
    pub(super) whole: Duration,
}

/// A stream that is written to with patience.
#[derive(Debug)]
pub(super) struct Patient<'a> {
    stream: &'a TcpStream,
    piece: Duration,
    until: Instant,
    /// How much is left of the piece, and until when that is to be taken.
    left: usize,
    piece_until: Instant,
}

impl<'a> Patient<'a> {
    pub(super) fn new(stream: &'a TcpStream, patience: Patience) -> Self {
        let now = Instant::now();
        let Patience { piece, whole } = patience;
        Self { stream, piece, until: now + whole, left: PIECE, piece_until: now + piece }
    }
}

impl Write for Patient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.left == 0 {
            self.left = PIECE;
            self.piece_until = Instant::now() + self.piece;
        }
        let wait = self.until.min(self.piece_until).saturating_duration_since(Instant::now());
        // Zero would mean no limit at all.
        if wait.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_write_timeout(Some(wait))?;
        let written = (&mut self.stream).write(&bytes[..bytes.len().min(self.left)])?;
        self.left -= written;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
        (listener.accept().expect("somebody connects").0, client)
    }

    #[test]
    fn a_reader_that_takes_nothing_of_a_long_answer_is_let_go() {
        let (server, _client) = pair();
        let patience =
            Patience { piece: Duration::from_millis(50), whole: Duration::from_secs(60) };
        let began = Instant::now();
        let refused = Patient::new(&server, patience).write_all(&vec![b'x'; 100 << 20]);
        let kind = refused.expect_err("nobody reads").kind();
        assert!(matches!(kind, io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock), "{kind}");
        assert!(began.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_reader_that_takes_a_byte_at_a_time_is_let_go_in_the_end() {
        let (server, mut client) = pair();
        let reader = std::thread::spawn(move || {
            let mut byte = [0];
            while client.read(&mut byte).is_ok_and(|n| n > 0) {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let patience =
            Patience { piece: Duration::from_millis(200), whole: Duration::from_millis(400) };
        let refused = Patient::new(&server, patience).write_all(&vec![b'x'; 100 << 20]);
        assert!(refused.is_err());
        drop(server);
        drop(reader);
    }

    #[test]
    fn whoever_reads_gets_all_of_it() {
        let (server, mut client) = pair();
        let reader = std::thread::spawn(move || io::copy(&mut client, &mut io::sink()));
        let patience = Patience { piece: Duration::from_secs(20), whole: Duration::from_secs(60) };
        Patient::new(&server, patience).write_all(&vec![b'x'; 8 << 20]).expect("it is read");
        drop(server);
        assert_eq!(reader.join().expect("it ends").expect("it reads"), 8 << 20);
    }
}
