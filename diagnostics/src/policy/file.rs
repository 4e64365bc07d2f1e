//! Findings in a file, one JSON object in a line, for machines.
//!
//! Invariant: a finding begins a line of its own, whatever happened to the one before. A disk that was full
//! leaves a part of a line, and so does a process that was killed; the next one ends it first.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::finding::{Evidence, Finding, Subject};
use crate::noun::json;

/// Files that cannot be written, and of which that was told. Who holds it writes.
static FAILED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A named pipe that nobody reads would keep the program from starting.
        options.custom_flags(libc::O_NONBLOCK);
    }
    options.open(path)
}

/// Whether it can be written; it is made if it is not there, and the folder that it is in.
pub(super) fn check(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        // If it cannot be made, the file cannot, and that is told.
        let _ = fs::create_dir_all(folder);
    }
    let refused = |error: io::Error| {
        let text = format!(
            "findings cannot be written to {}: {}; `WAKEFUL=findings=PATH` names another file, \
             `WAKEFUL=findings=off` none",
            path.display(),
            why(&error)
        );
        io::Error::new(error.kind(), text)
    };
    open(path).map(drop).map_err(refused)
}

fn why(error: &io::Error) -> String {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::ENXIO) {
        return "it is a pipe that nobody reads, or a socket".to_owned();
    }
    error.to_string()
}

/// Adds a finding. The line is written at once, so that those of several processes stay apart; the
/// file is opened anew, so that it may be moved away between two.
pub(super) fn append(path: &Path, finding: &Finding) {
    let mut failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner);
    let written = open(path).and_then(|mut file| {
        let end_of_last = if ends_within_a_line(path) { "\n" } else { "" };
        file.write_all(format!("{end_of_last}{}", line(finding)).as_bytes())
    });
    match written {
        Ok(()) => drop(failed.remove(path)),
        Err(error) => {
            if failed.insert(path.to_path_buf()) {
                let text = format!(
                    "wakeful: findings cannot be written to {}: {}; they are told here, and kept in \
                     `diagnostics::findings()`\n",
                    path.display(),
                    why(&error)
                );
                drop(failed);
                let _ = io::stderr().write_all(text.as_bytes());
            }
        }
    }
}

/// Whether it is a file that has something in it, and no newline at its end.
fn ends_within_a_line(path: &Path) -> bool {
    let last = || {
        // A pipe has no end, and opening one waits.
        if !fs::metadata(path)?.is_file() {
            return Ok(b'\n');
        }
        let mut byte = [b'\n'];
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut byte)?;
        io::Result::Ok(byte[0])
    };
    // An empty file has no last byte; one that cannot be read is taken to be whole.
    last().is_ok_and(|byte| byte != b'\n')
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
