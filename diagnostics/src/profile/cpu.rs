//! Where the processor's time goes, for as long as somebody waits for the answer.

use std::io::ErrorKind;
use std::time::{Instant, SystemTime};

use super::{Measure, Profile, Sample, Shape, calls};
use crate::stacks::cpu::{self, Busy};

const SHAPE: Shape = Shape {
    measures: &[
        Measure { name: "samples", unit: "count" },
        Measure { name: "cpu", unit: "nanoseconds" },
    ],
    period_of: Measure { name: "cpu", unit: "nanoseconds" },
    period: cpu::PERIOD.as_nanos() as i64,
};

/// Why no profile was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It never is, on this system.
    Never,
    /// In Go's words, where it has some.
    Because(String),
}

/// Counts until `wait` returns.
pub(crate) fn cpu(wait: impl FnOnce()) -> Result<Profile, Refused> {
    let (taken_at, begun) = (SystemTime::now(), Instant::now());
    let counted = cpu::profile_during(wait).map_err(|busy| match busy {
        Busy::InUse => Refused::Because("cpu profiling already in use".to_owned()),
        Busy::Refused(error) if error.kind() == ErrorKind::Unsupported => Refused::Never,
        other => Refused::Because(other.to_string()),
    })?;
    let duration = Some(begun.elapsed());
    let sample = |cpu::Sample { stack, count }| {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let values = vec![count, count.saturating_mul(SHAPE.period)];
        Sample { stack: calls::all(&stack), labels: Vec::new(), values }
    };
    let samples = counted.samples.into_iter().map(sample).collect();
    Ok(Profile { shape: SHAPE, samples, taken_at, duration })
}
