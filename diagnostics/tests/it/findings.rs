//! The store of findings.

use std::sync::{Arc, Mutex};

use wakeful_diagnostics::verdict::examine;
use wakeful_diagnostics::{findings, on_finding, record};

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
    assert_eq!(*told.lock().expect("no panic"), std::slice::from_ref(&finding.id));
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
