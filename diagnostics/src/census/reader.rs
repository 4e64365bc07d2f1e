//! Reads `/proc/self`.

use std::fs;
use std::io;

use super::judge::{Census, House, Pass, judge};
use super::parse::{self, Calls, Mapping, Thread};

/// Takes the census: two passes over the process's threads.
///
/// It costs about 40 microseconds for each thread that is not the house's.
#[must_use]
pub fn take() -> Census {
    let unknown = |why: &str| Census::Suspect { thread: "some thread".into(), why: why.into() };
    let Some(calls) = Calls::here() else {
        return unknown("may act: threads cannot be inspected on this platform");
    };
    let house = super::house::house();
    let both = pass(&house).and_then(|first| Ok((first, pass(&house)?)));
    match both {
        Ok((first, second)) => judge(&first, &second, &super::house::house(), calls),
        Err(error) => unknown(&format!("may act: reading /proc/self failed ({error})")),
    }
}

fn pass(house: &House) -> io::Result<Pass> {
    let status = fs::read_to_string("/proc/self/status")?;
    let caught = parse::caught(&status).ok_or_else(|| odd("status"))?;
    let mut threads = Vec::new();
    for entry in fs::read_dir("/proc/self/task")? {
        let name = entry?.file_name();
        let tid = name.to_str().and_then(|tid| tid.parse().ok()).ok_or_else(|| odd("task"))?;
        if !house.threads.contains(&tid) {
            threads.extend(thread(tid)?);
        }
    }
    threads.sort_by_key(|thread| thread.tid);
    let maps = fs::read_to_string("/proc/self/maps")?;
    let maps = maps.lines().map(|line| Mapping::parse(line).ok_or_else(|| odd("maps")));
    Ok(Pass { threads, caught, maps: maps.collect::<io::Result<_>>()? })
}

/// `None` if the thread ended while it was read.
fn thread(tid: u32) -> io::Result<Option<Thread>> {
    let read = |file: &str| match fs::read_to_string(format!("/proc/self/task/{tid}/{file}")) {
        Ok(text) => Ok(Some(text)),
        // No such file, or no such process.
        Err(e) if e.kind() == io::ErrorKind::NotFound || e.raw_os_error() == Some(3) => Ok(None),
        Err(e) => Err(e),
    };
    let (Some(comm), Some(status), Some(syscall)) =
        (read("comm")?, read("status")?, read("syscall")?)
    else {
        return Ok(None);
    };
    Thread::parse(tid, &comm, &status, &syscall).map(Some).ok_or_else(|| odd("syscall"))
}

fn odd(file: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("unexpected text in {file}"))
}
