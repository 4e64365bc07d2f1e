//! How reports call a task, a resource, a type, an age.

use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::names::{ResourceId, TaskId};
use crate::snapshot::{Index, Resource, Task};

/// `task 17 "fetcher"`.
pub(crate) fn task(task: &Task) -> String {
    match &task.name {
        Some(name) => format!("{} {}", task.id, quoted(name)),
        None => task.id.to_string(),
    }
}

/// The same by number, with the name if the task is still known.
pub(crate) fn task_id(index: &Index<'_>, id: TaskId) -> String {
    index.task(id).map_or_else(|| id.to_string(), task)
}

/// `mutex 3 "cache"`.
pub(crate) fn resource(resource: &Resource) -> String {
    match &resource.name {
        Some(name) => format!("{} {} {}", resource.kind, resource.id, quoted(name)),
        None => format!("{} {}", resource.kind, resource.id),
    }
}

/// The same by number.
pub(crate) fn resource_id(index: &Index<'_>, id: ResourceId) -> String {
    index.resource(id).map_or_else(|| format!("resource {id}"), resource)
}

/// How full it is, in brackets and with a space before; nothing where that says nothing.
pub(crate) fn fill(resource: &Resource) -> String {
    use crate::names::Kind;
    let Resource { kind, level, capacity, .. } = resource;
    match kind {
        Kind::Channel if *capacity == u64::MAX => format!(" ({level}/unbounded)"),
        Kind::Channel | Kind::Broadcast => format!(" ({level}/{capacity})"),
        Kind::Semaphore => format!(" ({} free)", count(*level, "permit")),
        Kind::WaitGroup => format!(" (counter {level})"),
        Kind::Barrier if *capacity > 0 => format!(" ({level} of {capacity} have arrived)"),
        _ => String::new(),
    }
}

/// `1 sender`, `2 senders`.
pub(crate) fn count(n: impl TryInto<u64> + fmt::Display + Copy, what: &str) -> String {
    let one = n.try_into().is_ok_and(|n| n == 1);
    format!("{n} {what}{}", if one { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`; what is beyond `most` is counted.
pub(crate) fn list(names: &[String], most: usize) -> String {
    list_of(names.len(), most, |n| names[n].clone())
}

/// The same of names that are asked for only if they are shown.
pub(crate) fn list_of(count: usize, most: usize, name: impl Fn(usize) -> String) -> String {
    let shown: Vec<String> = (0..count.min(most)).map(name).collect();
    let rest = count - shown.len();
    match (&shown[..], rest) {
        (shown, 1..) => format!("{} and {rest} more", shown.join(", ")),
        ([first @ .., last], 0) if !first.is_empty() => {
            format!("{} and {last}", first.join(", "))
        }
        (shown, 0) => shown.concat(),
    }
}

/// In double quotes, escaped as Go does.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ if (c as u32) < 0x80 => _ = write!(out, "\\x{:02x}", c as u32),
            _ if (c as u32) < 0x1_0000 => _ = write!(out, "\\u{:04x}", c as u32),
            _ => _ = write!(out, "\\U{:08x}", c as u32),
        }
    }
    out.push('"');
    out
}

/// The same as JSON writes it.
pub(crate) fn json(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 0x20 => _ = write!(out, "\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A label's key or value: in quotes only if it needs them, as in Go.
pub(crate) fn label(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_');
    if text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// `3 minutes` as in Go, and below a minute `4.1 s`; nothing below a tenth of a second.
pub(crate) fn age(age: Duration) -> Option<String> {
    match (age.as_secs(), age.as_millis() / 100) {
        (0, 0) => None,
        (0..=59, tenths) => Some(format!("{}.{} s", tenths / 10, tenths % 10)),
        (seconds, _) => Some(count(seconds / 60, "minute")),
    }
}

/// A future's type as a person writes the function it came from.
///
/// `svc::fetch::run<alloc::string::String>::{{closure}}` becomes `svc::fetch::run<String>`.
pub(crate) fn tidy(type_name: &str) -> String {
    let name = type_name.replace("::{{closure}}", "");
    let mut out = String::with_capacity(name.len());
    let mut depth = 0_u32;
    let mut start = 0;
    for (at, c) in name.char_indices() {
        let in_path = c.is_alphanumeric() || matches!(c, '_' | ':' | '{' | '}' | '#');
        if in_path {
            continue;
        }
        push_path(&mut out, &name[start..at], depth);
        out.push(c);
        start = at + c.len_utf8();
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' if !out.ends_with("->") => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    push_path(&mut out, &name[start..], depth);
    out
}

/// The path itself where it names the function; its last part where it is an argument.
fn push_path(out: &mut String, path: &str, depth: u32) {
    let library = ["core::", "alloc::", "std::"].iter().any(|root| path.starts_with(root));
    let short = depth > 0 || library;
    let last = path.rsplit("::").next().unwrap_or(path);
    out.push_str(if short { last } else { path });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_is_called_after_its_function() {
        for (type_name, tidied) in [
            ("svc::fetch::run::{{closure}}", "svc::fetch::run"),
            ("svc::main::{{closure}}::{{closure}}", "svc::main"),
            ("svc::run<alloc::string::String, u8>::{{closure}}", "svc::run<String, u8>"),
            (
                "core::pin::Pin<alloc::boxed::Box<dyn core::future::future::Future<Output = ()> + \
                 core::marker::Send>>",
                "Pin<Box<dyn Future<Output = ()> + Send>>",
            ),
            ("<svc::A as svc::B<u8>>::go::{{closure}}", "<A as B<u8>>::go"),
            ("svc::run<fn(u8) -> u16>::{{closure}}", "svc::run<fn(u8) -> u16>"),
        ] {
            assert_eq!(tidy(type_name), tidied);
        }
    }

    #[test]
    fn labels_are_quoted_only_where_go_does() {
        assert_eq!(label("tenant/a_1.x"), "tenant/a_1.x");
        assert_eq!(label("user id"), "\"user id\"");
        assert_eq!(label("a\"b\\\n\u{7}\u{e9}\u{1f600}"), r#""a\"b\\\n\x07\u00e9\U0001f600""#);
        assert_eq!(label(""), "");
    }

    #[test]
    fn ages_grow_from_nothing_to_seconds_to_minutes() {
        let at = |millis| age(Duration::from_millis(millis));
        assert_eq!(at(99), None);
        assert_eq!(at(4_120).as_deref(), Some("4.1 s"));
        assert_eq!(at(59_990).as_deref(), Some("59.9 s"));
        assert_eq!(at(60_000).as_deref(), Some("1 minute"));
        assert_eq!(at(7_300_000).as_deref(), Some("121 minutes"));
    }

    #[test]
    fn lists_are_sentences() {
        let names: Vec<String> = ["a", "b", "c", "d"].map(String::from).into();
        assert_eq!(list(&names[..1], 3), "a");
        assert_eq!(list(&names[..2], 3), "a and b");
        assert_eq!(list(&names[..3], 3), "a, b and c");
        assert_eq!(list(&names, 3), "a, b, c and 1 more");
    }
}
