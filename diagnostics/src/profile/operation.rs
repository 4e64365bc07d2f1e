//! Which function of the house a task waits in, or lets go in.

use crate::names::Op;

/// The function whose future waits: the innermost frame of a task that sleeps.
pub(super) const fn waiting(op: Op, in_select: bool) -> &'static str {
    if in_select {
        return "wakeful::select!";
    }
    match op {
        Op::Recv => "wakeful::channels::Receiver::recv",
        Op::Send => "wakeful::channels::Sender::send",
        Op::RecvNever => "wakeful::channels::never",
        Op::SelectNone => "wakeful::select!",
        Op::Lock => "wakeful::sync::Mutex::lock",
        Op::Read => "wakeful::sync::RwLock::read",
        Op::Write => "wakeful::sync::RwLock::write",
        Op::WaitGroup => "wakeful::sync::WaitGroup::wait",
        Op::Acquire => "wakeful::sync::Semaphore::acquire",
        Op::CondWait => "wakeful::sync::Cond::wait",
        Op::Once => "wakeful::sync::Once",
        Op::Notified => "wakeful::sync::Notify::notified",
        Op::Barrier => "wakeful::sync::Barrier::wait",
        Op::Join => "wakeful::task::JoinHandle",
        Op::Sleep => "wakeful::time::sleep",
        Op::IoRead | Op::Client => "wakeful::io::read",
        Op::IoWrite => "wakeful::io::write",
        Op::Accept => "wakeful::net::accept",
        Op::Connect => "wakeful::net::connect",
        Op::Blocking => "wakeful::task::spawn_blocking",
        Op::OneshotRecv => "wakeful::channels::oneshot::Receiver",
        Op::WatchChanged => "wakeful::channels::watch::Receiver::changed",
        Op::BroadcastRecv => "wakeful::channels::broadcast::Receiver::recv",
        Op::ContextDone => "wakeful::context::Context::done",
        Op::Signal => "wakeful::signal",
        Op::Child => "wakeful::process::wait",
        Op::GroupWait => "wakeful::task::JoinSet::join_next",
        Op::Closed => "wakeful::channels::Sender::closed",
        Op::BlockOn => "wakeful::block_on",
        Op::Holds | Op::HoldsRead | Op::HoldsOwned => letting_go(op),
    }
}

/// The function that ends a possession.
pub(super) const fn letting_go(op: Op) -> &'static str {
    match op {
        Op::Lock => "wakeful::sync::MutexGuard::drop",
        Op::Read => "wakeful::sync::RwLockReadGuard::drop",
        Op::Write => "wakeful::sync::RwLockWriteGuard::drop",
        _ => "wakeful::sync::Guard::drop",
    }
}

/// Whether a wait of this sort, once it is over, counts as time spent blocked: somebody else in
/// the process ended it. Clocks, sockets, signals and what never ends do not count, as in Go.
pub(super) const fn blocks(op: Op) -> bool {
    !op.is_external()
        && !op.is_hold()
        && !matches!(op, Op::RecvNever | Op::SelectNone | Op::BlockOn)
}
