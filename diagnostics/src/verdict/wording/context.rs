//! A context ends with what it was made from: says which of them can be cancelled.

use super::{line, made_at, resource};
use crate::finding::Evidence;
use crate::names::Op;
use crate::noun;
use crate::snapshot::{Index, On, Resource, Wait};

/// Of the context that is waited for and those above it, the nearest one whose handle is not given up.
pub(super) fn to_cancel<'a>(index: &Index<'a>, wait: &Wait) -> Option<&'a Resource> {
    let mut next = resource(index, wait).filter(|_| wait.op == Op::ContextDone);
    while let Some(context) = next.filter(|context| context.givers == 0) {
        next = context.above().and_then(|id| index.resource(id));
    }
    next
}

/// What the wait is on, and what ends that from above.
pub(super) fn with_above<'a>(index: &Index<'a>, wait: &Wait) -> impl Iterator<Item = On> + use<'a> {
    let above = to_cancel(index, wait).map(|context| On::Resource(context.id));
    std::iter::once(wait.on).chain(above.filter(|&above| above != wait.on))
}

/// The same, as what is to be done: `cancel context 1, which ends context 3,`.
pub(super) fn cancel(index: &Index<'_>, wait: &Wait, what: &str) -> String {
    match to_cancel(index, wait) {
        Some(above) if On::Resource(above.id) != wait.on => {
            format!("cancel {}, which ends {what},", noun::resource(above))
        }
        _ => format!("cancel {what}"),
    }
}

/// Where the one to cancel was made, if it is another one; or that there is none.
pub(super) fn above(index: &Index<'_>, wait: &Wait) -> Option<Evidence> {
    let context = resource(index, wait).filter(|_| wait.op == Op::ContextDone)?;
    let Some(above) = to_cancel(index, wait) else {
        let text = "its handle was detached, and it is below none that has one";
        return Some(line(text.to_owned(), None));
    };
    let made = made_at(index, above).map_or_else(String::new, |at| format!(", created at {at}"));
    let text = format!("it ends with {}{made}", noun::resource(above));
    (above.id != context.id).then(|| line(text, above.created_at))
}
