//! Polls the futures of one `join!` or `try_join!`.

use std::convert::Infallible;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};

use wakeful_diagnostics::current;

/// Whose turn it is to be polled first.
#[derive(Debug)]
pub struct Rota {
    count: usize,
    first: usize,
    is_biased: bool,
}

impl Rota {
    /// For so many futures; if biased, the topmost is always first.
    #[must_use]
    pub const fn new(count: usize, is_biased: bool) -> Self {
        Self { count, first: 0, is_biased }
    }

    /// Polls each future once. `poll` says whether the one with that number is done.
    ///
    /// # Errors
    ///
    /// What the first future failed with that did.
    #[inline]
    pub fn poll<E>(
        &mut self,
        mut poll: impl FnMut(usize) -> Result<bool, E>,
    ) -> Poll<Result<(), E>> {
        let mut is_done = true;
        let group = ptr::from_ref(self).addr();
        for step in 0..self.count {
            let next = (self.first + step) % self.count;
            let is_over = |polled: &Result<bool, E>| !matches!(polled, Ok(false));
            match current::branch((group, next), || poll(next), is_over) {
                Ok(it_is) => is_done &= it_is,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        if !self.is_biased {
            self.first = (self.first + 1) % self.count;
        }
        if is_done { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

/// Polls a future unless it is done; says whether it is. One that is done is dropped at once, so
/// that what it holds does not wait for the others.
///
/// # Errors
///
/// None.
#[inline]
pub fn poll_join<F: Future>(
    mut future: Pin<&mut Option<F>>,
    output: &mut Option<F::Output>,
    cx: &mut Context<'_>,
) -> Result<bool, Infallible> {
    let Some(running) = future.as_mut().as_pin_mut() else { return Ok(true) };
    let Poll::Ready(value) = running.poll(cx) else { return Ok(false) };
    *output = Some(value);
    future.set(None);
    Ok(true)
}

/// The same, for a future that can fail.
///
/// # Errors
///
/// What the future failed with.
#[inline]
pub fn poll_try_join<F: Future<Output = Result<T, E>>, T, E>(
    mut future: Pin<&mut Option<F>>,
    output: &mut Option<T>,
    cx: &mut Context<'_>,
) -> Result<bool, E> {
    let Some(running) = future.as_mut().as_pin_mut() else { return Ok(true) };
    let Poll::Ready(result) = running.poll(cx) else { return Ok(false) };
    future.set(None);
    *output = Some(result?);
    Ok(true)
}

/// The output of a future that is done.
#[inline]
pub fn joined<T>(output: Option<T>) -> T {
    output.unwrap_or_else(|| unreachable!("a join ends when all its futures are done"))
}
