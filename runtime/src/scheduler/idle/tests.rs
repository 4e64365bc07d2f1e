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
    /// A house whose parts loom knows before any other thread does.
    fn new() -> Arc<Self> {
        let house = Self { idle: Idle::default(), parker: parker(), queue: Mutex::new(Vec::new()) };
        house.idle.enter(0, false);
        assert!(!house.idle.leave(0));
        assert!(house.idle.search(1));
        assert!(house.idle.found());
        Arc::new(house)
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
            self.idle.enter(0, std::mem::take(&mut searching));
            if self.queue.lock().is_empty() {
                self.parker.park();
            }
            searching = self.idle.leave(0);
        }
    }
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
