//! What the examples print is what the comment at their end says.
//!
//! `UPDATE_GOLDEN=1 cargo test --test reports` writes the comments anew.

#[path = "support/examples.rs"]
mod examples;

use std::fs;

use examples::{example, root};

/// Runs an example to its end and compares all it prints with the end of its source.
fn tells_the_truth(name: &str, status: i32) {
    // What is long is told after a while that depends on how busy the machine is.
    let settings = "long_hold=off,stall=off";
    let output =
        example(name).env("WAKEFUL", settings).output().expect("the example can be started");
    let mut printed = String::from_utf8(output.stdout).expect("it prints text");
    printed.push_str(&String::from_utf8(output.stderr).expect("it prints text"));
    let printed = normalized(&printed);

    let path = root().join(format!("examples/{name}.rs"));
    let source = fs::read_to_string(&path).expect("the example has a source");
    let (code, told) = split(&source);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, format!("{code}\n{}", comment(&printed))).expect("the source is ours");
    } else {
        assert!(told == printed, "{name} says it prints:\n{told}\nbut it prints:\n{printed}");
    }
    assert_eq!(output.status.code(), Some(status), "{name} ended with another status");
}

/// The code, and what the comment after it says.
fn split(source: &str) -> (String, String) {
    let lines: Vec<&str> = source.lines().collect();
    let end = lines.iter().rposition(|line| !line.starts_with("//") && !line.is_empty());
    let (code, told) = lines.split_at(end.map_or(0, |end| end + 1));
    let told = told.iter().skip_while(|line| line.is_empty());
    let told = told.map(|line| line.strip_prefix("// ").unwrap_or("").to_owned() + "\n");
    (code.join("\n") + "\n", told.collect())
}

fn comment(printed: &str) -> String {
    printed.lines().map(|line| format!("// {line}").trim_end().to_owned() + "\n").collect()
}

/// Without what is not the same in each run: the number of a thread, how long a task has waited,
/// when something was found or seen first, and std's hint.
fn normalized(printed: &str) -> String {
    let mut text = String::new();
    for line in printed.lines().filter(|line| !line.starts_with("note: run with `RUST_BACKTRACE")) {
        let cut = if line.starts_with("thread '") {
            line.find(" (").zip(line.find(')').map(|end| end + 1))
        } else if line.starts_with("task ") {
            line.find(", ").zip(line.find(']'))
        } else if line.starts_with("wakeful: ") {
            line.find(", 2").map(|at| (at, line.len()))
        } else {
            let age = line.find(", first seen ");
            age.map(|at| (at, line[at..].find(" ago").map_or(line.len(), |end| at + end + 4)))
        };
        match cut {
            Some((from, to)) => text.extend([&line[..from], &line[to..], "\n"]),
            None => text.extend([line, "\n"]),
        }
    }
    text
}

#[test]
fn deadlock_tells_who_keeps_the_channel_open() {
    tells_the_truth("deadlock", 101);
}

#[test]
fn abba_tells_which_locks_are_taken_in_which_order() {
    tells_the_truth("abba", 101);
}

#[test]
fn partial_tells_who_waits_for_whom_while_the_rest_runs() {
    tells_the_truth("partial", 0);
}

#[test]
fn leak_tells_where_the_tasks_wait_that_are_left() {
    tells_the_truth("leak", 0);
}

#[test]
fn callers_tells_who_called_whom_before_a_task_fell_asleep() {
    tells_the_truth("callers", 0);
}

#[test]
fn go_tour_prints_what_it_prints_in_go() {
    tells_the_truth("go_tour", 0);
}

#[test]
fn the_readme_shows_the_report_of_partial() {
    let source = fs::read_to_string(root().join("examples/partial.rs")).expect("it is there");
    let readme = fs::read_to_string(root().join("README.md")).expect("it is there");
    let (_, told) = split(&source);
    assert!(readme.contains(&told), "the README shows something else than:\n{told}");
}

#[test]
fn the_readme_shows_the_report_of_abba() {
    let source = fs::read_to_string(root().join("examples/abba.rs")).expect("it is there");
    let readme = fs::read_to_string(root().join("README.md")).expect("it is there");
    let (_, told) = split(&source);
    let told = told.split("\nthread 'main'").next().expect("a split has a first part");
    let (before, after) = told.split_at(told.find("fatal error").expect("it ends with one"));
    for report in [before, after] {
        assert!(readme.contains(report), "the README shows something else than:\n{report}");
    }
}
