//! How a value of the configuration is written.

use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::time::Duration;

use super::{Action, Stacks};
use crate::endpoint::Token;

pub(super) const SIGQUIT: i32 = 3;
/// The number differs between platforms; the BSDs and macOS say 30.
pub(super) const SIGUSR1: i32 = if cfg!(target_os = "linux") { 10 } else { 30 };
const SIGUSR2: i32 = if cfg!(target_os = "linux") { 12 } else { 31 };

const SIGNALS: [(&str, i32); 7] = [
    ("SIGHUP", 1),
    ("SIGINT", 2),
    ("SIGQUIT", SIGQUIT),
    ("SIGUSR1", SIGUSR1),
    ("SIGUSR2", SIGUSR2),
    ("SIGALRM", 14),
    ("SIGTERM", 15),
];

pub(super) const ACTION: &str = "`off`, `report`, `panic` or `abort`";
pub(super) const TIME: &str = "a time such as `100ms`, `250us` or `5s`, or `off`";
pub(super) const SWITCH: &str = "`on` or `off`";
pub(super) const NANOS: &str = "a number of nanoseconds, a time such as `10us`, or `off`";
pub(super) const COUNT: &str = "a whole number, or `off`";
pub(super) const PATH: &str = "the path of a file, or `off`";
pub(super) const ADDRESS: &str = "an address such as `127.0.0.1:6060`, or `off`";
pub(super) const TOKEN: &str = "one word of visible ASCII characters without a comma, or `off`";
pub(super) const FOLDER: &str = "a folder, or `off`";
pub(super) const STACKS: &str = "`all`, a number such as `16`: one in so many, or `off`";
pub(super) const IDS: &str = "ids such as `LO-3f2a`, with `+` between them";
pub(super) const SIGNAL: &str = "a signal such as `SIGUSR1` or `10` (SIGKILL and SIGSTOP cannot be \
                                 caught, and a fault is not survived), or `off`";

/// Signals that cannot be caught (9, 19), or whose handler cannot return (4, 7, 8, 11).
const UNCATCHABLE: [i32; 6] = [4, 7, 8, 9, 11, 19];

pub(super) fn action(text: &str) -> Option<Action> {
    match text {
        "off" => Some(Action::Off),
        "report" => Some(Action::Report),
        "panic" => Some(Action::Panic),
        "abort" => Some(Action::Abort),
        _ => None,
    }
}

pub(super) fn switch(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

pub(super) fn time(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u64 = digits.parse().ok()?;
    match &text[digits.len()..] {
        "us" => Some(Some(Duration::from_micros(count))),
        "ms" => Some(Some(Duration::from_millis(count))),
        "s" => Some(Some(Duration::from_secs(count))),
        _ => None,
    }
}

pub(super) fn nanos(text: &str) -> Option<Option<u64>> {
    count(text).or_else(|| time(text)?.map(|time| u64::try_from(time.as_nanos()).ok()))
}

pub(super) fn count(text: &str) -> Option<Option<u64>> {
    if text == "off" { Some(None) } else { text.parse().ok().map(Some) }
}

pub(super) fn stacks(text: &str) -> Option<Stacks> {
    match text {
        "off" => Some(Stacks::Off),
        "all" => Some(Stacks::All),
        _ => text.parse().ok().map(Stacks::OneIn),
    }
}

pub(super) fn path(text: &str) -> Option<Option<PathBuf>> {
    match text {
        "" => None,
        "off" => Some(None),
        path => Some(Some(path.into())),
    }
}

pub(super) fn address(text: &str) -> Option<Option<String>> {
    if text == "off" {
        return Some(None);
    }
    let (host, port) = text.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    // A name is looked up when the endpoint starts; numbers can be checked now.
    let numbers = host.starts_with('[') || host.chars().all(|c| c.is_ascii_digit() || c == '.');
    let known = !host.is_empty() && (!numbers || text.to_socket_addrs().is_ok());
    known.then(|| Some(text.to_owned()))
}

pub(super) fn token(text: &str) -> Option<Option<Token>> {
    match text {
        "off" => Some(None),
        word => Token::new(word).map(Some),
    }
}

pub(super) fn folder(text: &str) -> Option<Option<String>> {
    match text {
        "" => None,
        "off" => Some(None),
        folder => Some(Some(folder.to_owned())),
    }
}

pub(super) fn ids(text: &str) -> Option<Vec<String>> {
    let is_id = |id: &&str| {
        id.split_once('-').is_some_and(|(kind, number)| {
            let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
            kind.len() == 2
                && kind.chars().all(|c| c.is_ascii_uppercase())
                && number.len() == 4
                && number.chars().all(is_hex)
        })
    };
    let ids: Vec<&str> = text.split('+').map(str::trim).collect();
    ids.iter().all(is_id).then(|| ids.into_iter().map(str::to_owned).collect())
}

pub(super) fn signal(text: &str) -> Option<Option<i32>> {
    if text == "off" {
        return Some(None);
    }
    let named = SIGNALS.iter().find(|(name, _)| *name == text).map(|&(_, number)| number);
    let number = named.or_else(|| text.parse().ok())?;
    ((1..=64).contains(&number) && !UNCATCHABLE.contains(&number)).then_some(Some(number))
}
