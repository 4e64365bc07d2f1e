//! A member's future, packed for its way to the runtime, which does not know its type.
//!
//! In a box it would be allocated twice, for the runtime makes a task of what it gets. So a future
//! that fits travels in a value of a fixed size, and lies in its task as any other future does.
//!
//! Invariants:
//! * `room` holds a future of the type that `table` was made for, from the making of this value to
//!   its drop;
//! * that future is moved only with this value, which is never moved once it is pinned.

use std::fmt;
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of at most so many words.
#[repr(C)]
pub struct Packed<const WORDS: usize> {
    room: MaybeUninit<[usize; WORDS]>,
    table: &'static Table,
    _pinned: PhantomPinned,
}

/// What can be done with a future of one type.
struct Table {
    poll: unsafe fn(*mut (), &mut Context<'_>) -> Poll<()>,
    drop: unsafe fn(*mut ()),
}

// SAFETY: `of` takes only futures that are `Send`, and nothing else is in it.
unsafe impl<const WORDS: usize> Send for Packed<WORDS> {}

impl<const WORDS: usize> Packed<WORDS> {
    /// Whether a future of this type can be packed.
    pub(super) const fn fits<F>() -> bool {
        size_of::<F>() <= size_of::<[usize; WORDS]>() && align_of::<F>() <= align_of::<usize>()
    }

    /// Packs a future that [fits](Self::fits).
    pub(super) fn of<F: Future<Output = ()> + Send + 'static>(future: F) -> Self {
        assert!(Self::fits::<F>(), "who packs a future has asked whether it fits");
        let mut room = MaybeUninit::<[usize; WORDS]>::uninit();
        // SAFETY: it fits, so the room is large enough and aligned; nothing is overwritten.
        unsafe { room.as_mut_ptr().cast::<F>().write(future) };
        Self { room, table: const { &Table::of::<F>() }, _pinned: PhantomPinned }
    }
}

impl Table {
    const fn of<F: Future<Output = ()>>() -> Self {
        Self {
            poll: |future, cx| {
                // SAFETY: who calls has an `F` there, and nobody else uses it.
                let future = unsafe { &mut *future.cast::<F>() };
                // SAFETY: who calls has it pinned.
                unsafe { Pin::new_unchecked(future) }.poll(cx)
            },
            drop: |future| {
                // SAFETY: who calls has an `F` there, and uses it no more.
                unsafe { future.cast::<F>().drop_in_place() }
            },
        }
    }
}

impl<const WORDS: usize> Future for Packed<WORDS> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: nothing is moved out of `this`.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: the table is that of the future in the room, which is pinned with `this`.
        unsafe { (this.table.poll)(this.room.as_mut_ptr().cast(), cx) }
    }
}

impl<const WORDS: usize> Drop for Packed<WORDS> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the table is that of the future in the room; this is the end of both.
        unsafe { (self.table.drop)(self.room.as_mut_ptr().cast()) }
    }
}

impl<const WORDS: usize> fmt::Debug for Packed<WORDS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").field("words", &WORDS).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, poll_fn};
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::Waker;

    use super::*;

    fn poll(future: Pin<&mut Packed<8>>) -> Poll<()> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_packed_future_is_polled_where_it_lies_and_dropped_once() {
        let alive = Arc::new(());
        let (guard, polls) = (Arc::clone(&alive), Cell::new(0));
        let mut packed = pin!(Packed::<8>::of(poll_fn(move |_| {
            let _ = &guard;
            polls.set(polls.get() + 1);
            if polls.get() == 2 { Poll::Ready(()) } else { Poll::Pending }
        })));
        assert_eq!(poll(packed.as_mut()), Poll::Pending);
        assert_eq!(poll(packed.as_mut()), Poll::Ready(()));
        packed.set(Packed::of(pending()));
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn what_is_too_large_or_too_strict_does_not_fit() {
        #[repr(align(16))]
        struct Strict;
        assert!(Packed::<2>::fits::<[usize; 2]>());
        assert!(!Packed::<2>::fits::<[usize; 3]>());
        assert!(!Packed::<2>::fits::<Strict>());
    }
}
