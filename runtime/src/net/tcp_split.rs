//! The two directions of a TCP connection, apart.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::TcpStream;
use super::bytes::Bytes;
use super::poll;
use super::split::{half, halves};
use super::traits::{HasStream, reads, writes};
use crate::reactor::{Direction, Registered};

halves!(TcpStream, mio::net::TcpStream, std::net::SocketAddr);
