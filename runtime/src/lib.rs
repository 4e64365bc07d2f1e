//! Runs tasks.

#![deny(unsafe_code)]
