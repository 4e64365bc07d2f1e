//! What the house knows about itself: who sleeps, on what, since when.
//!
//! Facts, then judgement, then words. Primitives and the runtime write facts into the
//! [registry]; nobody else does. A snapshot freezes it as plain data, pure detectors judge the
//! snapshot, a report tells a person. This crate knows no task, channel or lock of the house and
//! depends on no other crate of it.

#![deny(unsafe_code)]

pub mod census;
#[doc(hidden)]
pub mod clock;
pub mod config;
#[doc(hidden)]
pub mod current;
mod endpoint;
mod external;
pub mod finding;
mod futurelock;
pub mod health;
#[doc(hidden)]
pub mod hold;
mod hooks;
pub mod leak;
mod linked;
#[doc(hidden)]
mod maps;
pub mod memory;
pub mod metrics;
#[doc(hidden)]
pub mod misuse;
pub mod names;
mod noun;
#[doc(hidden)]
pub mod order;
#[doc(hidden)]
pub mod policy;
#[doc(hidden)]
pub mod profile;
#[doc(hidden)]
pub mod pulse;
#[doc(hidden)]
pub mod registry;
pub mod report;
pub mod snapshot;
#[doc(hidden)]
pub mod stacks;
#[doc(hidden)]
pub mod stall;
mod store;
pub mod verdict;

pub use config::{Action, Config, ConfigError, Stacks};
pub use endpoint::{Endpoint, Server, Token, serve};
pub use external::{ExternalGuard, external};
pub use finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
pub use futurelock::grants_taken_back;
#[doc(hidden)]
pub use futurelock::{before_taking_back, taken_back, tell_taken_back};
#[doc(inline)]
pub use health::health;
pub use hooks::{on_finding, panic_text};
pub use leak::assert_no_leaks;
#[doc(inline)]
pub use metrics::metrics;
pub use profile::{set_block_profile_rate, set_mutex_profile_fraction};
pub use report::dump;
pub use snapshot::{Snapshot, snapshot};
#[doc(hidden)]
pub use store::{count_misuse, enter, record, renew};
pub use store::{findings, findings_dropped, misuses};
