//! Models of the races between deadlines and those who sleep, wake or leave.

use std::future::poll_fn;
use std::sync::Arc as StdArc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::{Duration, Instant};

use wakeful_diagnostics::names::Op;
use wakeful_sync::shim::{Arc, AtomicUsize, block_on, model, thread};
use wakeful_sync::wait::Turn;

use super::{Bell, Entry, Ticks, Timers};

/// What is made on first use is made here, before there are threads that would race for it.
fn bell() -> Bell {
    let bell = Bell::new(None);
    assert!(bell.lie_down());
    bell.get_up();
    bell
}

fn timers() -> (StdArc<Bell>, Arc<Timers>) {
    let bell = StdArc::new(bell());
    let timers = Timers::new(&bell);
    assert_eq!((timers.earliest(), timers.watched()), (Ticks::NEVER, 0));
    assert_eq!(timers.next_deadline(), None);
    (bell, Arc::new(timers))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(1)
}

fn entry(timers: &Timers, deadline: Instant) -> Entry {
    let turn = Turn::new(Op::Sleep);
    let enter = |cx: &mut std::task::Context<'_>| {
        Poll::Ready(Entry::new(timers.local(), deadline, &turn, cx))
    };
    block_on(poll_fn(enter)).expect("the runtime lives")
}

#[test]
fn a_deadline_that_fires_while_somebody_lies_down_wakes_them() {
    model(|| {
        let (_bell, timers) = timers();
        let entry = entry(&timers, soon());
        let firing = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || timers.fire(Ticks::LAST, &mut Vec::new()))
        };
        let turn = Turn::new(Op::Sleep);
        let end = block_on(poll_fn(|cx| entry.poll(&turn, soon(), cx)));
        assert_eq!(end, Ok(()));
        firing.join().expect("it does not panic");
        assert_eq!(timers.watched(), 0);
    });
}

#[test]
fn a_deadline_that_fires_while_its_sleeper_leaves_is_counted_once() {
    model(|| {
        let (_bell, timers) = timers();
        let entry = entry(&timers, soon());
        let firing = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || timers.fire(Ticks::LAST, &mut Vec::new()))
        };
        drop(entry);
        firing.join().expect("it does not panic");
        assert_eq!(timers.watched(), 0);
        assert_eq!(timers.next_deadline(), None);
    });
}

#[test]
fn a_deadline_that_moves_while_the_old_one_fires_is_kept_or_has_fired() {
    model(|| {
        let (_bell, timers) = timers();
        let deadline = soon();
        let entry = entry(&timers, deadline);
        let due = Ticks::due(deadline);
        let firing = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || timers.fire(due, &mut Vec::new()))
        };
        let later = deadline + Duration::from_secs(1);
        entry.reset(later);
        firing.join().expect("it does not panic");
        assert_eq!(timers.next_deadline(), Some(Ticks::due(later)));
    });
}

#[test]
fn a_deadline_entered_while_the_driver_lies_down_is_seen_or_rings() {
    model(|| {
        let (bell, timers) = timers();
        let deadline = soon();
        let entering = {
            let timers = Arc::clone(&timers);
            thread::spawn(move || entry(&timers, deadline))
        };
        let sleeps = bell.lie_down();
        let earliest = timers.earliest();
        bell.set_alarm(earliest);
        let entry = entering.join().expect("it does not panic");
        let rung = !sleeps || bell.is_rung();
        assert!(earliest != Ticks::NEVER || rung, "the driver would sleep beyond the deadline");
        drop(entry);
    });
}

#[test]
fn a_ring_is_never_lost() {
    model(|| {
        let bell = Arc::new(bell());
        let work = Arc::new(AtomicUsize::new(0));
        assert_eq!(work.load(Ordering::Relaxed), 0);
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
        ringing.join().expect("it does not panic");
    });
}
