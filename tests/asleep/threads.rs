//! What plain threads do.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex as StdMutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::house::external;
use crate::program::Deed;
use crate::run;
use crate::world::{World, bad};

impl World {
    /// Starts a thread that does these deeds.
    pub(crate) fn thread(self: &Arc<Self>, deeds: &'static [Deed]) {
        let world = Arc::clone(self);
        thread::spawn(move || world.act(deeds));
    }

    /// Does them on this thread.
    pub(crate) fn act(self: &Arc<Self>, deeds: &'static [Deed]) {
        for deed in deeds {
            self.act_once(deed);
        }
    }

    fn act_once(self: &Arc<Self>, deed: &Deed) {
        match *deed {
            Deed::Sleep(ms) => thread::sleep(millis(ms)),
            Deed::Spin(ms) => spin(ms),
            Deed::Timed(ms) => timed(ms),
            Deed::Read(ms) => read(ms),
            Deed::Relay(ms) => relay(ms),
            Deed::Process(ms) => process(ms),
            Deed::Done(group) => self.groups[group].done(),
            Deed::Ring(bell) => self.bells[bell].ring(),
            Deed::Notify(notify) => self.notifies[notify].notify_one(),
            Deed::Send(channel) => {
                let sender = self.sender(channel);
                if sender.try_send(0).is_err() {
                    let sent = self.handle.block_on(sender.send(0));
                    sent.unwrap_or_else(|_| bad("a channel of it was closed"));
                }
            }
            Deed::DropSender(channel) => self.drop_sender(channel),
            Deed::Spawn(task) => self.spawn(task),
            Deed::Root(task) => self.handle.block_on(run::task(Arc::clone(self), task)),
            Deed::External(ms) => {
                let _guard = external();
                thread::sleep(millis(ms));
            }
            Deed::Park => loop {
                thread::park();
            },
            Deed::Receive => {
                let (tx, rx) = mpsc::channel::<()>();
                let _ = rx.recv();
                drop(tx);
            }
            Deed::Tick => loop {
                thread::sleep(millis(7));
            },
        }
    }
}

pub(crate) const fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn spin(ms: u64) {
    let end = Instant::now() + millis(ms);
    while Instant::now() < end {
        std::hint::spin_loop();
    }
}

/// Waits on a condition that nobody signals, with a time limit.
fn timed(ms: u64) {
    let (lock, signal) = (StdMutex::new(()), Condvar::new());
    let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = signal.wait_timeout_while(guard, millis(ms), |()| true);
}

/// Waits for a byte that another thread sends after a while.
fn read(ms: u64) {
    let (mut here, mut there) = UnixStream::pair().expect("a pair of sockets");
    thread::spawn(move || {
        thread::sleep(millis(ms));
        there.write_all(&[0])
    });
    here.read_exact(&mut [0]).expect("the other thread writes");
}

/// Waits for a message of another thread, which sleeps first.
fn relay(ms: u64) {
    let (tx, rx) = mpsc::channel();
    thread::spawn(move || {
        thread::sleep(millis(ms));
        tx.send(())
    });
    let _ = rx.recv();
}

/// Waits for the end of a process.
fn process(ms: u64) {
    let seconds = format!("{}.{:03}", ms / 1000, ms % 1000);
    let status = Command::new("sleep").arg(seconds).status();
    if !status.is_ok_and(|status| status.success()) {
        bad("it needs sleep(1)");
    }
}
