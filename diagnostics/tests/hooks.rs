//! Findings that meet a hook that misbehaves, or a disk that is full; each case is a process of its own,
//! whose standard error is read.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use wakeful_diagnostics::names::RuntimeId;
use wakeful_diagnostics::{
    Action, Class, Config, Finding, FindingId, FindingKind, findings, on_finding, policy,
};

const CHILD: &str = "WAKEFUL_TEST_CHILD";

fn finding(name: &str) -> Finding {
    Finding {
        id: FindingId::of(FindingKind::LongHold, [name.to_owned()]),
        kind: FindingKind::LongHold,
        class: Class::Likely,
        headline: format!("the fault called {name}"),
        subjects: Vec::new(),
        evidence: Vec::new(),
        fix: None,
        since: SystemTime::UNIX_EPOCH,
    }
}

/// The process that has hooks; as a test of its own it does nothing.
#[test]
fn child() {
    let Ok(case) = std::env::var(CHILD) else { return };
    let tell = |name: &str| policy::tell(&finding(name), Action::Report);
    match case.as_str() {
        "panics" => {
            on_finding(|_| panic!("no runtime here"));
            on_finding(|finding| eprintln!("second hook: {}", finding.headline));
            tell("first");
            tell("second");
            assert_eq!(findings().len(), 2);
        }
        "waits" => {
            on_finding(|_| {
                loop {
                    std::thread::park();
                }
            });
            tell("first");
        }
        file => {
            let config = Config::prod().findings_file(file);
            policy::adopt(RuntimeId(7_001), Some(Arc::new(config)));
            for n in 0..20 {
                tell(&format!(
                    "fault {n}, which is long enough to fill a disk as small as this one"
                ));
            }
        }
    }
}

fn start(case: &str) -> Child {
    start_as(Command::new(std::env::current_exe().expect("this is a file")), case)
}

fn start_as(mut command: Command, case: &str) -> Child {
    command
        .args(["child", "--exact", "--nocapture"])
        .env(CHILD, case)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a process can be started")
}

fn rest(mut child: Child) -> String {
    let mut text = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut text).expect("text");
    assert!(child.wait().expect("it ends").success(), "{text}");
    text
}

#[test]
fn a_hook_that_panics_keeps_nobody_from_reading_the_report_and_is_told_once() {
    let text = rest(start("panics"));
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words:?}:\n{text}"));
    let report = place("cause: the fault called first");
    let told = place("wakeful: the hook that diagnostics/tests/hooks.rs:");
    assert!(report < told, "{text}");
    assert!(text[told..].lines().next().expect("a line").ends_with("panicked: no runtime here"));
    assert!(told < place("second hook: the fault called first"), "{text}");
    place("cause: the fault called second");
    place("second hook: the fault called second");
    assert_eq!(text.matches("gave to `on_finding`").count(), 1, "{text}");
}

#[test]
fn a_hook_that_never_returns_does_not_hide_the_report() {
    let mut child = start("waits");
    let err = BufReader::new(child.stderr.take().expect("piped"));
    let lines = err.lines().map(|line| line.expect("text"));
    let seen = lines.take_while(|line| !line.starts_with("to silence it")).collect::<Vec<_>>();
    assert!(seen.iter().any(|line| line == "cause: the fault called first"), "{seen:?}");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

#[cfg(unix)]
#[test]
fn a_disk_that_is_full_costs_what_does_not_fit_and_no_finding_after_it() {
    let path = std::env::temp_dir().join(format!("wakeful-full-{}", std::process::id()));
    let case = path.to_str().expect("text");
    let own = std::env::current_exe().expect("this is a file");
    // No file of this process becomes longer than that, and no signal says so.
    let mut small = Command::new("sh");
    small.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]).arg(&own);
    let text = rest(start_as(small, case));
    let why = format!("wakeful: findings cannot be written to {case}: File too large");
    assert_eq!(text.matches(&why).count(), 1, "{text}");
    let full = std::fs::read_to_string(&path).expect("it was written");
    assert!(!full.ends_with('\n'), "the last line fits by chance: {full}");
    rest(start(case));
    let whole = std::fs::read_to_string(&path).expect("it was written");
    let is_whole = |line: &&str| line.starts_with("{\"id\":") && line.ends_with("}}");
    assert_eq!(whole[full.len()..].lines().filter(is_whole).count(), 20, "{whole}");
    assert!(whole[full.len()..].starts_with('\n'), "{whole}");
    std::fs::remove_file(&path).expect("it is there");
}
