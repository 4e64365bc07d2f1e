use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use wakeful_runtime::{Runtime, runtime::Builder, spawn, task, yield_now};
fn flavors() -> Vec<Runtime> {
    vec![
        Builder::new_multi_thread().worker_threads(2).build().unwrap(),
        Builder::new_current_thread().build().unwrap(),
    ]
}
#[test]
fn spawn_join() {
    for rt in flavors() {
        let s = rt.block_on(async {
            let mut hs = vec![];
            for i in 0..10000u64 {
                hs.push(spawn(async move {
                    yield_now().await;
                    i
                }));
            }
            let mut s = 0;
            for h in hs {
                s += h.await.unwrap();
            }
            s
        });
        assert_eq!(s, 49995000);
    }
}
#[test]
fn nested() {
    for rt in flavors() {
        let s = rt.block_on(async {
            spawn(async {
                let mut hs = vec![];
                for i in 0..1000u64 {
                    hs.push(spawn(async move {
                        for _ in 0..10 {
                            yield_now().await;
                        }
                        i
                    }));
                }
                let mut s = 0;
                for h in hs {
                    s += h.await.unwrap();
                }
                s
            })
            .await
            .unwrap()
        });
        assert_eq!(s, 499500);
    }
}
#[test]
fn panics() {
    for rt in flavors() {
        let e = rt.block_on(async { spawn(async { panic!("boo") }).await }).unwrap_err();
        assert!(e.is_panic(), "{e}");
        assert!(format!("{e}").contains("boo"));
    }
}
#[test]
fn abort() {
    for rt in flavors() {
        let e = rt
            .block_on(async {
                let h = spawn(std::future::pending::<()>());
                yield_now().await;
                h.abort();
                h.await
            })
            .unwrap_err();
        assert!(e.is_cancelled());
    }
}
#[test]
fn blocking() {
    for rt in flavors() {
        let e = rt
            .block_on(async {
                task::spawn_blocking(|| {
                    std::thread::sleep(Duration::from_millis(5));
                    3
                })
                .await
            })
            .unwrap();
        assert_eq!(e, 3);
    }
}
#[test]
fn in_place() {
    for rt in flavors() {
        let e = rt
            .block_on(async {
                let h = spawn(async {
                    task::block_in_place(|| {
                        std::thread::sleep(Duration::from_millis(20));
                        3
                    })
                });
                h.await
            })
            .unwrap();
        assert_eq!(e, 3);
    }
}
#[test]
fn drop_runtime_drops_futures() {
    struct D(Arc<AtomicUsize>);
    impl Drop for D {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    for rt in flavors() {
        let n = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let d = D(n.clone());
            rt.spawn(async move {
                let _d = d;
                std::future::pending::<()>().await;
            });
        }
        drop(rt);
        assert_eq!(n.load(Ordering::SeqCst), 100);
    }
}
#[test]
fn detached_runs() {
    for rt in flavors() {
        let n = Arc::new(AtomicUsize::new(0));
        let m = n.clone();
        rt.block_on(async move {
            for _ in 0..100 {
                let m = m.clone();
                drop(spawn(async move {
                    yield_now().await;
                    m.fetch_add(1, Ordering::SeqCst);
                }));
            }
            while m.load(Ordering::SeqCst) < 100 {
                yield_now().await
            }
        });
    }
}
#[test]
fn external_wakes() {
    for rt in flavors() {
        let (tx, rx) = std::sync::mpsc::channel::<std::task::Waker>();
        std::thread::spawn(move || {
            for w in rx {
                std::thread::sleep(Duration::from_micros(100));
                w.wake();
            }
        });
        rt.block_on(async move {
            for _ in 0..50 {
                let mut first = true;
                std::future::poll_fn(|cx| {
                    if std::mem::take(&mut first) {
                        tx.send(cx.waker().clone()).unwrap();
                        std::task::Poll::Pending
                    } else {
                        std::task::Poll::Ready(())
                    }
                })
                .await;
            }
        });
    }
}
#[test]
fn many_runtimes() {
    for _ in 0..200 {
        for rt in flavors() {
            rt.block_on(async { spawn(async {}).await.unwrap() });
        }
    }
}
#[test]
fn concurrent_block_on() {
    for rt in flavors() {
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..50 {
                        rt.block_on(async { spawn(async { yield_now().await }).await.unwrap() })
                    }
                });
            }
        });
    }
}
#[test]
fn stuck_worker_is_relieved() {
    let rt = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    rt.block_on(async {
        let (tx, rx) = std::sync::mpsc::channel();
        spawn(async move {
            spawn(async move {
                tx.send(()).unwrap();
            });
            rx.recv_timeout(Duration::from_secs(5)).unwrap();
        })
        .await
        .unwrap();
    });
}
#[test]
fn shutdown_report() {
    let rt = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (tx, rx) = std::sync::mpsc::channel::<()>();
    let (tx2, rx2) = std::sync::mpsc::channel::<()>();
    rt.spawn(async move {
        tx2.send(()).unwrap();
        let _ = rx.recv();
    });
    rx2.recv().unwrap();
    let r = rt.shutdown_timeout(Duration::from_millis(20));
    assert_eq!(r.stragglers.len(), 1, "{r}");
    println!("{r}");
    drop(tx);
}
