//! Bugs that need not hang: channels closed twice, and what a loop's variable is by then.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use wakeful::spawn;
use wakeful::sync::{Once, WaitGroup};

use crate::chan::Chan;
use crate::kernel::Form::{Plain, Prevented};
use crate::kernel::{Kernel, NOTHING, Sign};
use crate::pace::gap;

pub(super) static KERNELS: [Kernel; 5] = [
    Kernel::new("grpc_2371", Plain, &[Sign::Misuse], |fixed| Box::pin(grpc_2371(fixed))),
    Kernel::new("serving_4908", Plain, &[Sign::Panic, Sign::Leak], |fixed| {
        Box::pin(serving_4908(fixed))
    }),
    Kernel::new("istio_8214", Prevented, NOTHING, |_| Box::pin(istio_8214())),
    Kernel::new("kubernetes_70892", Prevented, NOTHING, |_| Box::pin(kubernetes_70892())),
    Kernel::new("moby_27037", Prevented, NOTHING, |_| Box::pin(moby_27037())),
];

/// A resolver and who has it both close it.
async fn grpc_2371(fixed: bool) {
    struct Resolver {
        done: Chan<()>,
        once: Once,
    }

    impl Resolver {
        async fn close(&self, fixed: bool) {
            if fixed {
                self.once
                    .call_once(async || {
                        self.done.close();
                    })
                    .await;
            } else {
                self.done.close();
            }
        }
    }

    let resolver = Arc::new(Resolver { done: Chan::new(0), once: Once::new() });
    let group = WaitGroup::new();
    for _ in 0..2 {
        let resolver = Arc::clone(&resolver);
        group.spawn(async move {
            gap().await;
            resolver.close(fixed).await;
        });
    }
    resolver.done.recv().await;
    group.wait().await;
}

/// A test's clean-up does not wait for who logs into it.
async fn serving_4908(fixed: bool) {
    #[derive(Default)]
    struct Test {
        is_over: AtomicBool,
    }

    let test = Arc::<Test>::default();
    let logging = Arc::clone(&test);
    let reporter = spawn(async move {
        gap().await;
        assert!(!logging.is_over.load(SeqCst), "log: called after the test was over");
    });
    if fixed {
        let _ = reporter.await;
    }
    test.is_over.store(true, SeqCst);
}

/// A counter of hits that is read while it is written.
async fn istio_8214() {
    let hits = Arc::new(AtomicU32::new(0));
    let group = WaitGroup::new();
    for _ in 0..2 {
        let hits = Arc::clone(&hits);
        group.spawn(async move {
            hits.fetch_add(1, SeqCst);
        });
    }
    group.wait().await;
    assert_eq!(hits.load(SeqCst), 2);
}

/// Each task of a loop has what its turn of the loop had: it was moved there.
async fn kubernetes_70892() {
    let counts = Arc::new(Mutex::new(vec![0_u32; 3]));
    let group = WaitGroup::new();
    for place in 0..3 {
        let counts = Arc::clone(&counts);
        group.spawn(async move {
            gap().await;
            counts.lock().unwrap_or_else(PoisonError::into_inner)[place] += 1;
        });
    }
    group.wait().await;
    assert_eq!(*counts.lock().unwrap_or_else(PoisonError::into_inner), [1, 1, 1]);
}

/// The same, with what is returned.
async fn moby_27037() {
    let answers = Chan::new(3);
    for number in 0..3 {
        let answers = answers.clone();
        spawn(async move { answers.send(number).await });
    }
    let mut sum = 0;
    for _ in 0..3 {
        sum += answers.recv().await.unwrap_or_default();
    }
    assert_eq!(sum, 3);
}
