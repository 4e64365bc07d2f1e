//! How far work may go, and what goes with it: Go's context.
//!
//! A [`Context`] is handed down from caller to callee. It ends when somebody cancels it, when its
//! deadline passes, or when the context it was made from ends; whoever works for it stops then.
//! It can carry values. A task has an ambient context, found by [`current`], which the tasks it
//! spawns inherit.
//!
//! # Examples
//!
//! ```
//! use std::time::Duration;
//! use wakeful_runtime::context::{Context, ContextError};
//! use wakeful_runtime::time::sleep;
//!
//! # wakeful_runtime::block_on(async {
//! let (request, _cancel) = Context::background().with_timeout(Duration::from_millis(5));
//! let work = async { sleep(Duration::from_secs(60)).await };
//! assert_eq!(request.run(work).await, Err(ContextError::DeadlineExceeded));
//! # });
//! ```

mod ambient;
mod call;
mod cancel;
mod derive;
mod done;
mod error;
mod life;
mod run;
mod values;

pub use ambient::{Scope, current, scope};
pub use call::StopHandle;
pub use cancel::CancelHandle;
pub use derive::Context;
pub use done::Done;
pub use error::{Cause, ContextError};
pub use run::Run;

pub(crate) use ambient::{Ambient, inherited};
