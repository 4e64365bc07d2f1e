//! Which functions lie at addresses: asked with `+` between them, in the query or in a body.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::super::super::request::Request;
use super::Response;
use crate::profile;
use crate::snapshot::snapshot;

pub(super) fn show(request: &Request) -> Response {
    let asked = match request.method.as_str() {
        "POST" => String::from_utf8_lossy(&request.body).into_owned(),
        _ => request.query.clone(),
    };
    // Not how many follow, but that there are any to be had: as Go says it.
    let mut out = "num_symbols: 1\n".to_owned();
    let wanted: Vec<u64> = asked.split('+').filter_map(|word| number(word.trim())).collect();
    if !wanted.is_empty() {
        let names = names();
        for address in wanted {
            // A tool asks for the call that returns to an address: for the byte before it.
            let name = names.get(&address).or_else(|| names.get(&(address + 1)));
            if let Some(name) = name {
                let _ = writeln!(out, "{address:#x} {name}");
            }
        }
    }
    Response::text(out)
}

/// The addresses that stand in the profiles at this moment.
fn names() -> HashMap<u64, String> {
    let tasks = profile::of_tasks(&snapshot(), false, false);
    let profiles = [tasks, profile::block(), profile::mutex()];
    let samples = profiles.into_iter().flat_map(|profile| profile.samples);
    let frames = samples.flat_map(|sample| sample.stack);
    frames.map(|frame| (frame.address, frame.function.into_owned())).collect()
}

/// As Go reads it: `0x` before hexadecimal digits.
fn number(word: &str) -> Option<u64> {
    let number = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    number.ok().filter(|&number| number != 0 && number < u64::MAX)
}
