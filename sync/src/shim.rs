//! The concurrency primitives under the house: `std`'s, or loom's under `--cfg loom`.
//!
//! It imports nothing of the house. Constructors stay `const` under loom: what is loom's is made
//! on first use.

#[cfg(any(not(loom), test))]
#[expect(unsafe_code, reason = "the value under the lock is in an `UnsafeCell`")]
#[cfg_attr(loom, allow(dead_code, unreachable_pub, reason = "in a model it is what is tested"))]
mod lock;

#[cfg(not(loom))]
mod imp {
    use std::cell;
    use std::time::{Duration, Instant};

    pub use std::sync::Arc;
    pub use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, fence};
    pub use std::thread;
    pub use std::thread_local;

    pub use super::lock::{Mutex, MutexGuard};

    /// A cell whose accesses loom can see.
    #[derive(Debug, Default)]
    pub struct UnsafeCell<T: ?Sized>(cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        /// A cell with this value.
        pub const fn new(value: T) -> Self {
            Self(cell::UnsafeCell::new(value))
        }

        /// The value.
        pub fn into_inner(self) -> T {
            self.0.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        /// Reads through a pointer that is valid for the length of `f`.
        #[inline]
        pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        /// Writes through a pointer that is valid for the length of `f`.
        #[inline]
        pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }

        /// The value, borrowed.
        pub fn get_mut(&mut self) -> &mut T {
            self.0.get_mut()
        }
    }

    /// How long something has taken so far.
    ///
    /// One that is less was started earlier.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Stopwatch(Instant);

    impl Stopwatch {
        /// Starts now.
        #[must_use]
        pub fn start() -> Self {
            Self(Instant::now())
        }

        /// Whether it took longer than `limit`.
        #[must_use]
        pub fn exceeds(self, limit: Duration) -> bool {
            self.0.elapsed() > limit
        }
    }
}

#[cfg(loom)]
mod imp {
    use std::cell;
    use std::fmt;
    use std::sync::OnceLock;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    pub use loom::future::block_on;
    pub use loom::model;
    pub use loom::sync::atomic::fence;
    pub use loom::sync::{Arc, MutexGuard};
    pub use loom::thread;
    pub use loom::thread_local;

    /// A mutex of loom's, made on first use.
    #[derive(Debug)]
    pub struct Mutex<T> {
        made: OnceLock<loom::sync::Mutex<T>>,
        seed: std::sync::Mutex<Option<T>>,
    }

    impl<T> Mutex<T> {
        /// An unlocked mutex.
        pub const fn new(value: T) -> Self {
            Self { made: OnceLock::new(), seed: std::sync::Mutex::new(Some(value)) }
        }

        /// Blocks the model's thread.
        pub fn lock(&self) -> MutexGuard<'_, T> {
            let seed = || self.seed.lock().expect("no panic inside").take().expect("taken once");
            self.made
                .get_or_init(|| loom::sync::Mutex::new(seed()))
                .lock()
                .expect("loom does not poison")
        }

        /// A model does not ask how busy a lock is.
        pub fn lock_bypassed(&self) -> MutexGuard<'_, T> {
            self.lock()
        }

        /// The value, back from under the lock.
        pub fn into_inner(self) -> T {
            match self.made.into_inner() {
                Some(made) => made.into_inner().expect("loom does not poison"),
                None => self.seed.into_inner().expect("no panic inside").expect("never taken"),
            }
        }
    }

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }

    /// A cell whose accesses loom can see, made on first use.
    pub struct UnsafeCell<T: ?Sized> {
        made: OnceLock<loom::cell::UnsafeCell<()>>,
        value: cell::UnsafeCell<T>,
    }

    impl<T> UnsafeCell<T> {
        /// A cell with this value.
        pub const fn new(value: T) -> Self {
            Self { made: OnceLock::new(), value: cell::UnsafeCell::new(value) }
        }

        /// The value.
        pub fn into_inner(self) -> T {
            self.value.into_inner()
        }
    }

    impl<T: ?Sized> UnsafeCell<T> {
        fn seen(&self) -> &loom::cell::UnsafeCell<()> {
            self.made.get_or_init(|| loom::cell::UnsafeCell::new(()))
        }

        /// Reads through a pointer that is valid for the length of `f`.
        #[track_caller]
        pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            self.seen().with(|_| f(self.value.get()))
        }

        /// Writes through a pointer that is valid for the length of `f`.
        #[track_caller]
        pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            self.seen().with_mut(|_| f(self.value.get()))
        }

        /// The value, borrowed.
        pub fn get_mut(&mut self) -> &mut T {
            self.value.get_mut()
        }
    }

    impl<T: Default> Default for UnsafeCell<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }

    impl<T: ?Sized> fmt::Debug for UnsafeCell<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("UnsafeCell").finish_non_exhaustive()
        }
    }

    std::thread_local! {
        /// The threads of a model are one thread.
        static IS_BRIEF: cell::Cell<bool> = const { cell::Cell::new(false) };
    }

    /// Checks a model twice: once where everything takes long, and once where nothing does.
    pub fn models(check: impl Fn() + Copy + Send + Sync + 'static) {
        model(check);
        struct Restore;
        impl Drop for Restore {
            fn drop(&mut self) {
                IS_BRIEF.set(false);
            }
        }
        let _restore = Restore;
        IS_BRIEF.set(true);
        model(check);
    }

    /// A model knows no time: everything has taken long, unless it says that nothing has.
    ///
    /// One that is less was started earlier.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Stopwatch;

    impl Stopwatch {
        /// Starts now.
        #[must_use]
        pub fn start() -> Self {
            Self
        }

        /// Whether it took longer than `limit`.
        #[must_use]
        pub fn exceeds(self, _limit: Duration) -> bool {
            !IS_BRIEF.get()
        }
    }

    /// The atomics, made on first use; only what the house calls.
    macro_rules! atomic {
        ($name:ident, $value:ty) => {
            /// An atomic of loom's, made on first use.
            #[derive(Debug)]
            pub struct $name {
                made: OnceLock<loom::sync::atomic::$name>,
                seed: $value,
            }

            impl $name {
                /// An atomic with this value.
                pub const fn new(seed: $value) -> Self {
                    Self { made: OnceLock::new(), seed }
                }

                fn get(&self) -> &loom::sync::atomic::$name {
                    self.made.get_or_init(|| loom::sync::atomic::$name::new(self.seed))
                }

                /// As in `std`.
                #[track_caller]
                pub fn load(&self, order: Ordering) -> $value {
                    self.get().load(order)
                }

                /// As in `std`.
                #[track_caller]
                pub fn store(&self, value: $value, order: Ordering) {
                    self.get().store(value, order);
                }

                /// As in `std`.
                #[track_caller]
                pub fn swap(&self, value: $value, order: Ordering) -> $value {
                    self.get().swap(value, order)
                }

                /// As in `std`.
                #[track_caller]
                pub fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                    self.get().fetch_or(value, order)
                }

                /// As in `std`.
                #[track_caller]
                pub fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                    self.get().fetch_and(value, order)
                }

                /// As in `std`.
                ///
                /// # Errors
                ///
                /// The value found, if it is not `current`.
                #[track_caller]
                pub fn compare_exchange(
                    &self,
                    current: $value,
                    new: $value,
                    success: Ordering,
                    failure: Ordering,
                ) -> Result<$value, $value> {
                    self.get().compare_exchange(current, new, success, failure)
                }
            }
        };
    }
    macro_rules! count {
        ($($name:ident, $value:ty;)*) => {$(
            atomic!($name, $value);
            impl $name {
                /// As in `std`.
                #[track_caller]
                pub fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                    self.get().fetch_add(value, order)
                }

                /// As in `std`.
                #[track_caller]
                pub fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                    self.get().fetch_sub(value, order)
                }
            }
        )*};
    }
    atomic!(AtomicBool, bool);
    count! { AtomicU32, u32; AtomicU64, u64; AtomicUsize, usize; }
}

pub use imp::*;
