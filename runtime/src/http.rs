//! hyper on this runtime, and a server for axum, tonic and hyper services.
//!
//! hyper depends on tokio for its channels only; nothing here starts tokio's runtime.

mod connector;
mod drain;
mod executor;
mod handler;
mod listener;
mod serve;
mod service;
#[cfg(test)]
#[cfg(not(loom))]
mod tests;
mod timer;

pub use connector::Connector;
pub use executor::Executor;
pub use listener::Listener;
pub use serve::{Serve, Serving, serve};
pub use service::{IntoService, Plain, Tower};
pub use timer::Timer;
