//! What counts for the block and the mutex profile, and for how much.

use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex as Plain, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wakeful::channels::oneshot;
use wakeful::sync::{Mutex, Notify, RwLock, WaitGroup};
use wakeful::{Runtime, channel, diagnostics, runtime, select, spawn, time, yield_now};

/// Longer than what is counted without meaning to, shorter than anybody's patience.
const WHILE: Duration = Duration::from_millis(20);

/// Both profiles count everything while this lives; they are the process's, so one test at a time.
struct Counting(#[expect(dead_code, reason = "dropped last")] MutexGuard<'static, ()>);

impl Counting {
    fn begin() -> Self {
        static ONE_AT_A_TIME: Plain<()> = Plain::new(());
        let one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        diagnostics::set_block_profile_rate(1);
        assert_eq!(diagnostics::set_mutex_profile_fraction(1), 0);
        Self(one)
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        diagnostics::set_block_profile_rate(0);
        diagnostics::set_mutex_profile_fraction(0);
    }
}

/// What a profile says of a line of this file: how often, and for how long.
fn told(profile: &str, line: u32) -> Option<(u64, Duration)> {
    let server = diagnostics::serve("127.0.0.1:0").expect("a port is free");
    let mut stream = TcpStream::connect(server.local_addr()).expect("it listens");
    let request = format!("GET /debug/pprof/{profile}?debug=1 HTTP/1.1\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let at = format!("tests/profiles.rs:{line}\n");
    let records = text.split("\n\n").map(|record| format!("{record}\n"));
    let its: Vec<String> = records.filter(|record| record.contains(&at)).collect();
    let sums = its.iter().map(|record| {
        let head = record.lines().find(|line| line.contains(" @")).expect("its numbers");
        let mut numbers = head.split(' ').map(|number| number.parse::<u64>().expect("a number"));
        let (nanos, count) = (numbers.next(), numbers.next());
        (count.expect("a count"), Duration::from_nanos(nanos.expect("a delay")))
    });
    sums.reduce(|a, b| (a.0 + b.0, a.1 + b.1))
}

/// The line of this file that ends in this comment.
fn line_of(comment: &str) -> u32 {
    let end = format!("// {comment}");
    let lines = include_str!("profiles.rs").lines().zip(1..);
    let mut its = lines.filter(|(line, _)| line.ends_with(&end)).map(|(_, number)| number);
    its.next().expect("there is such a line")
}

fn run(test: impl Future<Output = ()>) {
    let quiet = diagnostics::Config::prod().stall(None).long_hold(None);
    let runtime: Runtime =
        runtime::Builder::new_current_thread().diagnostics(quiet).build().expect("it can be built");
    runtime.block_on(test);
}

/// Lets the others run until they wait.
async fn settle() {
    for _ in 0..10 {
        yield_now().await;
    }
}

#[test]
fn a_wait_counts_when_it_is_over_and_for_as_long_as_it_lasted() {
    let _counting = Counting::begin();
    run(async {
        let (values, inbox) = channel::<u8>(0);
        let receive_line = line!() + 1;
        let receiver = spawn(async move { inbox.recv().await });
        settle().await;
        time::sleep(WHILE).await;
        assert_eq!(told("block", receive_line), None, "it still waits");
        let join_line = line!() + 2;
        values.send(1).await.expect("it is received");
        assert_eq!(receiver.await.expect("it ends"), Some(1));
        let (count, delay) = told("block", receive_line).expect("it has waited");
        assert!(count == 1 && delay >= WHILE, "{count}, {delay:?}");
        assert_eq!(
            told("block", join_line).map_or(0, |(count, _)| count),
            1,
            "its task was awaited"
        );
    });
}

#[test]
fn clocks_and_what_was_given_up_do_not_count() {
    let _counting = Counting::begin();
    run(async {
        let (_values, inbox) = channel::<u8>(0);
        let start = line!();
        time::sleep(WHILE).await;
        assert!(time::timeout(WHILE, inbox.recv()).await.is_err());
        let receiver = spawn(async move { inbox.recv().await });
        settle().await;
        receiver.abort();
        settle().await;
        for line in start..line!() {
            assert_eq!(told("block", line), None, "line {line}");
        }
    });
}

#[test]
fn of_a_select_the_arm_that_was_served_counts() {
    let _counting = Counting::begin();
    run(async {
        let ((values, inbox), (_never, other)) = (channel::<u8>(1), channel::<u8>(1));
        let start = line!();
        let selecting = spawn(async move {
            select! {
                value = other.recv() => value,
                value = inbox.recv() => value,
            }
        });
        let end = line!();
        settle().await;
        values.send(7).await.expect("it is received");
        assert_eq!(selecting.await.expect("it ends"), Some(7));
        let counts = (start..end).filter_map(|line| told("block", line)).map(|(count, _)| count);
        assert_eq!(counts.collect::<Vec<_>>(), [1]);
    });
}

#[test]
fn each_primitive_counts() {
    let _counting = Counting::begin();
    run(async {
        let (group, notify) = (WaitGroup::new(), Arc::new(Notify::new()));
        let (answer, asked) = oneshot::<u8>();
        group.add(1);
        let (waiting, notified) = (group.clone(), notify.clone());
        let waits = [
            spawn(async move { waiting.wait().await }), // for a group
            spawn(async move { notified.notified().await }), // for a notification
            spawn(async move { _ = asked.await }),      // for an answer
        ];
        settle().await;
        group.done();
        notify.notify_one();
        answer.send(1).expect("it waits");
        for wait in waits {
            wait.await.expect("it ends");
        }
        for line in ["for a group", "for a notification", "for an answer"].map(line_of) {
            assert_eq!(told("block", line).map(|(count, _)| count), Some(1), "line {line}");
        }
    });
}

#[test]
fn who_holds_a_lock_is_charged_with_what_all_others_waited() {
    let _counting = Counting::begin();
    run(async {
        let lock = Arc::new(Mutex::new(0));
        let guard = lock.lock().await; // held
        let wait = || {
            let lock = lock.clone();
            async move { *lock.lock().await += 1 } // waited for
        };
        let waits = [spawn(wait()), spawn(wait()), spawn(wait())];
        settle().await;
        let begun = Instant::now();
        time::sleep(WHILE).await;
        let least = 3 * begun.elapsed();
        assert_eq!(told("mutex", line_of("held")), None, "it has it still");
        drop(guard);
        for wait in waits {
            wait.await.expect("it ends");
        }
        let (count, cost) = told("mutex", line_of("held")).expect("others have waited");
        assert!(count == 1 && cost >= least, "{count}, {cost:?} of {least:?}");
        let (count, waited) = told("block", line_of("waited for")).expect("they have waited");
        assert!(count >= 3 && waited >= least, "{count}, {waited:?} of {least:?}");
    });
}

#[test]
fn readers_and_writers_are_charged_alike() {
    let _counting = Counting::begin();
    run(async {
        let lock = Arc::new(RwLock::new(0));
        let write_line = line!() + 1;
        let writes = lock.write().await;
        let readers: Vec<_> = [(); 2]
            .map(|()| {
                let lock = lock.clone();
                spawn(async move { *lock.read().await })
            })
            .into();
        settle().await;
        time::sleep(WHILE).await;
        drop(writes);
        for reader in readers {
            reader.await.expect("it ends");
        }
        let (_, cost) = told("mutex", write_line).expect("readers have waited");
        assert!(cost >= 2 * WHILE, "{cost:?}");

        let read_line = line!() + 1;
        let reads = lock.clone().read_owned().await;
        let writer = spawn(async move { *lock.write().await = 1 });
        settle().await;
        time::sleep(WHILE).await;
        drop(reads);
        writer.await.expect("it ends");
        let (count, cost) = told("mutex", read_line).expect("the writer has waited");
        assert!(count == 1 && cost >= WHILE, "{count}, {cost:?}");
    });
}

#[test]
fn nothing_counts_unless_it_is_asked_for() {
    drop(Counting::begin());
    let _none = {
        let counting = Counting::begin();
        diagnostics::set_block_profile_rate(0);
        diagnostics::set_mutex_profile_fraction(0);
        counting
    };
    run(async {
        let lock = Arc::new(Mutex::new(0));
        let start = line!();
        let guard = lock.lock().await;
        let waiter = spawn({
            let lock = lock.clone();
            async move { *lock.lock().await += 1 }
        });
        settle().await;
        drop(guard);
        waiter.await.expect("it ends");
        for line in start..line!() {
            assert_eq!((told("block", line), told("mutex", line)), (None, None), "line {line}");
        }
    });
}
