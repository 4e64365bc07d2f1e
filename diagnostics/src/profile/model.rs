//! A profile as plain data, before it is written.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::Frame;

/// Something that is measured, and in what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
}

/// What the numbers of a profile mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// One for each number of a sample.
    pub(crate) measures: &'static [Measure],
    /// What lies a period apart from one sample to the next.
    pub(crate) period_of: Measure,
    pub(crate) period: i64,
}

/// What was found at one place, or by one sort of task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// The innermost call first.
    pub(crate) stack: Vec<Frame>,
    pub(crate) labels: Vec<Label>,
    /// As many as the shape has measures.
    pub(crate) values: Vec<i64>,
}

/// Something said of a sample.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Label {
    /// A word.
    Text(String, String),
    /// A number and its unit.
    Number(&'static str, i64, &'static str),
}

/// Those of the same place and sort as one, with the sums of their numbers.
pub(crate) fn together(samples: impl IntoIterator<Item = Sample>) -> Vec<Sample> {
    let mut sums: BTreeMap<(Vec<Frame>, Vec<Label>), Vec<i64>> = BTreeMap::new();
    for Sample { stack, labels, values } in samples {
        let sum = sums.entry((stack, labels)).or_insert_with(|| vec![0; values.len()]);
        for (sum, value) in sum.iter_mut().zip(values) {
            *sum = sum.saturating_add(value);
        }
    }
    let samples = sums.into_iter();
    samples.map(|((stack, labels), values)| Sample { stack, labels, values }).collect()
}

/// Samples, and what they mean.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "pprof"), expect(dead_code, reason = "text does not tell all of it"))]
pub(crate) struct Profile {
    pub(crate) shape: Shape,
    pub(crate) samples: Vec<Sample>,
    pub(crate) taken_at: SystemTime,
    /// How long was measured, if that was a time of its own.
    pub(crate) duration: Option<Duration>,
}

impl Profile {
    /// What came to this one since `before` was taken; what did not change is left out.
    ///
    /// Of what can become less, a number may be negative.
    pub(crate) fn since(self, before: Self) -> Self {
        let duration = self.taken_at.duration_since(before.taken_at).unwrap_or_default();
        let less = before.samples.into_iter().map(|mut sample| {
            sample.values.iter_mut().for_each(|value| *value = value.saturating_neg());
            sample
        });
        let mut samples = together(self.samples.into_iter().chain(less));
        samples.retain(|sample| sample.values.iter().any(|&value| value != 0));
        Self { samples, taken_at: before.taken_at, duration: Some(duration), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_is_one_sample() {
        let shape = super::super::waits::SHAPE;
        // Once as it was noted, and once as the line of the wait is told.
        let noted = Frame::made_up("svc::get".to_owned(), "src/a.rs".to_owned(), 7);
        let told = Frame::at("svc::get", crate::snapshot::Place { file: "src/a.rs", line: 7 });
        let sample = |frame: &Frame, values: [i64; 2]| Sample {
            stack: vec![Frame::of_house("wakeful::sync::Mutex::lock"), frame.clone()],
            labels: Vec::new(),
            values: values.into(),
        };
        let samples = together([sample(&noted, [1, 20]), sample(&told, [2, 30])]);
        assert_eq!(samples, [sample(&told, [3, 50])]);
        let at = |samples| {
            let taken_at = SystemTime::UNIX_EPOCH;
            Profile { shape, samples, taken_at, duration: None }
        };
        let now = at(vec![sample(&noted, [3, 50])]);
        assert_eq!(now.since(at(vec![sample(&told, [1, 50])])).samples, [sample(&told, [2, 0])]);
    }
}
