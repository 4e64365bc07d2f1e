//! The debug endpoint: what the house knows, over HTTP, in Go's shapes.
//!
//! It runs on plain threads over blocking sockets, because it has to answer while every worker is
//! stuck. What is open on the network is bounded: connections, the size of a request, the time for
//! either.

mod client;
mod connection;
mod gate;
mod patience;
mod places;
mod request;
mod response;
mod routes;
mod server;
mod token;

pub use server::{Endpoint, Server, serve};
pub use token::Token;
