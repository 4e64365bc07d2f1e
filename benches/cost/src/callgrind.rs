//! Runs this binary under callgrind and reads what it wrote.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

/// Instructions executed, by address in this binary. What lies elsewhere (libc) stands under 0.
pub type Counts = BTreeMap<u64, i64>;

pub fn is_there() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// What `times` operations cost: twice as many, less as many.
pub fn difference(work: &str, times: u64, layer: &str) -> Counts {
    let mut counts = run(work, 2 * times, layer);
    for (address, count) in run(work, times, layer) {
        *counts.entry(address).or_default() -= count;
    }
    counts
}

fn run(work: &str, times: u64, layer: &str) -> Counts {
    let this = std::env::current_exe().expect("this binary has a path");
    let out = this.with_file_name(format!("callgrind.{work}.{times}.out"));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--dump-instr=yes", "--compress-pos=no"])
        .args(["--compress-strings=no", "--toggle-collect=cost::works::counted*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(&this)
        .args(["--run", work, &times.to_string(), layer])
        .env_remove("WAKEFUL")
        .stdout(Stdio::null())
        .status()
        .expect("valgrind is there");
    assert!(status.success(), "{work} failed under callgrind");
    let text = std::fs::read_to_string(&out).expect("callgrind has written");
    // What is left behind is read by nobody.
    let _ = std::fs::remove_file(&out);
    parse(&text, &this.to_string_lossy())
}

/// A line of cost is `0xADDRESS LINE INSTRUCTIONS`. The one after a `calls=` line tells what the
/// callee cost, which stands in the callee's own lines.
fn parse(text: &str, this: &str) -> Counts {
    let mut counts = Counts::new();
    let (mut is_here, mut is_call) = (false, false);
    for line in text.lines() {
        if let Some(object) = line.strip_prefix("ob=") {
            is_here = object == this;
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if let Some(cost) = line.strip_prefix("0x") {
            if std::mem::take(&mut is_call) {
                continue;
            }
            let mut words = cost.split(' ');
            let address = words.next().and_then(|hex| u64::from_str_radix(hex, 16).ok());
            let count = words.nth(1).and_then(|count| count.parse::<i64>().ok());
            let (Some(address), Some(count)) = (address, count) else { continue };
            *counts.entry(if is_here { address } else { 0 }).or_default() += count;
        }
    }
    counts
}
