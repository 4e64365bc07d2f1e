//! A test in a process of its own: findings are the process's, and so is the memory that is searched.

use std::process::Command;

/// In the child: runs the test. Else: starts the child, which runs this one test and nothing else.
const VARIABLE: &str = "WAKEFUL_TEST_ALONE";

/// Runs `body` in a process that runs nothing else; `test` is the path of the calling test.
pub(crate) fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var_os(VARIABLE).is_some() {
        return body();
    }
    let this = std::env::current_exe().expect("this binary has a path");
    let child = Command::new(this)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("a child process");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        child.status.success(),
        "{test}: {}\n{}{}",
        child.status,
        text(&child.stdout),
        text(&child.stderr)
    );
}
