//! Every interleaving of the races a channel is made of, under loom:
//! `RUSTFLAGS="--cfg loom" CARGO_TARGET_DIR=target/loom cargo test --test loom --release`.

#![cfg(loom)]

mod channel;
mod others;
mod recall;
mod select;
#[path = "../../../sync/tests/loom/task.rs"]
mod task;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wakeful_channels::Recv;

fn poll_once<T>(recv: &mut Recv<'_, T>) -> Poll<Option<T>> {
    Pin::new(recv).poll(&mut Context::from_waker(Waker::noop()))
}
