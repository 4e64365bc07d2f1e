//! The word without which the endpoint tells nothing.

use std::fmt;
use std::hint;
use std::io;
use std::path::Path;

/// A bearer token. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// More is no word but a mistake.
const MOST_BYTES: usize = 4096;

impl Token {
    /// Takes a word of visible ASCII characters without spaces; `None` if it is none.
    #[must_use]
    pub fn new(word: &str) -> Option<Self> {
        let visible = word.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = (1..=MOST_BYTES).contains(&word.len());
        (visible && fits).then(|| Self(word.to_owned()))
    }

    /// Reads it from a file; space around it does not count.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or there is no such word in it. The text names the file, and not what
    /// stands there.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        let refused = |kind, why: &dyn fmt::Display| {
            let text = format!(
                "the token for the endpoint is to be in {}, which {why}; write one word into it (as \
                 `openssl rand -hex 16` makes one) and let this user read it",
                path.display()
            );
            io::Error::new(kind, text)
        };
        let unreadable =
            |error: io::Error| refused(error.kind(), &format_args!("cannot be read: {error}"));
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let word = text.trim();
        Self::new(word).ok_or_else(|| {
            let why = if word.is_empty() {
                "is empty"
            } else {
                "has no token in it, which is one word of up to 4096 visible ASCII characters"
            };
            refused(io::ErrorKind::InvalidData, &why)
        })
    }

    /// Whether an `Authorization` header has it: as a bearer's, or as the password of a basic one,
    /// which a browser asks its user for. How long that takes tells nothing of where they differ.
    pub(super) fn is_in(&self, authorization: Option<&str>) -> bool {
        let Some((scheme, given)) = authorization.and_then(|value| value.split_once(' ')) else {
            return false;
        };
        let given = given.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return same(self.0.as_bytes(), given.as_bytes());
        }
        let pair = scheme.eq_ignore_ascii_case("basic").then(|| unpacked(given)).flatten();
        pair.is_some_and(|pair| {
            let colon = pair.iter().position(|&byte| byte == b':');
            colon.is_some_and(|colon| same(self.0.as_bytes(), &pair[colon + 1..]))
        })
    }
}

fn same(own: &[u8], given: &[u8]) -> bool {
    let mut differ = u8::from(own.len() != given.len());
    for (place, byte) in own.iter().enumerate() {
        differ |= byte ^ given.get(place).copied().unwrap_or(!byte);
    }
    hint::black_box(differ) == 0
}

/// Base64, with its padding or without.
fn unpacked(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    Some(out)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_and_nothing_else_is() {
        let token = Token::new("s3cret").expect("a word");
        for right in
            ["Bearer s3cret", "bearer  s3cret ", "Basic b3BzOnMzY3JldA==", "basic OnMzY3JldA"]
        {
            assert!(token.is_in(Some(right)), "{right}");
        }
        for wrong in [
            "Bearer s3cre",
            "Bearer s3crets",
            "Bearer S3cret",
            "s3cret",
            "Bearer ",
            "Basic s3cret",
            "Basic b3Bz",
            "Digest s3cret",
            "Basic !!!",
        ] {
            assert!(!token.is_in(Some(wrong)), "{wrong}");
        }
        assert!(!token.is_in(None));
        assert_eq!(format!("{token:?}"), "Token(..)");
    }

    #[test]
    fn a_token_is_a_word() {
        for no_word in ["", "a b", "a\nb", "é", "\u{7f}"] {
            assert!(Token::new(no_word).is_none(), "{no_word:?}");
        }
        assert!(Token::new(&"x".repeat(MOST_BYTES + 1)).is_none());
        let missing = Token::from_file(Path::new("/nonexistent/token")).expect_err("no such file");
        let missing = missing.to_string();
        assert!(
            missing.contains("/nonexistent/token, which cannot be read: No such file"),
            "{missing}"
        );
        assert!(missing.contains("; write one word into it"), "{missing}");
        let empty = Token::from_file(Path::new("/dev/null")).expect_err("there is nothing in it");
        assert!(empty.to_string().contains("/dev/null, which is empty; "), "{empty}");
    }
}
