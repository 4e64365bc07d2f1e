//! A thread that polls a task, as it was when it was asked.

/// A thread that polls a task.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub struct Running {
    /// Which worker of its runtime it is, if it is one.
    pub worker: Option<u32>,
    /// An address in each call of its poll, the innermost first.
    #[cfg_attr(feature = "json", serde(serialize_with = "calls"))]
    pub stack: Vec<usize>,
}

/// The calls in words.
#[cfg(feature = "json")]
fn calls<S: serde::Serializer>(stack: &[usize], to: S) -> Result<S::Ok, S::Error> {
    let calls = crate::stacks::in_words(stack, None).unwrap_or_else(|all| all);
    to.collect_seq(calls.iter().map(ToString::to_string))
}
