//! Who may cross threads. What may not is said beside the types, in doctests that do not compile.

use std::cell::Cell;
use std::marker::PhantomPinned;

use wakeful_sync::{
    Lock, LockOwned, MappedMutexGuard, Mutex, MutexGuard, OwnedMutexGuard, Token, Tracked, Wait,
    WaitGroup,
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
}
