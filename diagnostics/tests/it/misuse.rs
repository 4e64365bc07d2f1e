//! Calls at which Go would panic, as they are told.

use std::time::{Duration, SystemTime};

use wakeful_diagnostics::misuse::{Call, Misuse};
use wakeful_diagnostics::{Class, report};

use crate::build::{asleep, at, channel, golden};

fn of(call: Call) -> Misuse {
    Misuse {
        call,
        at: at("src/jobs.rs", 31),
        task: Some(asleep(17, "producer", "svc::jobs::produce", 20)),
        channel: channel(3, "jobs", 12, 8, (2, 1)),
        closed_at: Some(at("src/jobs.rs", 24)),
        when: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
    }
}

fn live(name: &str, misuses: &[Misuse]) {
    let tell = |misuse: &Misuse| report::live(&misuse.finding(), misuse.when);
    golden(name, &misuses.iter().map(tell).collect::<String>());
}

#[test]
fn a_send_into_a_channel_that_a_sender_has_closed() {
    let outside = Misuse { task: None, closed_at: None, ..of(Call::TrySend) };
    live("misuse_send", &[of(Call::Send), outside]);
    assert_eq!(of(Call::Send).finding().class, Class::Hint);
}

#[test]
fn a_second_close() {
    live("misuse_close", &[of(Call::CloseSender), of(Call::CloseReceiver)]);
}

#[test]
fn one_call_at_one_line_is_one_finding() {
    let id = |misuse: Misuse| misuse.finding().id;
    let other = Misuse { channel: channel(4, "more", 13, 8, (2, 1)), ..of(Call::Send) };
    assert_eq!(id(of(Call::Send)), id(other));
    assert_ne!(id(of(Call::Send)), id(of(Call::CloseSender)));
    assert_ne!(id(of(Call::Send)), id(Misuse { at: at("src/jobs.rs", 32), ..of(Call::Send) }));
}
