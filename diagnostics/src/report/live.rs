//! One finding, told at the moment it is found.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use crate::finding::{Finding, FindingKind};
use crate::noun;

/// A finding as it stands on standard error: what it is, how sure, its id and the time in the first
/// line; then cause, evidence, fix, and how to silence it.
#[must_use]
pub fn live(finding: &Finding, now: SystemTime) -> String {
    let Finding { id, kind, class, .. } = finding;
    let mut out = format!("wakeful: {} ({}), {id}, {}", title(*kind), class.word(), time(now));
    if let Some(age) = now.duration_since(finding.since).ok().and_then(noun::age) {
        let _ = write!(out, ", for {age}");
    }
    let _ = writeln!(out, "\ncause: {}", finding.headline);
    for line in &finding.evidence {
        let _ = writeln!(out, "\t{}", line.text);
    }
    if let Some(fix) = &finding.fix {
        let _ = writeln!(out, "fix: {fix}");
    }
    if let Some(key) = kind.key() {
        let _ = writeln!(
            out,
            "to silence it: WAKEFUL=silence={id}; all of its kind: WAKEFUL={key}=off"
        );
    }
    out
}

pub(crate) const fn title(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::AllAsleep => "all tasks are asleep",
        FindingKind::Deadlock => "deadlock",
        FindingKind::SelfDeadlock => "self deadlock",
        FindingKind::Futurelock => "futurelock",
        FindingKind::LockOrder => "locks in both orders",
        FindingKind::RecursiveRead => "recursive read",
        FindingKind::LostWakeup => "lost wake-up",
        FindingKind::Leak => "leak",
        FindingKind::Stall => "stall",
        FindingKind::LongHold => "lock held for long",
        FindingKind::Misuse => "misuse",
        FindingKind::Race => "race",
    }
}

/// `2026-11-23 22:41:07 UTC`.
pub(super) fn time(moment: SystemTime) -> String {
    let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// The day of the Gregorian calendar so many days after 1 January 1970. Years begin in March here,
/// so that a leap day is the last of its year.
const fn date(days: u64) -> (u64, u64, u64) {
    const CENTURIES: u64 = 146_097; // days in 400 years
    let days = days + 719_468; // since 1 March of the year 0
    let (era, of_era) = (days / CENTURIES, days % CENTURIES);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let in_next = month >= 10;
    let year = era * 400 + year;
    if in_next { (year + 1, month - 9, day) } else { (year, month + 3, day) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_the_calendar() {
        for (seconds, told) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (951_868_800, "2000-03-01 00:00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59:59 UTC"),
            (1_795_473_667, "2026-11-23 22:41:07 UTC"),
            (4_107_542_400, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(time(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)), told);
        }
    }
}
