//! A guard in a future that is not polled cannot be taken back: its task waits for itself.

#![cfg(not(loom))]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use wakeful_diagnostics::{FindingKind, findings};
use wakeful_runtime::runtime::Builder;
use wakeful_runtime::time::sleep;
use wakeful_sync::Mutex;

/// Alone in its process: it is proved when nothing else is awake there.
#[test]
fn a_guard_in_a_future_that_is_not_polled_is_a_deadlock() {
    let hangs = || {
        Builder::new_current_thread().build().expect("a runtime").block_on(async {
            let lock = Mutex::named("kept by a guard", ());
            let mut holds = pin!(async {
                let _guard = lock.lock().await;
                sleep(Duration::from_millis(1)).await;
            });
            poll_fn(|cx| Poll::Ready(holds.as_mut().poll(cx).is_pending())).await;
            drop(lock.lock().await);
        });
    };
    assert!(std::panic::catch_unwind(hangs).is_err(), "a guard cannot be taken back");
    let found = findings();
    let found = found.iter().find(|finding| finding.headline.contains("kept by a guard"));
    assert_eq!(found.expect("it was told").kind, FindingKind::AllAsleep);
}
