//! Every path of the public surface that is promised is there.

#![expect(unused_imports, reason = "that they resolve is the test")]

use wakeful::test as test_of_wakeful;
use wakeful::{Runtime, block_on, channel, join, main, select, spawn, try_join, yield_now};

use wakeful::runtime::{Builder, EnterGuard, Handle, ShutdownReport, Straggler, TryCurrentError};

use wakeful::task::{
    AbortHandle, Builder as TaskBuilder, Id, JoinError, JoinHandle, JoinSet, LocalSet,
    block_in_place, count, current, spawn_blocking, spawn_local, try_current,
};

use wakeful::channels::{
    Builder as ChannelBuilder, Receiver, Recv, RecvError, Send, SendError, Sender, TryRecvError,
    TrySendError, broadcast, never, oneshot, unbounded, watch,
};

use wakeful::sync::{
    Barrier, Cond, Lock, Mutex, MutexGuard, Notify, Once, OnceCell, OwnedMutexGuard, RwLock,
    RwLockReadGuard, RwLockWriteGuard, Semaphore, Token, TryLockError, WaitGroup, lock_many,
};

use wakeful::time::{
    Elapsed, Instant, Interval, MissedTickBehavior, Sleep, Timeout, Timer, after, after_func,
    interval, interval_at, sleep, sleep_until, tick, timeout, timeout_at,
};

use wakeful::net::{
    TcpListener, TcpSocket, TcpStream, ToSocketAddrs, UdpSocket, UnixDatagram, UnixListener,
    UnixStream, lookup_host,
};

use wakeful::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite,
    AsyncWriteExt, copy, copy_bidirectional, stderr, stdin, stdout,
};

use wakeful::context::{
    CancelHandle, Context, ContextError, Done, StopHandle, current as ambient, scope,
};
use wakeful::fs::{File, OpenOptions, read_to_string, write};
use wakeful::signal::ctrl_c;
use wakeful::signal::unix::{Signal, SignalKind, signal};

#[cfg(feature = "hyper")]
use wakeful::http::{Connector, Executor, Timer as HttpTimer, serve as serve_http};

use wakeful::diagnostics::{
    Action, Class, Config, Endpoint, Evidence, ExternalGuard, Finding, FindingId, FindingKind,
    Server, Snapshot, Token as EndpointToken, dump, external, findings, install_signals,
    on_finding, serve, snapshot,
};
use wakeful::diagnostics::{health, metrics};

#[test]
fn channel_and_select_need_no_other_import() {
    let got = wakeful::block_on(async {
        let (tx, rx) = wakeful::channel::<u8>(1);
        wakeful::select! {
            _ = tx.send(7) => {}
        }
        rx.recv().await
    });
    assert_eq!(got, Some(7));
}
