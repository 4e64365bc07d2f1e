//! The queue of one worker, and the right to steal from it: crossbeam-deque, or a model of it under loom.

#[cfg(not(loom))]
mod imp {
    use std::sync::OnceLock;

    use crossbeam_deque::{Steal, Stealer, Worker};
    use wakeful_diagnostics::memory::{self, Noted};

    use crate::task::Ready;

    /// The queue of one worker: first in, first out.
    #[derive(Debug)]
    pub(crate) struct Local(Worker<Ready>);

    /// The right to steal from one worker.
    #[derive(Debug)]
    pub(crate) struct Victim(Stealer<Ready>);

    impl Local {
        pub(crate) fn new() -> Self {
            Self(Worker::new_fifo())
        }

        pub(crate) fn victim(&self) -> Victim {
            Victim(self.0.stealer())
        }

        #[inline]
        pub(crate) fn push(&self, task: Ready) {
            self.0.push(task);
        }

        #[inline]
        pub(crate) fn pop(&self) -> Option<Ready> {
            self.0.pop()
        }

        #[inline]
        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }
    }

    impl Victim {
        /// Moves about half of the victim's tasks to `thief`, and takes one of them.
        pub(crate) fn steal(&self, thief: &Local) -> Option<Ready> {
            settle(|| self.0.steal_batch_and_pop(&thief.0))
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.len()
        }
    }

    /// Makes what the queues keep for this thread, and for all that steal, and tells the search of the
    /// memory what stands in it while it is new.
    pub(crate) fn prepare_thread() -> impl Sized {
        static FOR_ALL: OnceLock<Noted> = OnceLock::new();
        FOR_ALL.get_or_init(|| memory::note_behind(crossbeam_epoch::default_collector()));
        memory::note_behind(&crossbeam_epoch::pin())
    }

    fn settle<T>(mut attempt: impl FnMut() -> Steal<T>) -> Option<T> {
        loop {
            match attempt() {
                Steal::Success(task) => return Some(task),
                Steal::Empty => return None,
                Steal::Retry => std::hint::spin_loop(),
            }
        }
    }
}

#[cfg(loom)]
mod imp {
    use std::collections::VecDeque;

    use wakeful_sync::shim::{Arc, Mutex};

    use crate::task::Ready;

    type Queue = Arc<Mutex<VecDeque<Ready>>>;

    /// The model keeps nothing.
    pub(crate) const fn prepare_thread() -> impl Sized {}

    /// As the real one.
    #[derive(Debug)]
    pub(crate) struct Local(Queue);

    /// As the real one.
    #[derive(Debug)]
    pub(crate) struct Victim(Queue);

    fn queue() -> Queue {
        Arc::new(Mutex::new(VecDeque::new()))
    }

    impl Local {
        pub(crate) fn new() -> Self {
            Self(queue())
        }

        pub(crate) fn victim(&self) -> Victim {
            Victim(Arc::clone(&self.0))
        }

        pub(crate) fn push(&self, task: Ready) {
            self.0.lock().push_back(task);
        }

        pub(crate) fn pop(&self) -> Option<Ready> {
            self.0.lock().pop_front()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.lock().is_empty()
        }
    }

    impl Victim {
        pub(crate) fn steal(&self, _: &Local) -> Option<Ready> {
            self.0.lock().pop_front()
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.0.lock().is_empty()
        }

        pub(crate) fn len(&self) -> usize {
            self.0.lock().len()
        }
    }
}

pub(crate) use imp::{Local, Victim, prepare_thread};
