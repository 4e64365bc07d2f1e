//! Where the processor's time goes, for as long as somebody waits for the answer.

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

/// Whether this build can take a profile.
pub(crate) const CAN_BE_TAKEN: bool = cpu::IS_BUILT;

/// Counts until `wait` returns; or says in Go's words why not.
pub(crate) fn cpu(wait: impl FnOnce()) -> Result<Profile, String> {
    let (taken_at, begun) = (SystemTime::now(), Instant::now());
    let counted = cpu::profile_during(wait).map_err(|busy| match busy {
        Busy::InUse => "cpu profiling already in use".to_owned(),
        other => other.to_string(),
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
