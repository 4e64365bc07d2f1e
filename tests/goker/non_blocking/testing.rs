//! A test that ends before what it has started.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use wakeful::spawn;
use wakeful::task::JoinHandle;

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, Sign};
use crate::pace::gap;

pub(crate) const KERNELS: [Kernel; 1] =
    [Kernel::new("serving_6171", Plain, &[Sign::Panic, Sign::Leak], |fixed| {
        Box::pin(serving_6171(fixed))
    })];

/// What a test may use until it is over.
#[derive(Default)]
struct Context {
    is_over: AtomicBool,
    lines: AtomicU32,
}

impl Context {
    fn log(&self) {
        assert!(!self.is_over.load(SeqCst), "log: called after the test was over");
        self.lines.fetch_add(1, SeqCst);
    }
}

/// A watcher logs into a test that is over.
async fn serving_6171(fixed: bool) {
    fn watch(test: Arc<Context>) -> JoinHandle<()> {
        spawn(async move {
            let logs = spawn(async move {
                gap().await;
                test.log();
            });
            let _ = logs.await;
        })
    }

    let test = Arc::new(Context::default());
    let sub_test = Arc::clone(&test);
    let ended = spawn(async move {
        let watcher = watch(Arc::clone(&sub_test));
        if fixed {
            let _ = watcher.await;
        }
        sub_test.is_over.store(true, SeqCst);
    });
    assert!(ended.await.is_ok());
}
