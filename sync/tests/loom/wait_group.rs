//! A wait ends when the last one is done, and the group is there again.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use wakeful_sync::WaitGroup;
use wakeful_sync::shim::{AtomicUsize, block_on, model, thread};

#[test]
fn a_wait_sees_what_was_done_before_it() {
    model(|| {
        let group = WaitGroup::new();
        let value = Arc::new(AtomicUsize::new(0));
        value.store(1, Relaxed);
        group.add(1);
        let worker = {
            let (group, value) = (group.clone(), Arc::clone(&value));
            thread::spawn(move || {
                value.store(2, Relaxed);
                group.done();
            })
        };
        block_on(group.wait());
        assert_eq!(value.load(Relaxed), 2);
        worker.join().unwrap();
    });
}

#[test]
fn two_workers_end_one_wait() {
    model(|| {
        let group = WaitGroup::new();
        group.add(2);
        let workers = [(); 2].map(|()| {
            let group = group.clone();
            thread::spawn(move || group.done())
        });
        block_on(group.wait());
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(group.count(), 0);
    });
}

#[test]
fn a_group_is_used_again_as_soon_as_one_wait_is_over() {
    model(|| {
        let group = WaitGroup::new();
        for _ in 0..2 {
            group.add(1);
            let worker = {
                let group = group.clone();
                thread::spawn(move || group.done())
            };
            block_on(group.wait());
            worker.join().unwrap();
        }
        assert_eq!(group.count(), 0);
    });
}
