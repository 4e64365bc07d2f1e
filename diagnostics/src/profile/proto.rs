//! The protocol buffers of pprof's `profile.proto`, as far as they are written here.
//!
//! A message is a run of fields, a field a number and a value. Zero is what a reader assumes, so it
//! is left out.

/// A message that is being written.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

const VARINT: u64 = 0;
const BYTES: u64 = 2;

impl Message {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// A number; a negative one takes ten bytes.
    pub(super) fn number(mut self, field: u64, value: impl TryInto<i64>) -> Self {
        let value = value.try_into().unwrap_or(i64::MAX);
        if value != 0 {
            varint(&mut self.0, field << 3 | VARINT);
            varint(&mut self.0, value as u64);
        }
        self
    }

    pub(super) fn flag(self, field: u64) -> Self {
        self.number(field, 1)
    }

    /// Text, or a message inside this one; written even if it is empty.
    pub(super) fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        varint(&mut self.0, field << 3 | BYTES);
        varint(&mut self.0, bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn message(self, field: u64, message: &Self) -> Self {
        self.bytes(field, &message.0)
    }

    /// Numbers in one field, zeros among them.
    pub(super) fn numbers(self, field: u64, values: impl IntoIterator<Item = i64>) -> Self {
        let mut packed = Vec::new();
        values.into_iter().for_each(|value| varint(&mut packed, value as u64));
        if packed.is_empty() { self } else { self.bytes(field, &packed) }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Seven bits at a time, the lowest first.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_many_bytes_as_they_need() {
        let message = Message::new().number(1, 1).number(2, 0).number(3, 300).bytes(4, b"a");
        assert_eq!(message.into_bytes(), [8, 1, 24, 0xac, 2, 34, 1, b'a']);
        let negative = Message::new().number(1, -1).into_bytes();
        assert_eq!(negative.len(), 11);
        let packed = Message::new().numbers(2, [0, 150]).numbers(3, []).into_bytes();
        assert_eq!(packed, [18, 3, 0, 0x96, 1]);
    }
}
