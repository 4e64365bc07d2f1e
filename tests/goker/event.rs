//! What a child tells its parent: a line of JSON for each event, on standard output.

use std::io::Write;

use serde_json::{Value, json};
use wakeful::diagnostics::Finding;

use crate::kernel::Sign;

/// A line of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Found {
        sign: Sign,
        /// How sure it is, in the words of the finding.
        class: String,
        headline: String,
    },
    /// The kernel's main returned, and the runtime was watched for a while.
    Over,
}

impl Event {
    pub(crate) fn of(finding: &Finding) -> Self {
        Self::Found {
            sign: Sign::of(finding.kind.letters()),
            class: format!("{:?}", finding.class).to_lowercase(),
            headline: finding.headline.clone(),
        }
    }

    pub(crate) fn new(sign: Sign, class: &str, headline: impl Into<String>) -> Self {
        Self::Found { sign, class: class.to_owned(), headline: headline.into() }
    }

    /// Writes it. A child whose parent has gone does not mind.
    pub(crate) fn tell(&self) {
        let line = match self {
            Self::Found { sign, class, headline } => {
                json!({ "sign": sign.letters(), "class": class, "headline": headline })
            }
            Self::Over => json!({ "over": true }),
        };
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }

    pub(crate) fn read(line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        if line.get("over").is_some() {
            return Some(Self::Over);
        }
        let text = |key: &str| Some(line.get(key)?.as_str()?.to_owned());
        let sign = Sign::of(&text("sign")?);
        Some(Self::Found { sign, class: text("class")?, headline: text("headline")? })
    }
}
