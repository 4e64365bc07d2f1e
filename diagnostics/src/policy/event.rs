//! Findings as events of `tracing`.

use crate::finding::Finding;

/// Emits an event of the target `wakeful::finding`, an error if it is a proof and else a warning.
#[cfg(feature = "tracing")]
pub(super) fn emit(finding: &Finding) {
    use crate::finding::Class;
    // The level of an event is a constant.
    macro_rules! emit {
        ($level:ident) => {
            tracing::event!(
                target: "wakeful::finding",
                tracing::Level::$level,
                id = finding.id.as_str(),
                kind = finding.kind.word(),
                class = finding.class.word(),
                headline = finding.headline.as_str(),
            )
        };
    }
    match finding.class {
        Class::Proof => emit!(ERROR),
        Class::Likely | Class::Hint => emit!(WARN),
    }
}

/// Nobody can subscribe.
#[cfg(not(feature = "tracing"))]
pub(super) const fn emit(_: &Finding) {}
