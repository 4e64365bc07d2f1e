//! A test in a process of its own: findings are the process's, and so is the memory that is searched.

use std::any::type_name;
use std::process::Command;

/// In the child: runs the test. Else: starts the child, which runs this one test and nothing else.
const VARIABLE: &str = "WAKEFUL_TEST_ALONE";

/// Runs `body` in a process that runs nothing else.
pub(crate) fn alone<B: FnOnce()>(body: B) {
    alone_as::<B>(body);
}

/// The same, for a test that is known by the closure it has made; returns what the process wrote.
pub(crate) fn alone_as<C>(body: impl FnOnce()) -> String {
    if std::env::var_os(VARIABLE).is_some() {
        body();
        return String::new();
    }
    let name = type_name::<C>().trim_end_matches("::{{closure}}");
    let (_, test) = name.split_once("::").expect("the closure of a test");
    let this = std::env::current_exe().expect("this binary has a path");
    let child = Command::new(this)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a child process");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let told = text(&child.stdout) + &text(&child.stderr);
    assert!(child.status.success(), "{test}: {}\n{told}", child.status);
    told
}
