//! The store of findings.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wakeful_diagnostics::names::{Kind, Op, RuntimeId};
use wakeful_diagnostics::snapshot::On;
use wakeful_diagnostics::verdict::examine;
use wakeful_diagnostics::{Action, Config, Finding, findings, hold, on_finding, policy, record};

use crate::build::{More, asleep, at, house, named, on};
use crate::reports::abba;

#[test]
fn a_finding_is_kept_and_told_once() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    on_finding(move |finding| {
        // A hook may look.
        assert!(!findings().is_empty());
        hear.lock().expect("no panic").push(finding.id.clone());
    });
    let [finding] = &examine(&abba())[..] else { panic!("one ring") };
    assert!(record(finding));
    assert!(!record(finding));
    // Other tests have findings, too.
    assert_eq!(told.lock().expect("no panic").iter().filter(|id| **id == finding.id).count(), 1);
    assert_eq!(findings().iter().filter(|f| f.id == finding.id).count(), 1);
}

#[cfg(feature = "json")]
#[test]
fn snapshots_and_findings_are_json() {
    let snapshot = serde_json::to_value(abba()).expect("plain data");
    assert_eq!(snapshot["tasks"][1]["waits"][0]["op"], "mutex lock");
    assert_eq!(snapshot["tasks"][1]["state"], "waiting");
    assert_eq!(snapshot["resources"][0]["kind"], "mutex");
    let finding = serde_json::to_value(&examine(&abba())[0]).expect("plain data");
    assert_eq!(finding["class"], "likely");
    assert_eq!(finding["kind"], "deadlock");
}

/// As the hold tests have it, at a line of its own.
fn slow(line: u32) -> Finding {
    let holder = asleep(4, "slow", "svc::slow", 20).since(5_000);
    let holder = holder.waits(Op::Sleep, On::Unknown, at("s.rs", 2)).holds(3, at("s.rs", line));
    let waiter = asleep(5, "other", "svc::other", 24).since(5_000);
    let waiter = waiter.waits(Op::Lock, on(3), at("s.rs", 3));
    let snapshot = house(vec![holder, waiter], vec![named(3, Kind::Mutex, "s", 1)]);
    hold::examine(&snapshot, |_| Some(Duration::from_secs(1)), Duration::ZERO).remove(0)
}

#[test]
fn a_finding_is_written_to_the_file_that_an_open_runtime_wants() {
    let path = std::env::temp_dir().join(format!("wakeful-findings-{}", std::process::id()));
    let config = Config::dev().findings_file(&path);
    policy::check(&config).expect("it can be written");
    let runtime = RuntimeId(7_001);
    policy::adopt(runtime, Some(Arc::new(config)));
    let first = slow(10);
    policy::tell(&first, Action::Report);
    policy::tell(&first, Action::Report);
    policy::tell_again(&first, Action::Report);
    policy::adopt(runtime, None);
    let later = slow(11);
    policy::tell(&later, Action::Report);
    let text = std::fs::read_to_string(&path).expect("it was written");
    let count = |finding: &Finding| {
        let id = format!("\"id\":\"{}\"", finding.id);
        text.lines()
            .filter(|line| line.starts_with(&format!("{{{id},\"kind\":\"long_hold\"")))
            .count()
    };
    assert_eq!((count(&first), count(&later)), (1, 0), "{text}");
    std::fs::remove_file(&path).expect("it is there");
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_with_its_path_and_a_cure() {
    let config = Config::dev().findings_file("/dev/null/at/all");
    let error = policy::check(&config).expect_err("there is no such folder").to_string();
    assert!(error.contains("findings cannot be written to /dev/null/at/all"), "{error}");
    assert!(error.contains("`WAKEFUL=findings=PATH` names another file"), "{error}");
    assert!(policy::check(&Config::dev()).is_ok());
}

#[test]
fn the_folder_of_the_file_is_made() {
    let folder = std::env::temp_dir().join(format!("wakeful-folder-{}", std::process::id()));
    let config = Config::dev().findings_file(folder.join("in/it.jsonl"));
    policy::check(&config).expect("the folder can be made");
    std::fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn a_line_that_somebody_left_unfinished_is_ended_first() {
    let path = std::env::temp_dir().join(format!("wakeful-half-{}", std::process::id()));
    std::fs::write(&path, "{\"id\":\"LO-").expect("it can be written");
    let runtime = RuntimeId(7_002);
    policy::adopt(runtime, Some(Arc::new(Config::dev().findings_file(&path))));
    let finding = slow(14);
    policy::tell(&finding, Action::Report);
    policy::adopt(runtime, None);
    let text = std::fs::read_to_string(&path).expect("it was written");
    let begin = format!("{{\"id\":\"LO-\n{{\"id\":\"{}\"", finding.id);
    // Other tests have findings, too.
    assert!(text.starts_with("{\"id\":\"LO-\n{\"id\":\"") && text.ends_with("}\n"), "{text}");
    assert!(text.starts_with(&begin) || text.contains(&begin["{\"id\":\"LO-".len()..]), "{text}");
    assert!(!text.contains("\n\n"), "{text}");
    std::fs::remove_file(&path).expect("it is there");
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_is_an_error_and_no_wait() {
    let path = std::env::temp_dir().join(format!("wakeful-pipe-{}", std::process::id()));
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("there is a mkfifo").success());
    let error = policy::check(&Config::dev().findings_file(&path)).expect_err("nobody reads");
    assert!(error.to_string().contains("a pipe that nobody reads"), "{error}");
    std::fs::remove_file(&path).expect("it is there");
}

#[test]
fn what_is_told_again_takes_the_place_of_what_was_told() {
    let first = slow(12);
    policy::tell(&first, Action::Report);
    let worse = Finding { headline: "worse".to_owned(), ..first.clone() };
    policy::tell(&worse, Action::Report);
    let kept = || findings().into_iter().find(|finding| finding.id == first.id);
    assert_eq!(kept().expect("it is kept").headline, first.headline);
    policy::tell_again(&worse, Action::Report);
    assert_eq!(kept().expect("it is kept").headline, "worse");
    assert!(!policy::tell(&slow(13), Action::Off));
    assert!(!findings().iter().any(|finding| finding.id == slow(13).id));
}
