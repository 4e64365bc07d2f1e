//! Operations that do not wait: done now, or not at all.

use wakeful_diagnostics::misuse::Call;
use wakeful_diagnostics::names::Site;

use super::Chan;
use super::outlook::{Locked, Opened};
use crate::error::{TryRecvError, TrySendError};

impl<T> Chan<T> {
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        match self.recv_at_once(self.lock()) {
            Ok(value) => Ok(value),
            Err(state) => self.try_recv_in_turn(self.locked(state)),
        }
    }

    #[inline(never)]
    fn try_recv_in_turn(&self, state: Locked<'_, T>) -> Result<T, TryRecvError> {
        let Opened { state, wakes } = &mut state.opened();
        if state.source.is_some() {
            state.let_in(None, wakes);
        }
        match state.pop(self.capacity, None, wakes) {
            Some(value) => Ok(value),
            None if state.is_closed() => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    #[track_caller]
    pub(crate) fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut value = Some(value);
        match self.send_at_once(self.lock(), &mut value) {
            Ok(()) => Ok(()),
            Err(state) => self.try_send_in_turn(self.locked(state), value, Site::caller()),
        }
    }

    #[inline(never)]
    fn try_send_in_turn(
        &self,
        state: Locked<'_, T>,
        mut value: Option<T>,
        at: Site,
    ) -> Result<(), TrySendError<T>> {
        let Opened { state, wakes } = &mut state.opened();
        let is_closed = state.is_closed();
        if is_closed {
            self.misused(state, Call::TrySend, at);
        } else {
            state.push(&mut value, self.capacity, None, wakes);
        }
        match value {
            None => Ok(()),
            Some(value) if is_closed => Err(TrySendError::Closed(value)),
            Some(value) => Err(TrySendError::Full(value)),
        }
    }
}
