//! A result that nobody fetches.

use std::time::Duration;

use wakeful::channels::Receiver;
use wakeful::time::sleep;
use wakeful::{channel, select, spawn};

use crate::chan::Chan;
use crate::pace::happens;

/// Who was asked to watch leaves without a word.
pub(super) async fn grpc_1424(fixed: bool) {
    spawn(async move {
        let addresses = Chan::<u32>::new(0);
        let watched = addresses.clone();
        spawn(async move {
            let done = Chan::<()>::new(0);
            let to_tell = done.clone();
            spawn(async move {
                while watched.recv().await.is_some() {}
                if fixed {
                    to_tell.close();
                }
            });
            done.recv().await;
        });
        addresses.close();
    });
}

/// The round that is stopped leaves a child with its result.
pub(super) async fn grpc_660(fixed: bool) {
    let (stop, stopped) = channel::<()>(0);
    spawn(async move {
        loop {
            let result = Chan::new(usize::from(fixed));
            let child = result.clone();
            spawn(async move {
                let _ = child.send(true).await;
            });
            select! {
                _ = result.recv() => {}
                _ = stopped.recv() => return,
            }
        }
    });
    spawn(async move {
        let _ = stop.send(()).await;
    });
}

/// Who asks gives up before the answer comes.
pub(super) async fn kubernetes_5316(fixed: bool) {
    spawn(async move {
        let capacity = usize::from(fixed);
        let (good, bad) = (Chan::new(capacity), Chan::new(capacity));
        let (to_good, to_bad) = (good.clone(), bad.clone());
        spawn(async move {
            sleep(Duration::from_millis(2)).await;
            let _ = if happens(40) { to_bad.send("no").await } else { to_good.send("yes").await };
        });
        select! {
            _ = good.recv() => {}
            _ = bad.recv() => {}
            () = sleep(Duration::from_millis(1)) => {}
        }
    });
}

/// An error is sent before the channel is in anybody's hands.
pub(super) async fn moby_33293(fixed: bool) {
    async fn wait(fixed: bool) -> Receiver<&'static str> {
        let (errors, result) = channel(usize::from(fixed));
        if happens(50) {
            let _ = errors.send("no such container").await;
        }
        result
    }

    spawn(async move { drop(wait(fixed).await) });
}

/// The result of a job is nobody's business.
pub(super) async fn moby_4395(fixed: bool) {
    fn start(job: impl FnOnce() -> u32 + Send + 'static, fixed: bool) -> Chan<u32> {
        let result = Chan::new(usize::from(fixed));
        let child = result.clone();
        spawn(async move {
            let _ = child.send(job()).await;
        });
        result
    }

    drop(start(|| 0, fixed));
}
