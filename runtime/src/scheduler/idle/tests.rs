//! Every interleaving of going to sleep with queueing work.

use wakeful_sync::shim::{Arc, Mutex, model, thread};

use super::Idle;
use crate::scheduler::park::Parker;

struct House {
    idle: Idle,
    parker: Parker,
    queue: Mutex<Vec<u32>>,
}

impl House {
    fn new() -> Arc<Self> {
        Arc::new(Self { idle: idle(), parker: parker(), queue: Mutex::new(Vec::new()) })
    }

    fn queue(&self, work: u32) {
        self.queue.lock().push(work);
        if let Some(index) = self.idle.call() {
            assert_eq!(index, 0, "there is one worker");
            self.parker.unpark(None);
        }
    }

    /// What a worker does: takes `count` pieces of work, and sleeps in between.
    fn work(&self, count: usize) {
        self.parker.adopt();
        let mut searching = false;
        let mut done = 0;
        while done < count {
            let found = self.queue.lock().pop();
            if found.is_some() {
                done += 1;
                if std::mem::take(&mut searching) {
                    let _ = self.idle.found();
                }
                continue;
            }
            let looks = self.idle.enter(0, std::mem::take(&mut searching));
            if !looks || self.queue.lock().is_empty() {
                self.parker.park();
            }
            searching = self.idle.leave(0);
        }
    }
}

/// What loom knows all parts of before any other thread does.
fn idle() -> Idle {
    let idle = Idle::default();
    assert!(idle.enter(0, false));
    assert!(!idle.leave(0));
    assert!(idle.search(1));
    assert!(idle.found());
    idle
}

fn parker() -> Parker {
    let parker = Parker::default();
    parker.unpark(None);
    parker.park();
    parker
}

#[test]
fn no_work_waits_beside_a_sleeping_worker() {
    model(|| {
        let house = House::new();
        let worker = {
            let house = Arc::clone(&house);
            thread::spawn(move || house.work(2))
        };
        house.queue(1);
        house.queue(2);
        worker.join().unwrap();
    });
}

#[test]
fn who_calls_in_vain_keeps_nobody_else_from_calling() {
    let mut model = model::Builder::new();
    // With fewer the three never meet.
    model.preemption_bound = model.preemption_bound.map(|bound| bound.max(3));
    model.check(|| {
        let house = House::new();
        let worker = {
            let house = Arc::clone(&house);
            thread::spawn(move || house.work(3))
        };
        let other = {
            let house = Arc::clone(&house);
            thread::spawn(move || house.queue(1))
        };
        house.queue(2);
        house.queue(3);
        other.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn an_unpark_before_the_park_is_kept() {
    model(|| {
        let parker = Arc::new(parker());
        let other = Arc::clone(&parker);
        parker.adopt();
        let waker = thread::spawn(move || other.unpark(None));
        parker.park();
        waker.join().unwrap();
    });
}

/// Two workers, who search, and leave once all is done.
struct Pair {
    idle: Idle,
    parkers: [Parker; 2],
    queue: Mutex<u32>,
    left: Mutex<u32>,
}

impl Pair {
    fn queue(&self) {
        *self.queue.lock() += 1;
        self.call();
    }

    fn call(&self) {
        if let Some(index) = self.idle.call() {
            self.parkers[index].unpark(None);
        }
    }

    fn takes(&self) -> bool {
        let mut queue = self.queue.lock();
        let takes = *queue > 0;
        *queue -= u32::from(takes);
        takes
    }

    fn has_spare(&self) -> bool {
        *self.queue.lock() > 0
    }

    fn is_over(&self) -> bool {
        *self.left.lock() == 0
    }

    fn done(&self) {
        *self.left.lock() -= 1;
        if self.is_over() {
            self.parkers.iter().for_each(|parker| parker.unpark(None));
        }
    }

    fn work(&self, index: usize) {
        self.parkers[index].adopt();
        let mut searching = false;
        while !self.is_over() {
            searching = searching || self.idle.search(2);
            if searching && self.takes() {
                searching = false;
                if self.idle.found() && self.has_spare() {
                    self.call();
                }
                self.done();
                continue;
            }
            let looks = self.idle.enter(index, std::mem::take(&mut searching));
            if !(looks && self.has_spare() || self.is_over()) {
                self.parkers[index].park();
            }
            searching = self.idle.leave(index);
        }
    }
}

#[test]
fn who_sleeps_while_another_searches_is_called_if_there_is_more() {
    model(|| {
        let pair = Arc::new(Pair {
            idle: idle(),
            parkers: [parker(), parker()],
            queue: Mutex::new(0),
            left: Mutex::new(2),
        });
        assert!(!pair.takes() && !pair.is_over());
        let worker = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || pair.work(1))
        };
        let other = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || pair.work(0))
        };
        pair.queue();
        pair.queue();
        worker.join().unwrap();
        other.join().unwrap();
    });
}
