//! The census, on texts as the kernel writes them.

use wakeful_diagnostics::census::{
    Calls, Census, Doing, House, Mapping, Pass, Thread, judge, take,
};

const WAIT: &str = "202 0x7f0000001010 0x80 0x2 0x0 0x0 0xffffffff 0x7ffd2f0d1f30 0x7f3f5bd2ee29\n";

fn status(state: &str, voluntary: u32, other: u32) -> String {
    format!(
        "Name:\tworker\nUmask:\t0022\nState:\t{state}\nTgid:\t10\nSigCgt:\t0000000000000440\n\
         voluntary_ctxt_switches:\t{voluntary}\nnonvoluntary_ctxt_switches:\t{other}\n"
    )
}

fn thread(tid: u32, syscall: &str) -> Thread {
    Thread::parse(tid, "worker\n", &status("S (sleeping)", 5, 2), syscall).expect("well formed")
}

fn pass(threads: Vec<Thread>) -> Pass {
    let maps = [
        "7f0000000000-7f0000002000 rw-p 00000000 00:00 0 ",
        "7f0000002000-7f0000003000 rw-s 00000000 00:01 1029 /dev/shm/x (deleted)",
    ];
    let maps = maps.map(|line| Mapping::parse(line).expect("well formed"));
    Pass { threads, caught: 0x440, maps: maps.into() }
}

fn verdict(first: &Pass, second: &Pass) -> Census {
    judge(first, second, &House { threads: vec![11, 12], signals: 0 }, Calls::X86_64)
}

fn why(census: Census) -> String {
    match census {
        Census::Proven => "proven".to_owned(),
        Census::Suspect { thread, why } => format!("{thread} {why}"),
    }
}

#[test]
fn threads_that_only_a_thread_can_wake_prove_it() {
    let pass = pass(vec![thread(20, WAIT), thread(21, WAIT)]);
    assert_eq!(verdict(&pass, &pass), Census::Proven);
}

#[test]
fn what_a_thread_does_decides() {
    for (syscall, expected) in [
        (WAIT, "proven"),
        // WAIT_BITSET on the real-time clock; joining a thread: not PRIVATE, on private memory.
        ("202 0x7f0000001010 0x189 0x2 0x0 0x0 0xffffffff 0x1 0x2", "proven"),
        ("202 0x7f0000001010 0x109 0x4a1 0x0 0x0 0xffffffff 0x1 0x2", "proven"),
        ("202 0x7f0000001010 0x86 0x2 0x0 0x0 0x0 0x1 0x2", "proven"),
        (
            "202 0x7f0000001010 0x189 0x2 0x7ffd2f0d1f30 0x0 0xffffffff 0x1 0x2",
            "waits with a time limit",
        ),
        (
            "202 0x7f0000002010 0x80 0x2 0x0 0x0 0x0 0x1 0x2",
            "waits on memory that other processes may share",
        ),
        ("202 0x10 0x80 0x2 0x0 0x0 0x0 0x1 0x2", "waits on memory that is not known"),
        ("202 0x7f0000001010 0x81 0x2 0x0 0x0 0x0 0x1 0x2", "is in futex operation 129"),
        ("230 0x1 0x0 0x7ffd2f0d1f30 0x0 0x0 0x0 0x1 0x2", "is in system call 230"),
        ("-1 0x7ffd2f0d1f30 0x7f3f5bd2ee29", "is blocked in the kernel"),
        ("running", "runs"),
    ] {
        let pass = pass(vec![thread(20, syscall)]);
        let expected = match expected {
            "proven" => "proven".to_owned(),
            why => format!("thread 20 \"worker\" {why}"),
        };
        assert_eq!(why(verdict(&pass, &pass)), expected, "{syscall}");
    }
}

#[test]
fn a_thread_that_moved_between_the_passes_is_suspect() {
    let asleep = thread(20, WAIT);
    let before = pass(vec![asleep.clone()]);
    for switches in [(6, 2), (5, 3)] {
        let after = pass(vec![Thread { switches, ..asleep.clone() }]);
        assert_eq!(why(verdict(&before, &after)), "thread 20 \"worker\" ran a moment ago");
    }
    let new = pass(vec![asleep.clone(), thread(21, WAIT)]);
    assert_eq!(why(verdict(&before, &new)), "thread 21 \"worker\" has just been started");
    assert_eq!(why(verdict(&new, &before)), "thread 21 \"worker\" has just ended");
    let running = pass(vec![Thread { doing: Doing::Running, ..asleep }]);
    assert_eq!(
        why(verdict(&running, &before)),
        "thread 20 \"worker\" did something else a moment ago"
    );
}

#[test]
fn the_house_and_the_dead_are_left_out() {
    let own = thread(11, "running");
    let dead = Thread { state: 'Z', doing: Doing::Running, ..thread(30, WAIT) };
    let pass = pass(vec![own, dead, thread(20, WAIT)]);
    assert_eq!(verdict(&pass, &pass), Census::Proven);
}

#[test]
fn a_handler_of_somebody_else_is_suspect() {
    let mut pass = pass(vec![]);
    assert_eq!(verdict(&pass, &pass), Census::Proven, "SIGBUS and SIGSEGV are Rust's own");
    pass.caught |= 1 << (15 - 1);
    assert_eq!(why(verdict(&pass, &pass)), "the handler of signal 15 may run at any time");
    let house = House { threads: vec![], signals: 1 << (15 - 1) };
    assert_eq!(judge(&pass, &pass, &house, Calls::X86_64), Census::Proven);
}

#[test]
fn texts_that_are_not_understood_are_not_guessed_at() {
    assert_eq!(Thread::parse(1, "x", "State:\tS", WAIT), None);
    assert_eq!(Doing::parse(""), None);
    assert_eq!(Doing::parse("202 0x1 0x2"), None);
    assert_eq!(Mapping::parse("7f00-zz rw-p"), None);
    assert_eq!(Doing::parse("running\n"), Some(Doing::Running));
}

#[cfg(target_os = "linux")]
#[test]
fn this_process_can_be_read() {
    let Census::Suspect { thread, .. } = take() else {
        panic!("the thread of this test runs");
    };
    assert!(thread.starts_with("thread "), "{thread}");
}
