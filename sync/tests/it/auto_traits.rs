//! Who may cross threads. What may not is said beside the types, in doctests that do not compile.

use std::cell::Cell;
use std::marker::PhantomPinned;

use wakeful_sync::{
    Acquire, AcquireOwned, Barrier, BarrierWait, CallOnce, Cond, CondWait, GetOrInit, GetOrTryInit,
    Lock, LockMany, LockOwned, MappedMutexGuard, Mutex, MutexGuard, Notified, Notify, Once,
    OnceCell, OwnedMutexGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit,
    Read, ReadOwned, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphorePermit, Token,
    Tracked, Wait, WaitGroup, Write, WriteOwned,
};

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn unpin<T: Unpin>() {}

type Local = Cell<u8>;

#[test]
fn a_mutex_of_what_can_be_sent_can_be_shared() {
    send::<Mutex<Local>>();
    sync::<Mutex<Local>>();
    send::<Lock<'_, Local>>();
    sync::<Lock<'_, Local>>();
    send::<LockOwned<Local>>();
    send::<MutexGuard<'_, Local>>();
    send::<OwnedMutexGuard<Local>>();
    send::<MappedMutexGuard<'_, Local>>();
    sync::<MutexGuard<'_, u8>>();
    sync::<OwnedMutexGuard<u8>>();
    sync::<MappedMutexGuard<'_, u8>>();
}

#[test]
fn a_wait_group_goes_anywhere() {
    send::<WaitGroup>();
    sync::<WaitGroup>();
    send::<Wait<'_>>();
    sync::<Wait<'_>>();
    send::<Token>();
    sync::<Token>();
    send::<Tracked<u8>>();
    sync::<Tracked<u8>>();
}

#[test]
fn what_is_awaited_need_not_be_pinned() {
    unpin::<Lock<'_, PhantomPinned>>();
    unpin::<LockOwned<PhantomPinned>>();
    unpin::<MutexGuard<'_, PhantomPinned>>();
    unpin::<Wait<'_>>();
    unpin::<Tracked<u8>>();
    unpin::<Read<'_, PhantomPinned>>();
    unpin::<Write<'_, PhantomPinned>>();
    unpin::<ReadOwned<PhantomPinned>>();
    unpin::<WriteOwned<PhantomPinned>>();
    unpin::<Acquire<'_>>();
    unpin::<AcquireOwned>();
    unpin::<Notified<'_>>();
    unpin::<CondWait<'_, PhantomPinned>>();
    unpin::<BarrierWait<'_>>();
    unpin::<LockMany<'_, PhantomPinned, 2>>();
}

#[test]
fn a_rwlock_of_what_can_be_sent_and_shared_can_be_shared() {
    send::<RwLock<Local>>();
    sync::<RwLock<u8>>();
    send::<Read<'_, u8>>();
    sync::<Read<'_, u8>>();
    send::<Write<'_, u8>>();
    send::<ReadOwned<u8>>();
    send::<WriteOwned<u8>>();
    send::<RwLockReadGuard<'_, u8>>();
    sync::<RwLockReadGuard<'_, u8>>();
    send::<RwLockWriteGuard<'_, u8>>();
    sync::<RwLockWriteGuard<'_, u8>>();
    send::<OwnedRwLockReadGuard<u8>>();
    sync::<OwnedRwLockReadGuard<u8>>();
    send::<OwnedRwLockWriteGuard<u8>>();
    sync::<OwnedRwLockWriteGuard<u8>>();
}

#[test]
fn what_guards_no_value_goes_anywhere() {
    fn anywhere<T: Send + Sync>() {}
    anywhere::<Semaphore>();
    anywhere::<SemaphorePermit<'_>>();
    anywhere::<OwnedSemaphorePermit>();
    anywhere::<Acquire<'_>>();
    anywhere::<AcquireOwned>();
    anywhere::<Notify>();
    anywhere::<Notified<'_>>();
    anywhere::<Cond>();
    anywhere::<Barrier>();
    anywhere::<BarrierWait<'_>>();
    anywhere::<Once>();
    anywhere::<CallOnce<'_, u8, u8>>();
}

#[test]
fn what_waits_for_a_value_goes_where_the_value_goes() {
    send::<OnceCell<Local>>();
    sync::<OnceCell<u8>>();
    send::<GetOrInit<'_, u8, u8, u8>>();
    send::<GetOrTryInit<'_, u8, u8, u8>>();
    send::<CondWait<'_, Local>>();
    send::<LockMany<'_, Local, 2>>();
}
