//! How text becomes HTML, and what stands around it.

use std::fmt::{self, Display, Write as _};
use std::time::SystemTime;

use crate::report::live;
use crate::snapshot::Snapshot;

/// Somebody's words, so that they are nothing but words in a page and in an attribute.
pub(super) fn text<T: Display>(words: T) -> Text<T> {
    Text(words)
}

/// See [`text`].
pub(super) struct Text<T>(T);

impl<T: Display> Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        struct Escape<'a, 'b>(&'a mut fmt::Formatter<'b>);
        impl fmt::Write for Escape<'_, '_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                for c in text.chars() {
                    match c {
                        '&' => self.0.write_str("&amp;")?,
                        '<' => self.0.write_str("&lt;")?,
                        '>' => self.0.write_str("&gt;")?,
                        '"' => self.0.write_str("&quot;")?,
                        '\'' => self.0.write_str("&#39;")?,
                        // What turns the direction of writing could make one line look like another.
                        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                            self.0.write_str("\u{fffd}")?;
                        }
                        c if c.is_control() && !matches!(c, '\n' | '\t') => {
                            self.0.write_str("\u{fffd}")?;
                        }
                        c => self.0.write_char(c)?,
                    }
                }
                Ok(())
            }
        }
        write!(Escape(f), "{}", self.0)
    }
}

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("filter.js");

pub(super) fn head(out: &mut String, snapshot: &Snapshot, nonce: &str) {
    let program = std::env::args_os().next().unwrap_or_default();
    let program = std::path::Path::new(&program).file_name().unwrap_or_default().to_string_lossy();
    let program = text(&program);
    let pid = std::process::id();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>tasks of {program}</title>\n<style nonce=\"{nonce}\">\n{STYLE}</style>\n</head>\n\
         <body>\n<header><h1><a href=\"/debug/tasks\">{program}</a></h1> <span>process {pid}, \
         {}</span>\n<nav>{}</nav></header>\n<main>\n",
        live::time(snapshot.taken_at.max(SystemTime::UNIX_EPOCH)),
        LINKS.map(|(to, name)| format!("<a href=\"{to}\">{name}</a>")).join(" "),
    );
}

const LINKS: [(&str, &str); 5] = [
    ("/debug/pprof/goroutine?debug=2", "as text"),
    ("/debug/findings", "findings"),
    ("/debug/health", "health"),
    ("/metrics", "metrics"),
    ("/debug/pprof/", "pprof"),
];

pub(super) fn foot(out: &mut String, nonce: &str) {
    let _ = write!(out, "<script nonce=\"{nonce}\">\n{SCRIPT}</script>\n</body>\n</html>\n");
}

/// Cut to so many characters, with dots where something is missing.
pub(super) fn cut(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    let mut short: String = words.chars().take(most - 1).collect();
    short.push('\u{2026}');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_words() {
        assert_eq!(
            text("<script>alert('1')</script> & \"x\"\u{7}\u{202e}").to_string(),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;\u{fffd}\u{fffd}"
        );
        assert_eq!((cut("abcd", 4).as_str(), cut("abcde", 4).as_str()), ("abcd", "abc\u{2026}"));
    }
}
