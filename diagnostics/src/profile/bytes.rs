//! A profile in the format of `go tool pprof`: `profile.proto`, compressed.
//!
//! What the readers of the world ask for: numbers of functions and locations count up from 1; each
//! location has an address that no other has and that stays; a function's system name is left
//! empty, or it is taken for a mangled one of C++; there is one mapping, and its file is no program,
//! so that nobody looks for code at addresses that were made up.

use std::collections::HashMap;
use std::io::Write as _;
use std::time::UNIX_EPOCH;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::proto::Message;
use super::source::Sources;
use super::{Frame, Label, Measure, Profile, Sample};

/// The number of the one mapping.
const MAPPING: u64 = 1;

/// Writes a profile, ready to be sent.
pub(crate) fn encode(profile: &Profile) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to a vector does not fail.
    let _ = gzip.write_all(&plain(profile));
    gzip.finish().unwrap_or_default()
}

/// The same, not compressed.
fn plain(profile: &Profile) -> Vec<u8> {
    let mut tables = Tables::new();
    let mut out = Message::new();
    for measure in profile.shape.measures {
        out = out.message(1, &tables.measure(measure));
    }
    for sample in &profile.samples {
        out = out.message(2, &tables.sample(sample));
    }
    let filename = tables.text(&program());
    let mapping = Message::new().number(1, MAPPING).number(3, i64::MAX).number(5, filename);
    // Functions, files, lines, inlined calls: nothing is left to be looked up.
    let mapping = (7..=10).fold(mapping, Message::flag);
    out = out.message(3, &mapping);
    let period_of = tables.measure(&profile.shape.period_of);
    let comment = tables.text(concat!("wakeful ", env!("CARGO_PKG_VERSION")));
    let Tables { locations, functions, texts, .. } = tables;
    out = locations.written.iter().fold(out, |out, location| out.message(4, location));
    out = functions.written.iter().fold(out, |out, function| out.message(5, function));
    out = texts.written.iter().fold(out, |out, text| out.bytes(6, text.as_bytes()));
    let since_epoch = profile.taken_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    out.number(9, since_epoch.as_nanos())
        .number(10, profile.duration.unwrap_or_default().as_nanos())
        .message(11, &period_of)
        .number(12, profile.shape.period)
        .numbers(13, [comment as i64])
        .into_bytes()
}

/// A label for the mapping, in brackets because it is no file.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_ref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy());
    format!("[{}]", name.as_deref().unwrap_or("tasks"))
}

/// Things that are written once and referred to by number.
#[derive(Debug)]
struct Table<K, W> {
    numbers: HashMap<K, u64>,
    written: Vec<W>,
}

impl<K: Eq + std::hash::Hash, W> Table<K, W> {
    fn new() -> Self {
        Self { numbers: HashMap::new(), written: Vec::new() }
    }
}

#[derive(Debug)]
struct Tables {
    texts: Table<String, String>,
    /// By name and file.
    functions: Table<(u64, u64), Message>,
    /// By address, and by what stands there.
    locations: Table<(u64, Vec<(u64, u32)>), Message>,
    sources: Sources,
}

impl Tables {
    fn new() -> Self {
        let (functions, locations) = (Table::new(), Table::new());
        let mut new = Self { texts: Table::new(), functions, locations, sources: Sources::new() };
        // The first text is the empty one.
        new.text("");
        new
    }

    fn text(&mut self, text: &str) -> u64 {
        let Table { numbers, written } = &mut self.texts;
        if let Some(&number) = numbers.get(text) {
            return number;
        }
        let number = written.len() as u64;
        numbers.insert(text.to_owned(), number);
        written.push(text.to_owned());
        number
    }

    fn measure(&mut self, measure: &Measure) -> Message {
        Message::new().number(1, self.text(measure.name)).number(2, self.text(measure.unit))
    }

    fn sample(&mut self, sample: &Sample) -> Message {
        let calls =
            sample.stack.chunk_by(|inner, outer| inner.inlined && inner.address == outer.address);
        let locations: Vec<i64> = calls.map(|call| self.location(call) as i64).collect();
        let values = sample.values.iter().copied();
        let message = Message::new().numbers(1, locations).numbers(2, values);
        sample.labels.iter().fold(message, |message, label| message.message(3, &self.label(label)))
    }

    fn label(&mut self, label: &Label) -> Message {
        match label {
            Label::Text(key, value) => {
                Message::new().number(1, self.text(key)).number(2, self.text(value))
            }
            Label::Number(key, number, unit) => {
                let message = Message::new().number(1, self.text(key)).number(3, *number);
                message.number(4, self.text(unit))
            }
        }
    }

    /// A call with what was inlined into it, the innermost first.
    fn location(&mut self, call: &[Frame]) -> u64 {
        let lines: Vec<_> = call.iter().map(|frame| (self.function(frame), frame.line)).collect();
        let address = call.first().map_or(0, |frame| frame.address);
        let Table { numbers, written } = &mut self.locations;
        let next = written.len() as u64 + 1;
        *numbers.entry((address, lines)).or_insert_with_key(|(address, lines)| {
            let message = Message::new().number(1, next).number(2, MAPPING).number(3, *address);
            written.push(lines.iter().fold(message, |message, &(function, line)| {
                message.message(4, &Message::new().number(1, function).number(2, line))
            }));
            next
        })
    }

    fn function(&mut self, frame: &Frame) -> u64 {
        let name = self.text(&frame.function);
        let path = self.sources.path(&frame.file).into_owned();
        let file = self.text(&path);
        let Table { numbers, written } = &mut self.functions;
        let next = written.len() as u64 + 1;
        *numbers.entry((name, file)).or_insert_with(|| {
            written.push(Message::new().number(1, next).number(2, name).number(4, file));
            next
        })
    }
}

#[cfg(test)]
mod tests;
