//! What misuse says, and at whose line.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
use std::thread;

use wakeful_sync::{Semaphore, WaitGroup, lock_many};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The message of the panic in `f`, and whether it names this file.
fn panic_of(f: impl FnOnce()) -> (String, bool) {
    static SEEN: Mutex<Option<bool>> = Mutex::new(None);
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let here = thread::current().id();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if thread::current().id() == here {
            let ours = info.location().is_some_and(|at| at.file().ends_with("panics.rs"));
            *SEEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(ours);
        }
    }));
    let caught = panic::catch_unwind(AssertUnwindSafe(f));
    panic::set_hook(before);
    let payload = caught.expect_err("it did not panic");
    let text = payload.downcast_ref::<String>().cloned();
    let text = text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned()));
    let ours = SEEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    (text.expect("a message"), ours.expect("the hook was called"))
}

#[track_caller]
fn check(start: &str, f: impl FnOnce()) {
    let (message, ours) = panic_of(f);
    assert!(message.starts_with(start), "{message}");
    assert!(message.contains("; "), "no cure: {message}");
    assert!(ours, "not at the caller's line: {message}");
}

/// Go's `TestWaitGroupMisuse`.
#[test]
fn done_without_add() {
    let group = WaitGroup::new();
    group.add(1);
    group.done();
    check("WaitGroup::done: called more often than `add`", || group.done());
    assert_eq!(group.count(), 0, "the misuse leaves no trace");
}

#[test]
fn an_overflowing_add() {
    let group = WaitGroup::new();
    check("WaitGroup::add: the counter overflows", || group.add(usize::MAX));
    assert_eq!(group.count(), 0);
}

#[test]
fn a_group_spawns_only_with_a_runtime() {
    let group = WaitGroup::new();
    check("WaitGroup::spawn: no runtime", || group.spawn(async {}));
    assert_eq!(group.count(), 0);
}

#[test]
fn a_mutex_named_twice() {
    let mutex = wakeful_sync::Mutex::new(());
    check("lock_many: a mutex is named twice", || drop(lock_many([&mutex, &mutex])));
}

#[test]
fn too_many_permits() {
    let semaphore = Semaphore::new(1);
    check("Semaphore::add_permits: too many", || semaphore.add_permits(Semaphore::MAX_PERMITS));
    assert_eq!(semaphore.available_permits(), 1);
    check("Semaphore::new: too many", || drop(Semaphore::new(Semaphore::MAX_PERMITS + 1)));
}

#[test]
fn permits_of_two_semaphores() {
    let (one, other) = (Semaphore::new(1), Semaphore::new(1));
    check("SemaphorePermit::merge: permits of two", || {
        one.try_acquire().unwrap().merge(other.try_acquire().unwrap());
    });
    assert_eq!((one.available_permits(), other.available_permits()), (1, 1));
}
