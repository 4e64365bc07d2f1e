//! What must be found, and why the rest is not, or not always.

/// Why these may be missed; all others that count must be found.
const MISSED: [(&str, &str); 2] = [
    (
        "cockroach_4407",
        "add(1) and wait() come in a harmless order; that nothing orders them is known to a race \
         detector only",
    ),
    (
        "kubernetes_70277",
        "its task is alive and has a receiver of the channel; it is told in most builds, but a word that looks \
         like a pointer to its future would hide it, and which there are differs from build to build",
    ),
];

/// Whether a run fails that misses it.
pub(crate) fn must_be_found(id: &str) -> bool {
    MISSED.iter().all(|(missed, _)| *missed != id)
}

pub(crate) fn reason(id: &str) -> &'static str {
    let known = MISSED.iter().find(|(missed, _)| *missed == id);
    known.map_or("it must be found", |(_, reason)| reason)
}
