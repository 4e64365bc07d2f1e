//! Tells a ring whose tasks wait in one place, each for what lies in something that all of them share.
//!
//! Callers wait for replies whose senders stand in a table, or in a queue, and whoever served it is gone. That each
//! of them could send to the next is so, and misleads: none of them is to.

use super::super::cause::Link;
use super::super::liveness::within_reach;
use super::end::purpose;
use super::{Told, created, line, who};
use crate::finding::FindingKind;
use crate::names::Op;
use crate::noun;
use crate::snapshot::{Index, On};

/// So many are named.
const TOLD: usize = 5;

pub(super) fn tell(index: &Index<'_>, links: &[Link]) -> Option<Told> {
    let [first, ..] = links else { return None };
    let place = |link: &Link| (link.wait.op, link.wait.at);
    let is_shared = |link: &Link| {
        let can = within_reach(index, &link.wait).unwrap_or_default();
        link.held.is_none() && place(link) == place(first) && can.contains(&link.task)
    };
    let receives =
        matches!(first.wait.op, Op::Recv | Op::OneshotRecv | Op::BroadcastRecv | Op::WatchChanged);
    if !receives || !links.iter().all(is_shared) {
        return None;
    }
    let tasks: Vec<usize> = links.iter().map(|link| link.task).collect();
    let at = first.wait.at;
    let names = noun::list_of(tasks.len(), TOLD, |n| who(index, tasks[n]));
    let mut evidence: Vec<_> = links
        .iter()
        .take(TOLD)
        .map(|link| {
            let text = format!("{} waits {}", who(index, link.task), purpose(index, &link.wait));
            line(text, Some(at))
        })
        .collect();
    evidence.extend(created(index, links.iter().take(TOLD).map(|link| link.wait.on)));
    let text = "the senders lie in a table or a queue that these tasks share, and nobody else can get at it";
    evidence.push(line(text.to_owned(), None));
    let one = match first.wait.on {
        On::Resource(id) => index.resource(id).map_or("channel", |object| object.kind.word()),
        _ => "channel",
    };
    Some(Told {
        kind: FindingKind::Deadlock,
        headline: format!(
            "{names} wait at {at}, each for its own {one}, and nobody awake has the senders"
        ),
        evidence,
        fix: format!(
            "when whoever is to answer ends, have it drop the senders that it has not used (empty the \
             table or the queue): the waits at {at} then end"
        ),
        tasks,
    })
}
