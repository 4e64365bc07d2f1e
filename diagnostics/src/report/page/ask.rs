//! What is asked of the page, and the link that asks it.

use std::fmt::Write as _;

use crate::names::TaskId;
use crate::snapshot::TaskState;

/// A question, as the query of a link tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ask {
    /// Words that must all stand in a task's row, in whatever case.
    pub words: String,
    /// Only tasks in this state.
    pub state: Option<TaskState>,
    /// In which order.
    pub sort: Sort,
    /// Which page, counted from 1.
    pub page: usize,
    /// Whether tasks in the same place are shown one by one, and more of them.
    pub all: bool,
    /// Only the tasks of one fold.
    pub group: Option<u64>,
    /// One task, in full.
    pub id: Option<TaskId>,
}

/// The order of tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Those that have been in their state for longest come first.
    #[default]
    Oldest,
    /// Those that have been so for the shortest time.
    Youngest,
    /// By number.
    Id,
    /// By name.
    Name,
    /// The largest folds first.
    Count,
}

impl Sort {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Oldest, "oldest"),
        (Self::Youngest, "youngest"),
        (Self::Id, "id"),
        (Self::Name, "name"),
        (Self::Count, "count"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(sort, _)| *sort == self).map_or("", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, other)| *other == word).map(|(sort, _)| *sort)
    }
}

pub(super) const STATES: [TaskState; 4] =
    [TaskState::Running, TaskState::Runnable, TaskState::Waiting, TaskState::Done];

impl Ask {
    /// From the part of a link behind the question mark. What is not understood is left out.
    #[must_use]
    pub fn of(query: &str) -> Self {
        let mut ask = Self { page: 1, ..Self::default() };
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value);
            match key {
                "q" => value.trim().clone_into(&mut ask.words),
                "state" => ask.state = STATES.into_iter().find(|state| state.word() == value),
                "sort" => ask.sort = Sort::from_word(&value).unwrap_or_default(),
                "page" => ask.page = value.parse().unwrap_or(1).max(1),
                "all" => ask.all = !matches!(value.as_str(), "0" | "off"),
                "group" => ask.group = u64::from_str_radix(&value, 16).ok(),
                "id" => ask.id = value.parse().ok().map(TaskId),
                _ => {}
            }
        }
        ask
    }

    /// Whether it asks for the tasks as a whole.
    pub(super) fn is_open(&self) -> bool {
        let Self { words, state, page, group, id, .. } = self;
        words.is_empty() && state.is_none() && *page <= 1 && group.is_none() && id.is_none()
    }

    /// The link that asks this, ready to stand in an attribute.
    pub(super) fn link(&self) -> String {
        let mut parts = Vec::new();
        if let Some(id) = self.id {
            parts.push(format!("id={}", id.0));
        }
        if !self.words.is_empty() {
            parts.push(format!("q={}", encoded(&self.words)));
        }
        parts.extend(self.state.map(|state| format!("state={}", state.word())));
        if self.sort != Sort::default() {
            parts.push(format!("sort={}", self.sort.word()));
        }
        parts.extend(self.group.map(|group| format!("group={group:016x}")));
        if self.all {
            parts.push("all=1".to_owned());
        }
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        format!("/debug/tasks{}{}", if parts.is_empty() { "" } else { "?" }, parts.join("&amp;"))
    }
}

/// A form's value: `+` is a space, `%41` an A. What is not text is replaced.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(hex: u8) -> Option<u8> {
    char::from(hex).to_digit(16).map(|digit| digit as u8)
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~') {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_survives_its_link() {
        let ask = Ask {
            words: "tenant: a&b \"<é>\" src/x.rs:3".to_owned(),
            state: Some(TaskState::Waiting),
            sort: Sort::Name,
            page: 3,
            all: true,
            group: Some(0xabc),
            id: None,
        };
        let link = ask.link();
        assert!(!link.contains(['"', '<', ' ']), "{link}");
        let query = link.split_once('?').expect("there is a query").1.replace("&amp;", "&");
        assert_eq!(Ask::of(&query), ask);
        assert_eq!(Ask::of("").link(), "/debug/tasks");
    }

    #[test]
    fn what_is_not_understood_is_left_out() {
        let ask = Ask::of("q=a%zz%4+b%ff&state=dead&sort=7&page=-1&group=x&id=x&all&%%%=");
        assert_eq!(ask.words, "a%zz%4 b\u{fffd}");
        assert_eq!((ask.state, ask.sort, ask.page), (None, Sort::Oldest, 1));
        assert_eq!((ask.group, ask.id, ask.all), (None, None, true));
        assert_eq!(Ask::of("page=99999999999999999999999").page, 1);
    }
}
