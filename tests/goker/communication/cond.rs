//! A condition that nobody will ever announce.

use std::sync::Arc;

use wakeful::sync::{Cond, Mutex};
use wakeful::{channel, spawn};

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, STUCK};

pub(crate) const KERNELS: [Kernel; 1] =
    [Kernel::new("moby_30408", Plain, STUCK, |fixed| Box::pin(moby_30408(fixed)))];

/// A plugin could not be activated, and who waits for it is not told.
async fn moby_30408(fixed: bool) {
    #[derive(Default)]
    struct Plugin {
        state: Mutex<State>,
        changed: Cond,
    }

    #[derive(Default)]
    struct State {
        manifest: Option<&'static str>,
        error: Option<&'static str>,
        was_activated: bool,
    }

    let plugin = Arc::new(Plugin::default());
    plugin.state.lock().await.error = Some("connection refused");
    let waiter = Arc::clone(&plugin);
    let (done, is_done) = channel::<()>(0);
    spawn(async move {
        let mut state = waiter.state.lock().await;
        while state.manifest.is_none() && !state.was_activated {
            state = waiter.changed.wait(state).await;
        }
        assert!(state.error.is_some());
        drop(done);
    });
    if fixed {
        plugin.state.lock().await.was_activated = true;
        plugin.changed.notify_all();
    }
    is_done.recv().await;
}
