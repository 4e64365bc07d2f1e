//! Models of the races between edges and those who wait, try or leave.

use std::future::poll_fn;
use std::sync::Arc as StdArc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use wakeful_diagnostics::names::Op;
use wakeful_diagnostics::registry::Target;
use wakeful_sync::shim::{Arc, AtomicUsize, block_on, model, thread};
use wakeful_sync::wait::{Sleeper, Turn};

use super::source::{Counts, Source, Watched};
use super::{Direction, Ready, Ticket};

/// A source that is not ready. What is made on first use is made here, before there are threads
/// that would race for it.
fn source() -> (StdArc<Watched>, Arc<Source>) {
    let watched = StdArc::<Watched>::default();
    let source = Source::new(StdArc::clone(&watched), 0, Target::Nothing);
    let hope = source.ready(Direction::Read).expect("the runtime lives").expect("it may be ready");
    source.clear(Direction::Read, hope);
    assert_eq!(watched.count(), 0);
    (watched, Arc::new(source))
}

fn edge(source: &Source, watched: &Watched) {
    let (mut sleepers, mut counts) = (Vec::new(), Counts::default());
    source.set_ready(Ready::READABLE, &mut sleepers, &mut counts);
    sleepers.drain(..).for_each(Sleeper::wake);
    watched.uncount(&counts);
}

/// Waits until `bytes` are there, as a read does.
fn read(source: &Source, bytes: &AtomicUsize) {
    let turn = Turn::new(Op::IoRead);
    let mut ticket = None;
    block_on(poll_fn(|cx| {
        loop {
            let ready = source.poll_ready(Direction::Read, &mut ticket, &turn, cx);
            let Poll::Ready(event) = ready else { return Poll::Pending };
            // The read: it would block until the bytes are there.
            if bytes.load(Ordering::Relaxed) > 0 {
                return Poll::Ready(());
            }
            source.clear(Direction::Read, event.expect("the runtime lives"));
        }
    }));
}

#[test]
fn an_edge_while_somebody_lies_down_wakes_them() {
    model(|| {
        let (watched, source) = source();
        let bytes = Arc::new(AtomicUsize::new(0));
        assert_eq!(bytes.load(Ordering::Relaxed), 0);
        let driver = {
            let (watched, source) = (StdArc::clone(&watched), Arc::clone(&source));
            let bytes = Arc::clone(&bytes);
            thread::spawn(move || {
                bytes.store(1, Ordering::Relaxed);
                edge(&source, &watched);
            })
        };
        read(&source, &bytes);
        driver.join().expect("it does not panic");
        assert_eq!(watched.count(), 0);
    });
}

#[test]
fn one_edge_wakes_all_who_wait() {
    model(|| {
        let (watched, source) = source();
        let bytes = Arc::new(AtomicUsize::new(0));
        assert_eq!(bytes.load(Ordering::Relaxed), 0);
        let other = {
            let (source, bytes) = (Arc::clone(&source), Arc::clone(&bytes));
            thread::spawn(move || read(&source, &bytes))
        };
        let driver = {
            let (watched, source) = (StdArc::clone(&watched), Arc::clone(&source));
            let bytes = Arc::clone(&bytes);
            thread::spawn(move || {
                bytes.store(1, Ordering::Relaxed);
                edge(&source, &watched);
            })
        };
        other.join().expect("it does not panic");
        driver.join().expect("it does not panic");
        assert_eq!(watched.count(), 0);
    });
}

#[test]
fn an_edge_while_a_waiter_leaves_is_counted_once() {
    model(|| {
        let (watched, source) = source();
        let turn = Turn::new(Op::IoRead);
        let mut ticket: Option<Ticket> = None;
        block_on(poll_fn(|cx| {
            assert!(source.poll_ready(Direction::Read, &mut ticket, &turn, cx).is_pending());
            Poll::Ready(())
        }));
        assert_eq!(watched.count(), 1);
        let driver = {
            let (watched, source) = (StdArc::clone(&watched), Arc::clone(&source));
            thread::spawn(move || edge(&source, &watched))
        };
        source.leave(Direction::Read, ticket.expect("it waits"));
        driver.join().expect("it does not panic");
        assert_eq!(watched.count(), 0);
        assert!(source.ready(Direction::Read).expect("the runtime lives").is_some());
    });
}
