//! Why a context has ended.

use std::time::Duration;

use wakeful_runtime::context::{CancelHandle, Context};
use wakeful_runtime::time::Instant;

use crate::{HOUR, cause};

/// `TestCause`
#[test]
fn the_cause_is_that_of_the_first_end_here_or_above() {
    type Build = fn() -> (Context, Vec<CancelHandle>);
    const CANCELLED: Option<&str> = Some("context cancelled");
    const EXPIRED: Option<&str> = Some("context deadline exceeded");
    let rows: [(&str, Build, Option<&str>, Option<&str>); 14] = [
        ("background", || (Context::background(), vec![]), None, None),
        ("not yet", || one(Context::background().with_cancel()), None, None),
        (
            "a cause",
            || {
                let (context, cancel) = Context::background().with_cancel();
                cancel.cancel_with("parent cause");
                (context, vec![cancel])
            },
            CANCELLED,
            Some("parent cause"),
        ),
        (
            "no cause",
            || {
                let (context, cancel) = Context::background().with_cancel();
                cancel.cancel();
                (context, vec![cancel])
            },
            CANCELLED,
            CANCELLED,
        ),
        (
            "the first one counts",
            || {
                let (context, cancel) = Context::background().with_cancel();
                cancel.cancel();
                cancel.cancel_with("later");
                (context, vec![cancel])
            },
            CANCELLED,
            CANCELLED,
        ),
        (
            "the parent's before the child's",
            || {
                let (parent, first) = Context::background().with_cancel();
                let (child, second) = parent.with_cancel();
                first.cancel_with("parent cause");
                second.cancel_with("child cause");
                (child, vec![first, second])
            },
            CANCELLED,
            Some("parent cause"),
        ),
        (
            "the child's before the parent's",
            || {
                let (parent, first) = Context::background().with_cancel();
                let (child, second) = parent.with_cancel();
                second.cancel_with("child cause");
                first.cancel_with("parent cause");
                (child, vec![first, second])
            },
            CANCELLED,
            Some("child cause"),
        ),
        (
            "the child's does not reach the parent",
            || {
                let (parent, first) = Context::background().with_cancel();
                let (_, second) = parent.with_cancel();
                second.cancel_with("child cause");
                (parent, vec![first, second])
            },
            None,
            None,
        ),
        (
            "through a value",
            || {
                let (parent, first) = Context::background().with_cancel();
                let child = parent.with_value(1);
                first.cancel_with("parent cause");
                (child, vec![first])
            },
            CANCELLED,
            Some("parent cause"),
        ),
        (
            "a timeout's own cause",
            || one(Context::background().with_timeout_cause(Duration::ZERO, "too slow")),
            EXPIRED,
            Some("too slow"),
        ),
        (
            "a timeout without one",
            || one(Context::background().with_timeout(Duration::ZERO)),
            EXPIRED,
            EXPIRED,
        ),
        (
            "cancelled before its timeout",
            || {
                let (context, cancel) = Context::background().with_timeout_cause(HOUR, "too slow");
                cancel.cancel();
                (context, vec![cancel])
            },
            CANCELLED,
            CANCELLED,
        ),
        (
            "a deadline above with its own cause",
            || {
                let (parent, first) =
                    Context::background().with_deadline_cause(Instant::now(), "too late");
                let (child, second) = parent.with_timeout_cause(HOUR, "never given");
                (child, vec![first, second])
            },
            EXPIRED,
            Some("too late"),
        ),
        (
            "without cancel",
            || {
                let (parent, first) = Context::background().with_cancel();
                first.cancel_with("parent cause");
                (parent.without_cancel(), vec![first])
            },
            None,
            None,
        ),
    ];
    for (name, build, err, expected) in rows {
        let (context, _handles) = build();
        assert_eq!(context.err().map(|error| error.to_string()).as_deref(), err, "{name}");
        assert_eq!(cause(&context).as_deref(), expected, "{name}");
    }
}

fn one((context, cancel): (Context, CancelHandle)) -> (Context, Vec<CancelHandle>) {
    (context, vec![cancel])
}

/// `TestCauseRace`
#[test]
fn one_cause_wins_and_it_is_there_for_whoever_sees_the_end() {
    for _ in 0..200 {
        let (context, cancel) = Context::background().with_cancel();
        std::thread::scope(|scope| {
            for name in ["a", "b"] {
                let cancel = &cancel;
                scope.spawn(move || cancel.cancel_with(name));
            }
            while context.err().is_none() {
                std::hint::spin_loop();
            }
            let first = cause(&context);
            assert!(matches!(first.as_deref(), Some("a" | "b")));
            assert_eq!(cause(&context), first);
        });
    }
}

/// `TestWithCancelSimultaneouslyCanceledParent`
#[test]
fn a_child_made_while_its_parent_ends_has_the_parents_cause() {
    for _ in 0..200 {
        let (parent, cancel) = Context::background().with_cancel();
        std::thread::scope(|scope| {
            scope.spawn(|| cancel.cancel_with("parent cause"));
            let (child, _keep) = parent.with_cancel();
            while child.err().is_none() {
                std::hint::spin_loop();
            }
            assert_eq!(cause(&child).as_deref(), Some("parent cause"));
        });
    }
}
