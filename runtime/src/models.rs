//! Models of the races between deadlines, readiness, and those who sleep, wake or leave.

use std::future::poll_fn;
use std::sync::Arc as StdArc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use wakeful_diagnostics::names::Op;
use wakeful_diagnostics::registry::Target;
use wakeful_sync::shim::{Arc, AtomicUsize, block_on, model, thread};
use wakeful_sync::wait::Turn;

use crate::reactor::{Counts, Direction, Ready, Source};
use crate::timers::{Bell, Entry, Ticks, Timeline, Timers};

fn timers() -> (StdArc<Bell>, Arc<Timers>) {
    let bell = StdArc::new(Bell::new(None));
    let timers = Arc::new(Timers::new(Timeline::starting_now(), &bell));
    (bell, timers)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(1)
}

#[test]
fn a_deadline_that_fires_while_somebody_lies_down_wakes_them() {
    model(|| {
        let (_bell, timers) = timers();
        let deadline = soon();
        let firing = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || {
                while timers.fire(Ticks::LAST, &mut Vec::new()) == 0 {
                    thread::yield_now();
                }
            })
        };
        let turn = Turn::new(Op::Sleep);
        let mut entry = None;
        block_on(poll_fn(|cx| match &entry {
            None => {
                let place = Entry::new(timers.local(), deadline, &turn, Target::Nothing, cx);
                entry = Some(place.expect("the runtime lives"));
                Poll::Pending
            }
            Some(entry) => entry.poll(&turn, Target::Nothing, cx).map(|end| end.expect("alive")),
        }));
        firing.join().unwrap();
        assert_eq!(timers.watched(), 0);
    });
}

#[test]
fn a_deadline_that_fires_while_its_sleeper_leaves_is_counted_once() {
    model(|| {
        let (_bell, timers) = timers();
        let deadline = soon();
        let turn = Turn::new(Op::Sleep);
        let entry = block_on(poll_fn(|cx| {
            Poll::Ready(Entry::new(timers.local(), deadline, &turn, Target::Nothing, cx))
        }));
        let firing = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || timers.fire(Ticks::LAST, &mut Vec::new()))
        };
        drop(entry);
        firing.join().unwrap();
        assert_eq!(timers.watched(), 0);
        assert_eq!(timers.next_deadline(), None);
    });
}

#[test]
fn a_deadline_entered_while_the_driver_lies_down_is_seen_or_rings() {
    model(|| {
        let (bell, timers) = timers();
        let deadline = soon();
        let entering = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || {
                let turn = Turn::new(Op::Sleep);
                block_on(poll_fn(|cx| {
                    Poll::Ready(Entry::new(timers.local(), deadline, &turn, Target::Nothing, cx))
                }))
            })
        };
        let slept = bell.lie_down();
        let earliest = timers.earliest();
        bell.set_alarm(earliest);
        let entry = entering.join().unwrap();
        let rung = !slept || bell.is_rung();
        assert!(earliest != Ticks::NEVER || rung, "the driver would sleep beyond the deadline");
        bell.get_up();
        drop(entry);
    });
}

#[test]
fn a_ring_is_never_lost() {
    model(|| {
        let bell = Arc::new(Bell::new(None));
        let work = Arc::new(AtomicUsize::new(0));
        let ringing = {
            let (bell, work) = (Arc::clone(&bell), Arc::clone(&work));
            thread::spawn(move || {
                work.store(1, Ordering::Relaxed);
                bell.ring();
            })
        };
        while work.load(Ordering::Relaxed) == 0 {
            if bell.lie_down() {
                while !bell.is_rung() {
                    thread::yield_now();
                }
            }
            bell.get_up();
        }
        ringing.join().unwrap();
    });
}

fn edge(source: &Source) {
    let (mut sleepers, mut counts) = (Vec::new(), Counts::default());
    source.set_ready(Ready::READABLE, &mut sleepers, &mut counts);
    sleepers.drain(..).for_each(wakeful_sync::wait::Sleeper::wake);
    source.uncount(&counts);
}

#[test]
fn an_edge_while_somebody_lies_down_wakes_them() {
    model(|| {
        let source = Arc::new(Source::detached());
        let bytes = Arc::new(AtomicUsize::new(0));
        let driver = {
            let (source, bytes) = (Arc::clone(&source), Arc::clone(&bytes));
            thread::spawn(move || {
                bytes.store(1, Ordering::Relaxed);
                edge(&source);
            })
        };
        let turn = Turn::new(Op::IoRead);
        let mut ticket = None;
        block_on(poll_fn(|cx| {
            loop {
                let ready = source.poll_ready(Direction::Read, &mut ticket, &turn, cx);
                let Poll::Ready(event) = ready else { return Poll::Pending };
                // The read: it would block until the bytes are there.
                if bytes.load(Ordering::Relaxed) == 1 {
                    return Poll::Ready(());
                }
                source.clear(Direction::Read, event.expect("the runtime lives"));
            }
        }));
        driver.join().unwrap();
        assert_eq!(source.watched(), 0);
    });
}

#[test]
fn an_edge_while_a_waiter_leaves_is_counted_once() {
    model(|| {
        let source = Arc::new(Source::detached());
        let turn = Turn::new(Op::IoRead);
        let mut ticket = None;
        block_on(poll_fn(|cx| {
            if let Poll::Ready(event) = source.poll_ready(Direction::Read, &mut ticket, &turn, cx) {
                source.clear(Direction::Read, event.expect("the runtime lives"));
                assert!(source.poll_ready(Direction::Read, &mut ticket, &turn, cx).is_pending());
            }
            Poll::Ready(())
        }));
        assert_eq!(source.watched(), 1);
        let driver = {
            let source = Arc::clone(&source);
            thread::spawn(move || edge(&source))
        };
        source.leave(Direction::Read, ticket.expect("it waits"));
        driver.join().unwrap();
        assert_eq!(source.watched(), 0);
        assert!(source.ready(Direction::Read).expect("the runtime lives").is_some());
    });
}
