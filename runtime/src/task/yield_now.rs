//! Letting others go first.

use std::pin::Pin;
use std::task::{Context, Poll};

/// Goes to the end of the queue once.
///
/// # Examples
///
/// ```
/// # wakeful_runtime::block_on(async {
/// for step in 0..1000_u32 {
///     std::hint::black_box(step);
///     wakeful_runtime::yield_now().await;
/// }
/// # });
/// ```
///
/// # Cancel safety
///
/// Nothing is lost when it is dropped.
pub const fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` them"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        // Woken while it runs, a task goes to the end of its worker's queue.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
