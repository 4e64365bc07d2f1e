//! What comes before what is said nowhere.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wakeful::time::sleep;
use wakeful::{channel, select, spawn};

use crate::chan::Chan;
use crate::kernel::Form::BothEnds;
use crate::kernel::{Kernel, STUCK};
use crate::pace::gap;

pub(crate) const KERNELS: [Kernel; 1] =
    [Kernel::new("moby_18412", BothEnds, STUCK, |fixed| Box::pin(moby_18412(fixed)))];

#[derive(Debug, Default, Clone)]
struct Output {
    text: String,
    exit_code: Option<i32>,
}

/// A process that took too long is killed, and its output is read before its end was waited for.
/// The race is on what Rust has in a lock; that nobody fetches the end is left.
async fn moby_18412(fixed: bool) {
    let output = Arc::new(Mutex::new(Output::default()));
    let write = |change: fn(&mut Output)| {
        let output = Arc::clone(&output);
        move || change(&mut output.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let copy = write(|output| output.text.push_str("half a line"));
    let set_code = write(|output| output.exit_code = Some(137));
    let (kill, killed) = channel::<()>(0);
    let process = spawn(async move {
        gap().await;
        copy();
        killed.recv().await;
    });
    let done = Chan::new(0);
    let waiter = done.clone();
    spawn(async move {
        assert!(process.await.is_ok());
        set_code();
        let _ = waiter.send(()).await;
    });
    select! {
        _ = done.recv() => {}
        () = sleep(Duration::from_millis(1)) => {
            kill.close();
            if fixed {
                done.recv().await;
            }
        }
    }
    let output = output.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(!fixed || output.exit_code.is_some());
}
