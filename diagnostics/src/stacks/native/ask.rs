//! Asks threads what they do.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::copy::{self, Unanswered};
use super::unwind::Tables;
use crate::names::TaskId;
use crate::registry;
use crate::stacks::Running;

/// A thread that is free to answer does so in microseconds, unless it waits for a processor.
const PATIENCE: Duration = Duration::from_millis(100);

/// One asks at a time. No task ever takes it.
static ASKING: Mutex<()> = Mutex::new(());

/// What each thread of the house that polls a task is doing, by task; and if not all have answered,
/// why one has not.
pub(in crate::stacks) fn running(
    threads: Vec<(u32, Option<u32>)>,
) -> (Vec<(TaskId, Running)>, Option<String>) {
    ask_all(threads)
}

/// What the thread with this number is doing, if that is to poll this task.
pub(in crate::stacks) fn stack_of(thread: u32, task: TaskId) -> Option<Running> {
    let (mut answers, _) = ask_all(vec![(thread, None)]);
    answers.retain(|(of, _)| *of == task);
    answers.pop().map(|(_, running)| running)
}

fn ask_all(threads: Vec<(u32, Option<u32>)>) -> (Vec<(TaskId, Running)>, Option<String>) {
    let _one = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
    let signal = match copy::install() {
        Ok(signal) => signal,
        Err(error) => return (Vec::new(), Some(error.to_string())),
    };
    let mut tables = None;
    let (mut answers, mut why) = (Vec::new(), None);
    for (thread, worker) in threads {
        if blocks(thread, signal) {
            why = Some(format!("thread {thread} blocks signal {signal}"));
            continue;
        }
        match copy::request(signal, thread, PATIENCE) {
            Ok(copied) => {
                let task = registry::task(copied.task).map(|task| task.id);
                let stack = tables.get_or_insert_with(Tables::read).calls(&copied);
                copy::clear(copied.words);
                if let Some(task) = task {
                    answers.push((task, Running { worker, stack }));
                }
            }
            Err(Unanswered::Idle) => {}
            Err(Unanswered::Late) => {
                why = Some(format!("thread {thread} did not answer within {PATIENCE:?}"));
            }
            Err(Unanswered::Elsewhere) => {
                why = Some(format!("thread {thread} is on a stack that is not its own"));
            }
        }
    }
    (answers, why)
}

/// Whether the thread lets this signal wait: then it would not answer, and get it later.
fn blocks(thread: u32, signal: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/self/task/{thread}/status")).unwrap_or_default();
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
    let blocked = blocked.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    blocked.is_some_and(|bits| bits >> (signal - 1) & 1 == 1)
}
