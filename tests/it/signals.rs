//! Signals, sent by this process to itself.
#![cfg(unix)]

use wakeful::signal::unix::{SignalKind, signal};
use wakeful::{select, spawn, yield_now};

fn send(kind: SignalKind) {
    let number = format!("-{}", kind.as_raw_value());
    let id = std::process::id().to_string();
    let status = std::process::Command::new("kill").args([number, id]).status();
    let status = status.expect("there is a kill");
    assert!(status.success());
}

#[wakeful::test(worker_threads = 2)]
async fn a_signal_reaches_every_listener() {
    let kind = SignalKind::window_change();
    let mut here = signal(kind).unwrap();
    let mut there = signal(kind).unwrap();
    let other = spawn(async move { there.recv().await });
    send(kind);
    here.recv().await;
    other.await.unwrap();
}

#[wakeful::test]
async fn a_task_that_waits_for_a_signal_says_for_which() {
    let mut listener = signal(SignalKind::hangup()).unwrap();
    let waits = spawn(async move { listener.recv().await });
    yield_now().await;
    let dump = wakeful::diagnostics::dump();
    assert!(dump.contains("waiting for SIGHUP\n"), "{dump}");
    waits.abort();
    let _ = waits.await;
}

#[wakeful::test]
async fn a_signal_that_came_before_the_wait_is_not_lost() {
    let kind = SignalKind::user_defined2();
    let mut listener = signal(kind).unwrap();
    select! {
        biased;
        () = listener.recv() => panic!("nobody has sent it"),
        () = yield_now() => {}
    }
    send(kind);
    listener.recv().await;
    let mut late = signal(kind).unwrap();
    select! {
        biased;
        () = late.recv() => panic!("it came before"),
        () = yield_now() => {}
    }
}

#[wakeful::test]
async fn what_cannot_be_caught_is_an_error() {
    assert!(signal(SignalKind::from_raw(9)).is_err());
    assert!(signal(SignalKind::from_raw(0)).is_err());
    assert!(signal(SignalKind::from_raw(900)).is_err());
}
