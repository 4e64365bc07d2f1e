//! `WaitGroup::spawn`, which only a runtime makes possible.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wakeful_runtime::{block_on, yield_now};
use wakeful_sync::WaitGroup;

/// `TestWaitGroupGo`
#[test]
fn a_group_waits_for_what_it_spawned() {
    block_on(async {
        let group = WaitGroup::new();
        let ended = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let ended = Arc::clone(&ended);
            group.spawn(async move {
                yield_now().await;
                ended.fetch_add(1, Ordering::SeqCst);
            });
        }
        group.wait().await;
        assert_eq!(ended.load(Ordering::SeqCst), 100);
    });
}

#[test]
fn a_task_that_panics_is_counted_off() {
    block_on(async {
        let group = WaitGroup::new();
        group.spawn(async { panic!("in a group") });
        group.wait().await;
        assert_eq!(group.count(), 0);
    });
}

#[test]
fn outside_a_runtime_the_panic_names_the_callers_line() {
    block_on(async {});
    let group = WaitGroup::new();
    let place = Arc::new(std::sync::Mutex::new(None));
    let seen = Arc::clone(&place);
    let line = std::thread::spawn(move || {
        let before = std::panic::take_hook();
        let me = std::thread::current().id();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == me {
                *seen.lock().unwrap() =
                    info.location().map(|place| (place.file().to_owned(), place.line()));
            } else {
                before(info);
            }
        }));
        let line = line!() + 1;
        let spawn = || group.spawn(async {});
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(spawn)).unwrap_err();
        let text = *panicked.downcast_ref::<&str>().unwrap();
        assert!(text.starts_with("WaitGroup::spawn: no runtime on this thread;"), "{text}");
        assert_eq!(group.count(), 0, "what was not spawned is not counted");
        line
    });
    let line = line.join().unwrap();
    assert_eq!(*place.lock().unwrap(), Some((file!().to_owned(), line)));
}
