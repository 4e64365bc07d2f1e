//! Findings in a file, one JSON object in a line, for machines.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::finding::{Evidence, Finding, Subject};
use crate::noun::json;

/// Files that could not be written; this is told once for each.
static FAILED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Whether it can be written; it is made if it is not there.
pub(super) fn check(path: &Path) -> io::Result<()> {
    let refused = |error: io::Error| {
        let text = format!("findings cannot be written to {}: {error}", path.display());
        io::Error::new(error.kind(), text)
    };
    open(path).map(drop).map_err(refused)
}

/// Adds a finding. The line is written at once, so that those of several processes stay apart; the
/// file is opened anew, so that it may be moved away between two.
pub(super) fn append(path: &Path, finding: &Finding) {
    let written = open(path).and_then(|mut file| file.write_all(line(finding).as_bytes()));
    if let Err(error) = written {
        let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.insert(path.to_path_buf()) {
            let path = path.display();
            let text = format!("wakeful: findings cannot be written to {path}: {error}\n");
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }
}

/// The same as `serde_json` makes of it with the feature `json`, which this does not need.
pub(crate) fn line(finding: &Finding) -> String {
    let subjects: Vec<String> = finding
        .subjects
        .iter()
        .map(|subject| match subject {
            Subject::Task(id) => format!("{{\"task\":{}}}", id.0),
            Subject::Resource(id) => format!("{{\"resource\":{}}}", id.0),
        })
        .collect();
    let evidence: Vec<String> = finding.evidence.iter().map(evidence).collect();
    let since = finding.since.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{{\"id\":{},\"kind\":{},\"class\":{},\"headline\":{},\"subjects\":[{}],\
         \"evidence\":[{}],\"fix\":{},\
         \"since\":{{\"secs_since_epoch\":{},\"nanos_since_epoch\":{}}}}}",
        json(finding.id.as_str()),
        json(finding.kind.word()),
        json(finding.class.word()),
        json(&finding.headline),
        subjects.join(","),
        evidence.join(","),
        finding.fix.as_deref().map_or_else(|| "null".to_owned(), json),
        since.as_secs(),
        since.subsec_nanos(),
    );
    out
}

fn evidence(evidence: &Evidence) -> String {
    let at = evidence.at.map_or_else(
        || "null".to_owned(),
        |at| format!("{{\"file\":{},\"line\":{}}}", json(at.file), at.line),
    );
    format!("{{\"text\":{},\"at\":{at}}}", json(&evidence.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Class, FindingId, FindingKind};
    use crate::names::{ResourceId, TaskId};
    use crate::snapshot::Place;

    fn finding() -> Finding {
        Finding {
            id: FindingId::of(FindingKind::LockOrder, ["a".to_owned()]),
            kind: FindingKind::LockOrder,
            class: Class::Likely,
            headline: "task 1 \"ma\\in\"\n\u{7}\u{e9}".to_owned(),
            subjects: vec![Subject::Task(TaskId(1)), Subject::Resource(ResourceId(2))],
            evidence: vec![
                Evidence { text: "here".to_owned(), at: Some(Place { file: "a.rs", line: 3 }) },
                Evidence { text: "nowhere".to_owned(), at: None },
            ],
            fix: None,
            since: SystemTime::UNIX_EPOCH + std::time::Duration::new(5, 7),
        }
    }

    #[test]
    fn a_finding_is_one_line() {
        let id = finding().id;
        assert_eq!(
            line(&finding()),
            format!(
                r#"{{"id":"{id}","kind":"lock_order","class":"likely","headline":"task 1 \"ma\\in\"\u000a\u0007é","subjects":[{{"task":1}},{{"resource":2}}],"evidence":[{{"text":"here","at":{{"file":"a.rs","line":3}}}},{{"text":"nowhere","at":null}}],"fix":null,"since":{{"secs_since_epoch":5,"nanos_since_epoch":7}}}}"#
            ) + "\n"
        );
    }

    #[cfg(feature = "json")]
    #[test]
    fn it_is_what_serde_makes_of_it() {
        let ours: serde_json::Value = serde_json::from_str(&line(&finding())).unwrap();
        assert_eq!(ours, serde_json::to_value(finding()).unwrap());
    }
}
