//! Stand-in for the founder's blocking pool: a thread for each job.

/// Runs `job` where it may block.
pub(crate) fn run<F, T>(job: F) -> impl Future<Output = T> + Send + use<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let (sender, receiver) = futures::channel::oneshot::channel();
    std::thread::spawn(move || {
        let _ = sender.send(job());
    });
    async { receiver.await.expect("the job did not panic") }
}
