//! Clients that know no runtime: one thread, blocking sockets, all of them in flight at once.
//!
//! It says `connected`, and then for each line that it reads, a number of rounds, how many
//! nanoseconds these took and how many bytes were sent and came back as they were sent.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Bytes in a message.
const LENGTH: usize = 64;

/// What does not come within this time is lost.
const LIMIT: Duration = Duration::from_secs(10);

pub fn run(address: &str, count: u64) -> io::Result<()> {
    let mut streams = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LIMIT))?;
        streams.push(stream);
    }
    println!("connected");
    for line in io::stdin().lock().lines() {
        let rounds: u64 = line?.trim().parse().map_err(io::Error::other)?;
        let start = Instant::now();
        let (mut sent, mut received) = (0, 0);
        for round in 0..rounds {
            sent += send(&mut streams, round)?;
            received += receive(&mut streams, round);
        }
        println!("{} {sent} {received}", start.elapsed().as_nanos());
    }
    Ok(())
}

/// What a connection says in a round: no two say the same.
fn message(round: u64, number: usize) -> [u8; LENGTH] {
    let mut message = [7; LENGTH];
    message[..8].copy_from_slice(&round.to_le_bytes());
    message[8..16].copy_from_slice(&number.to_le_bytes());
    message
}

fn send(streams: &mut [TcpStream], round: u64) -> io::Result<u64> {
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.write_all(&message(round, number))?;
    }
    Ok((streams.len() * LENGTH) as u64)
}

/// The bytes that came back to the connection that sent them.
fn receive(streams: &mut [TcpStream], round: u64) -> u64 {
    let mut received = 0;
    for (number, stream) in streams.iter_mut().enumerate() {
        let mut back = [0; LENGTH];
        if stream.read_exact(&mut back).is_ok() && back == message(round, number) {
            received += LENGTH as u64;
        }
    }
    received
}
