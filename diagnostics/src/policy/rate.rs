//! How much is written to standard error: a program with one fault may show it in many places.

use std::time::{Duration, Instant};

/// So many reports in a minute; more, nobody reads.
const MOST: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// What was written in the minute that began last.
#[derive(Debug)]
pub(super) struct Rate {
    began: Option<Instant>,
    told: u32,
    kept_back: u32,
}

/// The answer to who asks to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admitted {
    /// Write; so many were kept back before.
    In(u32),
    /// The first that is too much.
    FirstOut,
    /// Too much.
    Out,
}

impl Rate {
    pub(super) const fn new() -> Self {
        Self { began: None, told: 0, kept_back: 0 }
    }

    /// Asks to write one report at this moment.
    pub(super) fn ask(&mut self, now: Instant) -> Admitted {
        let mut before = 0;
        if self.began.is_none_or(|began| now.saturating_duration_since(began) >= MINUTE) {
            before = self.kept_back;
            *self = Self { began: Some(now), told: 0, kept_back: 0 };
        }
        if self.told < MOST {
            self.told += 1;
            return Admitted::In(before);
        }
        self.kept_back += 1;
        if self.kept_back == 1 { Admitted::FirstOut } else { Admitted::Out }
    }
}

impl Admitted {
    pub(super) const fn is_in(self) -> bool {
        matches!(self, Self::In(_))
    }

    /// What is said of those kept back.
    pub(super) fn preface(self) -> String {
        match self {
            Self::In(0) | Self::Out => String::new(),
            Self::In(1) => "wakeful: 1 more finding was kept back\n".to_owned(),
            Self::In(n) => format!("wakeful: {n} more findings were kept back\n"),
            Self::FirstOut => format!(
                "wakeful: that is {MOST} findings within a minute; further ones are kept back \
                 until it is over (`diagnostics::findings` has them)\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_for_a_minute_is_counted_in_the_next() {
        let (mut rate, start) = (Rate::new(), Instant::now());
        for n in 0..MOST {
            assert_eq!(rate.ask(start + Duration::from_secs(n.into())), Admitted::In(0));
        }
        assert_eq!(rate.ask(start + Duration::from_secs(30)), Admitted::FirstOut);
        assert_eq!(rate.ask(start + Duration::from_secs(59)), Admitted::Out);
        assert_eq!(rate.ask(start + Duration::from_secs(60)), Admitted::In(2));
        assert_eq!(rate.ask(start + Duration::from_secs(61)), Admitted::In(0));
        assert!(Admitted::FirstOut.preface().contains("20 findings within a minute"));
    }
}
