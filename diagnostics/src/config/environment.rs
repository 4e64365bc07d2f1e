//! The variable `WAKEFUL`, which overrides what the code says.

use std::borrow::Cow;
use std::fmt;

use super::{Config, value};

/// The name of the environment variable.
pub const VARIABLE: &str = "WAKEFUL";

/// What may not be told, whatever it is.
const SECRET: &str = value::TOKEN;

/// Characters of what was not understood.
const MOST_SHOWN: usize = 80;

/// How one key is read into a configuration.
struct Key {
    name: &'static str,
    values: &'static str,
    set: fn(&mut Config, &str) -> bool,
}

/// Puts a value in its place; says whether there was one.
fn put<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|value| *place = value).is_some()
}

macro_rules! keys {
    ($($name:ident: $read:ident, $values:ident;)*) => {
        const KEYS: &[Key] = &[$(Key {
            name: stringify!($name),
            values: value::$values,
            set: |config, text| put(&mut config.$name, value::$read(text)),
        }),*];
    };
}

keys! {
    all_asleep: action, ACTION;
    deadlock: action, ACTION;
    futurelock: action, ACTION;
    lock_order: action, ACTION;
    lost_wakeup: action, ACTION;
    leak: action, ACTION;
    misuse: action, ACTION;
    stuck: time, TIME;
    rehearse: switch, SWITCH;
    stall: time, TIME;
    long_hold: time, TIME;
    lock_order_dump: folder, FOLDER;
    silence: ids, IDS;
    findings: path, PATH;
    stacks: stacks, STACKS;
    block_profile: nanos, NANOS;
    mutex_profile: count, COUNT;
    http: address, ADDRESS;
    http_token: token, TOKEN;
    http_token_file: path, PATH;
    quit_signal: signal, SIGNAL;
    dump_signal: signal, SIGNAL;
}

/// What is wrong with the variable `WAKEFUL`; its text says what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The variable is not text.
    NotText,
    /// A part is not of the form `key=value`.
    NoValue {
        /// The part.
        part: String,
    },
    /// There is no such key.
    UnknownKey {
        /// The key.
        key: String,
    },
    /// The key has no such value.
    BadValue {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// Which values it has.
        values: &'static str,
    },
}

impl Config {
    /// This configuration with the overrides of the environment variable `WAKEFUL`.
    ///
    /// # Errors
    ///
    /// The variable is set and something in it is not understood. Nothing is guessed or skipped:
    /// a typing error must not switch a detector off.
    pub fn with_env(self) -> Result<Self, ConfigError> {
        match std::env::var(VARIABLE) {
            Ok(text) => self.with_text(&text),
            Err(std::env::VarError::NotPresent) => Ok(self),
            Err(std::env::VarError::NotUnicode(_)) => Err(ConfigError::NotText),
        }
    }

    /// The same with the overrides of a text: `key=value`, separated by commas. An empty text
    /// overrides nothing; of a key that is given twice, the last value counts.
    ///
    /// # Errors
    ///
    /// Something in it is not understood.
    pub fn with_text(mut self, text: &str) -> Result<Self, ConfigError> {
        // A comma in a secret makes two parts of it.
        let mut is_secret = false;
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once('=') else {
                let part = if is_secret { "(not shown)" } else { part };
                return Err(ConfigError::NoValue { part: part.to_owned() });
            };
            let (name, value) = (name.trim(), value.trim());
            let Some(key) = KEYS.iter().find(|key| key.name == name) else {
                return Err(ConfigError::UnknownKey { key: name.to_owned() });
            };
            is_secret = key.values == SECRET;
            if !(key.set)(&mut self, value) {
                let (key, values) = (key.name, key.values);
                // A secret is not told, even if it is none.
                let value = if is_secret { "(not shown)" } else { value };
                return Err(ConfigError::BadValue { key, value: value.to_owned(), values });
            }
        }
        Ok(self)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VARIABLE}: ")?;
        match self {
            Self::NotText => write!(f, "the variable is not valid UTF-8; write key=value,..")?,
            Self::NoValue { part } => {
                write!(f, "`{}` has no value; write key=value", shown(part))?;
            }
            Self::UnknownKey { key } => {
                write!(f, "there is no key `{}`", shown(key))?;
                if let Some(near) = nearest(key) {
                    write!(f, "; did you mean `{near}`?")?;
                }
            }
            Self::BadValue { key, value, values } => {
                let value = shown(value);
                return write!(f, "`{key}={value}` is not understood; {key} is {values}");
            }
        }
        let names: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
        write!(f, " (keys: {})", names.join(", "))
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for std::io::Error {
    fn from(error: ConfigError) -> Self {
        Self::new(std::io::ErrorKind::InvalidInput, error)
    }
}

/// As much of it as anybody reads.
fn shown(written: &str) -> Cow<'_, str> {
    match written.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}... ({} bytes)", &written[..end], written.len()).into(),
        None => written.into(),
    }
}

/// The key one or two letters away from what was written.
fn nearest(written: &str) -> Option<&'static str> {
    if written.len() > MOST_SHOWN {
        return None;
    }
    let distances = KEYS.iter().map(|key| (distance(key.name, written), key.name));
    distances.min().filter(|&(distance, _)| distance <= 2).map(|(_, name)| name)
}

/// Levenshtein's.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
