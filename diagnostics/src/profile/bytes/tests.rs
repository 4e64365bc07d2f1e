//! What was written, read again by prost.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use flate2::read::GzDecoder;
use prost::Message as _;

use super::super::{Shape, waits::SHAPE};
use super::{Frame, Label, Measure, Profile, Sample, encode};
use crate::snapshot::Place;

/// `profile.proto`, as its documentation has it.
mod decoded {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Profile {
        #[prost(message, repeated, tag = "1")]
        pub(super) sample_type: Vec<ValueType>,
        #[prost(message, repeated, tag = "2")]
        pub(super) sample: Vec<Sample>,
        #[prost(message, repeated, tag = "3")]
        pub(super) mapping: Vec<Mapping>,
        #[prost(message, repeated, tag = "4")]
        pub(super) location: Vec<Location>,
        #[prost(message, repeated, tag = "5")]
        pub(super) function: Vec<Function>,
        #[prost(string, repeated, tag = "6")]
        pub(super) string_table: Vec<String>,
        #[prost(int64, tag = "9")]
        pub(super) time_nanos: i64,
        #[prost(int64, tag = "10")]
        pub(super) duration_nanos: i64,
        #[prost(message, optional, tag = "11")]
        pub(super) period_type: Option<ValueType>,
        #[prost(int64, tag = "12")]
        pub(super) period: i64,
        #[prost(int64, repeated, tag = "13")]
        pub(super) comment: Vec<i64>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct ValueType {
        #[prost(int64, tag = "1")]
        pub(super) kind: i64,
        #[prost(int64, tag = "2")]
        pub(super) unit: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Sample {
        #[prost(uint64, repeated, tag = "1")]
        pub(super) location_id: Vec<u64>,
        #[prost(int64, repeated, tag = "2")]
        pub(super) value: Vec<i64>,
        #[prost(message, repeated, tag = "3")]
        pub(super) label: Vec<Label>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Label {
        #[prost(int64, tag = "1")]
        pub(super) key: i64,
        #[prost(int64, tag = "2")]
        pub(super) text: i64,
        #[prost(int64, tag = "3")]
        pub(super) num: i64,
        #[prost(int64, tag = "4")]
        pub(super) num_unit: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Mapping {
        #[prost(uint64, tag = "1")]
        pub(super) id: u64,
        #[prost(uint64, tag = "3")]
        pub(super) memory_limit: u64,
        #[prost(int64, tag = "5")]
        pub(super) filename: i64,
        #[prost(bool, tag = "7")]
        pub(super) has_functions: bool,
        #[prost(bool, tag = "8")]
        pub(super) has_filenames: bool,
        #[prost(bool, tag = "9")]
        pub(super) has_line_numbers: bool,
        #[prost(bool, tag = "10")]
        pub(super) has_inline_frames: bool,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Location {
        #[prost(uint64, tag = "1")]
        pub(super) id: u64,
        #[prost(uint64, tag = "2")]
        pub(super) mapping_id: u64,
        #[prost(uint64, tag = "3")]
        pub(super) address: u64,
        #[prost(message, repeated, tag = "4")]
        pub(super) line: Vec<Line>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Line {
        #[prost(uint64, tag = "1")]
        pub(super) function_id: u64,
        #[prost(int64, tag = "2")]
        pub(super) line: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Function {
        #[prost(uint64, tag = "1")]
        pub(super) id: u64,
        #[prost(int64, tag = "2")]
        pub(super) name: i64,
        #[prost(int64, tag = "3")]
        pub(super) system_name: i64,
        #[prost(int64, tag = "4")]
        pub(super) filename: i64,
    }
}

fn decode(profile: &Profile) -> decoded::Profile {
    let mut plain = Vec::new();
    GzDecoder::new(&encode(profile)[..]).read_to_end(&mut plain).expect("it is compressed");
    let decoded = decoded::Profile::decode(&plain[..]).expect("it is a profile");
    // Nothing was written that is not read: not a field more, and none out of order.
    assert_eq!(decoded.encode_to_vec().len(), plain.len());
    decoded
}

fn frame(function: &'static str, line: u32) -> Frame {
    Frame::at(function, Place { file: "/src/main.rs", line })
}

fn profile(shape: Shape, samples: Vec<Sample>) -> Profile {
    let taken_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    Profile { shape, samples, taken_at, duration: None }
}

impl decoded::Profile {
    fn text(&self, number: i64) -> &str {
        &self.string_table[number as usize]
    }

    /// A stack as it is shown: function, file and line, what was inlined first.
    fn stack(&self, sample: usize) -> Vec<(&str, &str, i64)> {
        let locations = self.sample[sample].location_id.iter();
        let lines = locations.flat_map(|&id| &self.location[id as usize - 1].line);
        let shown = lines.map(|line| {
            let function = &self.function[line.function_id as usize - 1];
            (self.text(function.name), self.text(function.filename), line.line)
        });
        shown.collect()
    }
}

#[test]
fn a_profile_is_read_as_it_was_meant() {
    let leaf = Frame::of_house("wakeful::sync::Mutex::lock");
    let stack = vec![leaf.clone(), frame("svc::get", 5), frame("svc::main", 9)];
    let labels =
        vec![Label::Text("tenant".into(), "a".into()), Label::Number("wait", 60, "seconds")];
    let samples = vec![
        Sample { stack, labels, values: vec![3, -7] },
        Sample { stack: vec![leaf, frame("svc::get", 6)], labels: Vec::new(), values: vec![0, 1] },
    ];
    let decoded = decode(&profile(SHAPE, samples));
    let types: Vec<_> =
        decoded.sample_type.iter().map(|t| (decoded.text(t.kind), decoded.text(t.unit))).collect();
    assert_eq!(types, [("contentions", "count"), ("delay", "nanoseconds")]);
    assert_eq!(decoded.string_table[0], "");
    assert_eq!(
        decoded.stack(0),
        [
            ("wakeful::sync::Mutex::lock", "", 0),
            ("svc::get", "/src/main.rs", 5),
            ("svc::main", "/src/main.rs", 9),
        ]
    );
    assert_eq!(decoded.sample[0].value, [3, -7]);
    assert_eq!(decoded.sample[1].value, [0, 1]);
    let [tenant, wait] = &decoded.sample[0].label[..] else { panic!("two labels") };
    assert_eq!((decoded.text(tenant.key), decoded.text(tenant.text)), ("tenant", "a"));
    assert_eq!((decoded.text(wait.key), wait.num), ("wait", 60));
    assert_eq!(decoded.text(wait.num_unit), "seconds");
    assert_eq!(decoded.time_nanos, 1_800_000_000_000_000_000);
    assert_eq!((decoded.period, decoded.duration_nanos), (1, 0));
    assert!(decoded.text(decoded.comment[0]).starts_with("wakeful "));
}

#[test]
fn what_readers_of_the_format_insist_on_is_so() {
    let deep = vec![frame("a", 1), frame("b", 2), frame("a", 3)];
    let samples = vec![
        Sample { stack: deep.clone(), labels: Vec::new(), values: vec![1, 1] },
        Sample { stack: deep[1..].into(), labels: Vec::new(), values: vec![2, 2] },
        Sample { stack: Vec::new(), labels: Vec::new(), values: vec![1, 0] },
    ];
    let decoded = decode(&profile(SHAPE, samples));
    let counted = |ids: Vec<u64>| ids.iter().zip(1..).all(|(&id, number)| id == number);
    assert!(counted(decoded.location.iter().map(|location| location.id).collect()));
    assert!(counted(decoded.function.iter().map(|function| function.id).collect()));
    assert_eq!((decoded.location.len(), decoded.function.len()), (3, 2));
    let [mapping] = &decoded.mapping[..] else { panic!("one mapping") };
    assert!(mapping.has_functions && mapping.has_filenames);
    assert!(mapping.has_line_numbers && mapping.has_inline_frames);
    assert!(decoded.text(mapping.filename).starts_with('['));
    let mut addresses: Vec<_> = decoded.location.iter().map(|location| location.address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 3, "each location has an address of its own");
    assert!(addresses.iter().all(|&address| address > 0 && address < mapping.memory_limit));
    assert!(decoded.function.iter().all(|function| function.system_name == 0));
    assert!(decoded.sample[2].location_id.is_empty());
}

#[test]
fn what_was_inlined_shares_the_address_of_its_caller() {
    let at = |name, inlined, address| Frame { inlined, address, ..frame(name, 1) };
    let stack = vec![at("a", true, 64), at("b", false, 64), at("c", false, 128)];
    let decoded =
        decode(&profile(SHAPE, vec![Sample { stack, labels: Vec::new(), values: vec![1, 1] }]));
    let lines: Vec<_> =
        decoded.location.iter().map(|location| (location.address, location.line.len())).collect();
    assert_eq!(lines, [(64, 2), (128, 1)]);
    let names: Vec<_> = decoded.stack(0).iter().map(|&(name, ..)| name).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn a_difference_has_what_changed_and_how_long_that_took() {
    const MEASURES: &[Measure] = &[Measure { name: "goroutine", unit: "count" }];
    let shape = Shape { measures: MEASURES, period_of: MEASURES[0], period: 1 };
    let sample = |line, value| Sample {
        stack: vec![frame("f", line)],
        labels: Vec::new(),
        values: vec![value],
    };
    let before = profile(shape, vec![sample(1, 2), sample(2, 2), sample(3, 1)]);
    let mut after = profile(shape, vec![sample(1, 5), sample(2, 2), sample(4, 1)]);
    after.taken_at += Duration::from_millis(1500);
    let decoded = decode(&after.since(before));
    let mut changed: Vec<_> = (0..decoded.sample.len())
        .map(|n| (decoded.stack(n)[0].2, decoded.sample[n].value[0]))
        .collect();
    changed.sort_unstable();
    assert_eq!(changed, [(1, 3), (3, -1), (4, 1)]);
    assert_eq!(decoded.duration_nanos, 1_500_000_000);
    assert_eq!(decoded.time_nanos, 1_800_000_000_000_000_000);
}
