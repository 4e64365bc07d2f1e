//! Profiles of a program that is slow in several ways, as `go tool pprof` reads them.
//!
//! Where there is no Go the tests that need it say so and pass: `.venv/bin/go` or one on the path.
#![cfg(feature = "pprof")]

#[path = "pprof/program.rs"]
mod program;
#[path = "pprof/tool.rs"]
mod tool;

#[path = "support/examples.rs"]
mod examples;

use std::time::Instant;

use program::{PATIENCE, Program};
use tool::{Tool, number, row};

/// The tool, or nothing to be tested.
macro_rules! tool_or_return {
    () => {
        match Tool::find() {
            Ok(tool) => tool,
            Err(reason) => {
                #[allow(clippy::print_stdout, reason = "why nothing is tested is to be seen")]
                {
                    println!("skipped: {reason}");
                }
                return;
            }
        }
    };
}

#[test]
fn tasks_are_counted_by_where_they_wait() {
    let tool = tool_or_return!();
    let program = Program::start("goroutine");
    let url = program.url("goroutine");
    let counts = |top: &str, name: &str, n: &str| row(top, name).is_some_and(|row| row[3] == n);
    let top = tool.until(&["-top", &url], |top| {
        // Unless it runs at that very moment, it waits to send.
        counts(top, "profiles::forgotten", "3")
            && counts(top, "wakeful::channels::Sender::send", "1")
    });
    assert!(top.contains("Type: goroutine\n"), "{top}");
    assert_eq!(row(&top, "profiles::lookup").expect("there are four")[3], "4", "{top}");
    let spawned = format!("spawned at examples/profiles.rs:{}", program.line("spawn(forgotten())"));
    assert_eq!(row(&top, &spawned).expect("where they come from")[3], "3", "{top}");

    let only = tool.run(&["-top", "-tagfocus=tenant=a", &url]);
    assert!(only.contains("accounting for 2,"), "{only}");
    let sends = |tags: &str| tags.contains("): channel send\n");
    let tags = tool.until(&["-tags", &url], sends);
    assert!(tags.contains(" tenant: Total 4 "), "{tags}");
    let long = tool.until(&["-top", "-tagfocus=wait=1s:", &url], |top| {
        row(top, "profiles::forgotten").is_some_and(|row| row[3] == "3")
    });
    assert!(row(&long, "profiles::lookup").is_none(), "none of them waits for long: {long}");
    let raw = tool.run(&["-raw", &url]);
    assert!(raw.contains("[profiles]  [FN][FL][LN][IN]\n"), "{raw}");
}

#[test]
fn leaked_tasks_are_told_with_the_line_they_wait_at() {
    let tool = tool_or_return!();
    let program = Program::start("leak");
    let url = program.url("goroutineleak");
    let traces = tool.until(&["-traces", "-lines", &url], |traces| traces.contains("forgotten"));
    assert!(traces.contains("Type: goroutineleak\n"), "{traces}");
    let lines: Vec<&str> = traces.lines().collect();
    let at = format!("profiles.rs:{}", program.line("nobody else has the sender"));
    let mut leaked = 0;
    // Those that wait longer than others may stand by themselves.
    for place in lines.windows(2).filter(|place| place[0].contains("channels::Receiver::recv")) {
        let count = place[0].split_whitespace().next().and_then(|count| count.parse::<u32>().ok());
        leaked += count.unwrap_or_else(|| panic!("a count: {traces}"));
        assert!(place[1].contains("profiles::forgotten"), "nobody else leaks: {traces}");
        assert!(place[1].ends_with(&at), "{traces}");
    }
    assert_eq!(leaked, 3, "{traces}");
}

#[test]
fn waits_are_charged_to_the_line_that_waits() {
    let tool = tool_or_return!();
    let program = Program::start("block");
    let url = program.url("block");
    let top = tool.until(&["-top", &url], |top| {
        row(top, "profiles::lookup").is_some() && row(top, "profiles::produce").is_some()
    });
    assert!(top.contains("Type: delay\n"), "the last one, as in Go: {top}");
    assert!(row(&top, "wakeful::time::sleep").is_none(), "a clock is nobody's fault: {top}");
    assert!(row(&top, "profiles::forgotten").is_none(), "what still lasts is not told: {top}");

    let list = tool.run(&["-list", "profiles::lookup", &url]);
    let waits = list.lines().find(|line| line.contains("// it is kept waiting")).expect("a line");
    let delay = waits.split_whitespace().nth(1).expect("a number");
    assert!(delay.ends_with('s') && number(delay) > 0.0, "{list}");
    let produce = tool.run(&["-list", "profiles::produce", "-sample_index=contentions", &url]);
    let sends = produce.lines().find(|line| line.contains("// the line is full")).expect("a line");
    assert!(number(sends.split_whitespace().nth(1).expect("a number")) >= 1.0, "{produce}");
}

#[test]
fn waits_are_charged_to_the_line_that_held_the_lock() {
    let tool = tool_or_return!();
    let program = Program::start("mutex");
    let url = program.url("mutex");
    let seconds = |top: &str, name: &str| row(top, name).map_or(0.0, |row| number(row[3]));
    let top =
        tool.until(&["-top", "-unit=ms", &url], |top| seconds(top, "profiles::refresh") > 50.0);
    let (refresh, lookup) = (seconds(&top, "profiles::refresh"), seconds(&top, "profiles::lookup"));
    assert!(refresh > 3.0 * lookup, "who sleeps with the lock costs the others most: {top}");
    let drop = row(&top, "wakeful::sync::MutexGuard::drop").expect("where it is given back");
    assert_eq!(drop[1], "100%", "{top}");
    let list = tool.run(&["-list", "profiles::refresh", &url]);
    let holds = list.lines().find(|line| line.contains("// it keeps the others waiting"));
    let delay = holds.and_then(|line| line.split_whitespace().nth(1)).expect("a number");
    assert!(number(delay) > 0.0, "{list}");
    // What the holders have cost is what the waiters have waited.
    let waited = tool.run(&["-top", "-unit=ms", &program.url("block")]);
    let (waited, cost) = (seconds(&waited, "wakeful::sync::Mutex::lock"), number(drop[0]));
    assert!(waited > 0.8 * cost, "{waited} ms were waited, and {cost} ms charged before that");
}

#[test]
fn what_changed_is_told_for_some_seconds_and_between_two_files() {
    let tool = tool_or_return!();
    let program = Program::start("delta");
    let top = tool.run(&["-top", "-unit=ms", "-seconds", "1", &program.url("mutex")]);
    assert!(top.contains("Duration: 1"), "{top}");
    let held = row(&top, "profiles::refresh").expect("it went on");
    // Four may wait at a time, a second long each.
    assert!(number(held[3]) > 0.0 && number(held[3]) < 60_000.0, "{top}");

    let before = program.save("block", "before");
    let first = tool.run(&["-top", "-sample_index=contentions", &before]);
    let first = number(row(&first, "profiles::produce").expect("it sends")[3]);
    let more = tool.until(&["-top", "-sample_index=contentions", &program.url("block")], |top| {
        row(top, "profiles::produce").is_some_and(|row| number(row[3]) > first + 10.0)
    });
    assert!(row(&more, "profiles::produce").is_some());
    let after = program.save("block", "after");
    let base = format!("-diff_base={before}");
    let diff = tool.run(&["-top", "-sample_index=contentions", &base, &after]);
    let grown = number(row(&diff, "profiles::produce").expect("it changed")[3]);
    let whole = tool.run(&["-top", "-sample_index=contentions", &after]);
    let whole = number(row(&whole, "profiles::produce").expect("it sends")[3]);
    assert!((whole - first - grown).abs() < 0.5, "{whole} - {first} is not {grown}");
}

#[test]
fn text_is_read_too_and_its_names_are_asked_for() {
    let tool = tool_or_return!();
    let program = Program::start("text");
    for (name, function) in [
        ("goroutine", "profiles::forgotten"),
        ("block", "profiles::lookup"),
        ("mutex", "profiles::refresh"),
    ] {
        let url = program.url(&format!("{name}?debug=1"));
        // A task may have moved on before its name is asked for.
        let is_named = |top: &str| row(top, function).is_some() && !top.contains("<unknown>");
        tool.until(&["-top", &url], is_named);
    }
}

#[test]
fn the_pages_of_the_tool_show_the_profile() {
    let tool = tool_or_return!();
    let program = Program::start("pages");
    tool.until(&["-top", &program.url("block")], |top| row(top, "profiles::lookup").is_some());
    let file = program.save("block", "pages");
    let pages = tool.serve(&file);
    for (path, says) in [
        ("/ui/top", "wakeful::sync::Mutex::lock"),
        ("/ui/flamegraph", "profiles::lookup"),
        ("/ui/peek?f=Mutex::lock", "profiles::lookup"),
        ("/ui/source?f=profiles::lookup", "// it is kept waiting"),
    ] {
        let page = pages.get(path);
        assert!(page.starts_with("HTTP/1.1 200 OK"), "{path}: {page}");
        assert!(page.contains(says), "{path}: {page}");
    }
}

#[test]
fn what_is_not_measured_is_unknown_to_the_tool() {
    let tool = tool_or_return!();
    let program = Program::start("unknown");
    let told = tool.fail(&["-top", &program.url("heap")]);
    assert!(told.contains("404 Not Found - Unknown profile"), "{told}");
}

#[test]
#[cfg(all(target_os = "linux", feature = "stacks"))]
fn the_processors_time_is_told_by_function_and_once_at_a_time() {
    let tool = tool_or_return!();
    let program = Program::start("cpu");
    let url = program.url("profile");
    let take = || tool.attempt(&["-top", "-seconds", "2", &url]);
    // Whoever asks while the first is being served is told so.
    let first = program.ask("profile?seconds=600");
    let begun = Instant::now();
    let told = loop {
        match take() {
            Err(told) => break told,
            Ok(top) => assert!(begun.elapsed() < PATIENCE, "{top}"),
        }
    };
    let says = "500 Internal Server Error - Could not enable CPU profiling: cpu profiling already";
    assert!(told.contains(says), "{told}");
    // It is gone, and it is the next one's turn.
    drop(first);
    let first = loop {
        match take() {
            Ok(top) => break top,
            Err(told) => assert!(begun.elapsed() < PATIENCE, "{told}"),
        }
    };
    assert!(first.contains("Type: cpu\n") && first.contains("Duration: "), "{first}");
    let spent = row(&first, "profiles::checksum").expect("it works most of the time");
    assert!(number(spent[4].trim_end_matches('%')) > 30.0, "{first}");
}
