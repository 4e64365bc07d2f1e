//! Compares the orders of locks that several processes wrote, for instance all test binaries.
//!
//! `WAKEFUL=lock_order_dump=/tmp/orders cargo test`, and then
//! `cargo run -p wakeful-diagnostics --example lock_order_merge -- /tmp/orders`
//!
//! It prints what is taken in both orders, and exits with code 1 if there is any.

#![expect(clippy::print_stdout, reason = "what it finds is what it is for")]

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use wakeful_diagnostics::order;

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("lock_order_merge: no folder; name the one that `lock_order_dump` wrote to");
        return ExitCode::from(2);
    };
    match order::merge(&folder) {
        Ok(findings) if findings.is_empty() => {
            println!("no locks are taken in both orders");
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for finding in findings {
                println!("{finding}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("lock_order_merge: {}: {error}", folder.display());
            ExitCode::from(2)
        }
    }
}
