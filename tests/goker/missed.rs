//! What must be found, and why the rest is not.

/// Why these are missed; all others that count must be found.
const MISSED: [(&str, &str); 1] = [(
    "cockroach_4407",
    "add(1) and wait() come in a harmless order; that nothing orders them is known to a race \
         detector only",
)];

/// Whether a run fails that misses it.
pub(crate) fn must_be_found(id: &str) -> bool {
    MISSED.iter().all(|(missed, _)| *missed != id)
}

pub(crate) fn reason(id: &str) -> &'static str {
    let known = MISSED.iter().find(|(missed, _)| *missed == id);
    known.map_or("it must be found", |(_, reason)| reason)
}
