//! Locks several mutexes in one order, whoever asks.

use std::array;
use std::fmt;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, ready};

use wakeful_diagnostics::names::Site;

use crate::mutex::{Lock, Mutex, MutexGuard};

/// Locks several mutexes without a danger of deadlock among those who do it.
///
/// They are locked one after the other in the order of their addresses, however they are named, so
/// two tasks that lock overlapping sets cannot wait for each other. The guards come in the order of
/// the call.
///
/// # Panics
///
/// If a mutex is named twice.
///
/// # Cancel safety
///
/// Dropping the future unlocks what it has locked so far.
///
/// # In reports
///
/// `mutex lock`
///
/// # Examples
///
/// ```
/// use wakeful_sync::{Mutex, lock_many};
///
/// # futures::executor::block_on(async {
/// let (from, to) = (Mutex::new(5), Mutex::new(0));
/// let [mut from, mut to] = lock_many([&from, &to]).await;
/// *from -= 2;
/// *to += 2;
/// assert_eq!((*from, *to), (3, 2));
/// # });
/// ```
#[track_caller]
pub fn lock_many<T: ?Sized, const N: usize>(mutexes: [&Mutex<T>; N]) -> LockMany<'_, T, N> {
    let mut order: [usize; N] = array::from_fn(|index| index);
    order.sort_unstable_by_key(|&index| address(mutexes[index]));
    let twice = order.windows(2).any(|pair| match pair {
        [one, next] => address(mutexes[*one]) == address(mutexes[*next]),
        _ => false,
    });
    assert!(!twice, "lock_many: a mutex is named twice; name each mutex once");
    let guards = array::from_fn(|_| None);
    LockMany { mutexes, order, guards, locked: 0, next: None, site: Site::caller() }
}

fn address<T: ?Sized>(mutex: &Mutex<T>) -> usize {
    ptr::from_ref(mutex).cast::<()>().addr()
}

/// The future of [`lock_many`].
#[must_use = "futures do nothing unless you `.await` them"]
pub struct LockMany<'a, T: ?Sized, const N: usize> {
    mutexes: [&'a Mutex<T>; N],
    /// Which to lock first, second, and so on.
    order: [usize; N],
    guards: [Option<MutexGuard<'a, T>>; N],
    /// How many are locked.
    locked: usize,
    next: Option<Lock<'a, T>>,
    site: Site,
}

impl<'a, T: ?Sized, const N: usize> Future for LockMany<'a, T, N> {
    type Output = [MutexGuard<'a, T>; N];

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { mutexes, order, guards, locked, next, site } = &mut *self;
        while let Some(&index) = order.get(*locked) {
            let lock = next.get_or_insert_with(|| mutexes[index].lock_sorted(*site));
            guards[index] = Some(ready!(Pin::new(lock).poll(cx)));
            *next = None;
            *locked += 1;
        }
        let taken = guards.each_mut().map(Option::take);
        Poll::Ready(taken.map(|guard| guard.expect("LockMany: polled after it has returned")))
    }
}

impl<T: ?Sized, const N: usize> fmt::Debug for LockMany<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockMany").field("locked", &self.locked).finish_non_exhaustive()
    }
}
