//! What a process does when it is sent a signal; each case is a process of its own.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use wakeful_diagnostics::names::{Kind, Op, RuntimeId, Site};
use wakeful_diagnostics::registry::{Birth, Edge, Origin, Resource, TaskRecord};
use wakeful_diagnostics::{Config, current};
use wakeful_runtime::signals::install;

const CHILD: &str = "WAKEFUL_TEST_CHILD";

static EARLIER: AtomicBool = AtomicBool::new(false);

extern "C" fn earlier(_: libc::c_int) {
    EARLIER.store(true, Ordering::SeqCst);
}

extern "C" fn earlier_with_info(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    _: *mut libc::c_void,
) {
    // SAFETY: the kernel hands over what it knows of the signal.
    let info = unsafe { &*info };
    EARLIER.store(info.si_signo == signal, Ordering::SeqCst);
}

/// Lets the earlier handler handle the signal, as one that asks for everything.
fn handle_with_info(signal: libc::c_int) {
    // SAFETY: all zeros is an action: no flags, no signals blocked.
    let mut action = unsafe { std::mem::zeroed::<libc::sigaction>() };
    let handler =
        earlier_with_info as extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: the handler stores to an atomic, which is async-signal-safe.
    assert_eq!(unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) }, 0);
}

/// The process that is sent signals; as a test of its own it does nothing.
#[test]
fn child() {
    let Ok(case) = std::env::var(CHILD) else { return };
    if case == "chained" {
        let handler = earlier as extern "C" fn(libc::c_int);
        // SAFETY: the handler stores to an atomic, which is async-signal-safe.
        unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    }
    if case == "chained with info" {
        handle_with_info(libc::SIGUSR1);
    }
    if case == "ignored" {
        // SAFETY: nothing is called.
        unsafe { libc::signal(libc::SIGUSR1, libc::SIG_IGN) };
        EARLIER.store(true, Ordering::SeqCst);
    }
    if case == "full" {
        fill_stderr();
    }
    install(&Config::dev()).expect("signals can be caught");
    install(&Config::dev()).expect("a second time changes nothing");
    let site = Site::caller();
    let task = TaskRecord::register(Birth {
        local: false,
        site,
        type_name: || "svc::fetch::{{closure}}",
        parent: None,
        meta: None,
        daemon: false,
        root: true,
        runtime: RuntimeId(0),
        word: 0,
    });
    let channel = Resource::new(Kind::Channel, Origin { site, name: Some("pages") });
    let _wait = current::scope(task, || Edge::draw(Op::Recv, channel.target(), site));
    // Past the test harness, which may keep what is printed.
    std::io::stdout().write_all(b"ready\n").expect("the parent listens");
    // The parent sends a signal that ends this, or asks whether the earlier handler ran.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("the parent speaks");
    assert!(EARLIER.load(Ordering::SeqCst));
}

/// Writes more to standard error than a pipe holds, from a thread that is stuck in that from then on.
fn fill_stderr() {
    static PIECES: AtomicUsize = AtomicUsize::new(0);
    std::thread::spawn(|| {
        loop {
            std::io::stderr().write_all(&[b'x'; 4096]).expect("the parent is there");
            PIECES.fetch_add(1, Ordering::SeqCst);
        }
    });
    while PIECES.load(Ordering::SeqCst) < 16 {
        std::thread::yield_now();
    }
}

fn start(case: &str) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().expect("this is a file"))
        .args(["child", "--exact", "--nocapture"])
        .env(CHILD, case)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process can be started");
    let mut out = BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.ends_with("ready\n") {
        line.clear();
        assert_ne!(out.read_line(&mut line).expect("text"), 0, "the child has ended");
    }
    (child, out)
}

fn send(child: &Child, signal: libc::c_int) {
    let pid = libc::pid_t::try_from(child.id()).expect("a process id");
    // SAFETY: the child has not been waited for, so the id is still its own.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// Reads up to the line of totals.
fn dump(err: &mut impl BufRead) -> String {
    let mut text = String::new();
    while !text.ends_with(" waiting\n") {
        assert_ne!(err.read_line(&mut text).expect("text"), 0, "no whole dump:\n{text}");
    }
    text
}

#[test]
fn sigusr1_writes_a_dump_and_goes_on_and_sigquit_ends_it_with_code_2() {
    let (mut child, _out) = start("plain");
    // Waiting for the child would close it, and wake the child.
    let _stdin = child.stdin.take();
    let mut err = BufReader::new(child.stderr.take().expect("piped"));
    for _ in 0..2 {
        send(&child, libc::SIGUSR1);
        let text = dump(&mut err);
        assert!(text.starts_with("SIGUSR1: all tasks\n\ntask "), "{text}");
        // How long it has waited, where that is told, is the machine's business.
        let (_, wait) = text.split_once(" [channel receive").unwrap_or_else(|| panic!("{text}"));
        assert!(wait.contains("]:\nsvc::fetch\n\truntime/tests/signals.rs:"), "{text}");
        assert!(text.ends_with("\n1 task: 0 running, 0 runnable, 1 waiting\n"), "{text}");
    }
    send(&child, libc::SIGQUIT);
    let text = dump(&mut err);
    assert!(text.starts_with("SIGQUIT: quit\n\ntask "), "{text}");
    assert_eq!(child.wait().expect("it ends").code(), Some(2));
    let mut rest = String::new();
    err.read_to_string(&mut rest).expect("text");
    assert_eq!(rest, "");
}

#[test]
fn a_standard_error_that_nobody_reads_keeps_no_process_alive() {
    let (mut child, _out) = start("full");
    let _stdin = child.stdin.take();
    // The dump that does not end must not cost the signal after it.
    send(&child, libc::SIGUSR1);
    std::thread::sleep(Duration::from_millis(100));
    send(&child, libc::SIGQUIT);
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is a child") {
            break status;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "it is still there");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(2));
}

#[test]
fn a_handler_that_was_there_before_runs_too() {
    for case in ["chained", "chained with info", "ignored"] {
        let (mut child, mut out) = start(case);
        let mut err = BufReader::new(child.stderr.take().expect("piped"));
        send(&child, libc::SIGUSR1);
        dump(&mut err);
        drop(child.stdin.take());
        let mut rest = String::new();
        out.read_to_string(&mut rest).expect("text");
        assert!(child.wait().expect("it ends").success(), "{case}: {rest}");
    }
}

#[test]
fn what_cannot_be_caught_is_an_error_and_nothing_is_caught_unasked() {
    let error = install(&Config::dev().dump_signal(libc::SIGKILL)).expect_err("SIGKILL");
    assert!(error.to_string().contains("signal 9 cannot be caught"), "{error}");
    let both = Config::dev().quit_signal(libc::SIGUSR1);
    let error = install(&both).expect_err("one signal cannot do both").to_string();
    assert!(error.contains("(`quit_signal`)") && error.contains("choose another"), "{error}");
    install(&Config::dev().quit_signal(None).dump_signal(None)).expect("nothing to do");
}
