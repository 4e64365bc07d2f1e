//! Readers together, writers alone: woken to compete for the lock, and handed it.

use std::pin::pin;
use std::sync::Arc;

use wakeful_sync::shim::{block_on, models, thread};

use crate::{parks, rwlock};

#[test]
fn readers_and_writers_never_meet_inside() {
    models(|| {
        let lock = rwlock(0);
        let writer = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || *block_on(lock.write()) += 1)
        };
        let reader = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || assert!(*block_on(lock.read()) <= 2))
        };
        *block_on(lock.write()) += 1;
        writer.join().unwrap();
        reader.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 2);
    });
}

#[test]
fn a_writer_goes_in_after_all_readers() {
    models(|| {
        let lock = rwlock(0);
        let readers = [(); 2].map(|()| {
            let lock = Arc::clone(&lock);
            thread::spawn(move || assert!(*block_on(lock.read()) <= 1))
        });
        *block_on(lock.write()) = 1;
        for reader in readers {
            reader.join().unwrap();
        }
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn a_writer_that_is_dropped_while_it_is_let_in_makes_way() {
    models(|| {
        let lock = rwlock(0);
        let inside = lock.try_read().unwrap();
        let quitter = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let mut write = pin!(lock.write());
                let _ = parks(write.as_mut());
            })
        };
        let reader = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || drop(block_on(lock.read())))
        };
        drop(inside);
        quitter.join().unwrap();
        reader.join().unwrap();
        assert!(lock.try_write().is_ok());
    });
}

#[test]
fn downgrading_lets_nobody_write_in_between() {
    models(|| {
        let lock = rwlock(0);
        let writer = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || *block_on(lock.write()) += 1)
        };
        let mut writes = block_on(lock.write());
        *writes += 10;
        let seen = *writes;
        let reads = wakeful_sync::RwLockWriteGuard::downgrade(writes);
        assert_eq!(*reads, seen);
        drop(reads);
        writer.join().unwrap();
        assert_eq!(*lock.try_read().unwrap(), 11);
    });
}

#[test]
fn who_comes_by_and_who_was_woken_do_not_keep_each_other_waiting() {
    models(|| {
        let lock = rwlock(0);
        let inside = lock.try_read().unwrap();
        let writer = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || *block_on(lock.write()) += 1)
        };
        drop(inside);
        // Woken or handed the lock, the writer loses to this one or the other way round.
        if let Ok(mut other) = lock.try_write() {
            *other += 1;
        }
        drop(block_on(lock.read()));
        writer.join().unwrap();
        assert!(lock.try_write().is_ok());
    });
}
