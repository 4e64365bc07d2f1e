//! What several processes wrote.

use std::fs;

use super::super::dump;

const LOCKS: &str = "lock\taccounts\taccounts\t2\tu8\tsrc/bank.rs:12\n\
                     lock\taudit_log\taudit_log\t2\tu8\tsrc/log.rs:5\n";

#[test]
fn locks_of_one_line_are_told_by_their_columns() {
    let folder = std::env::temp_dir().join(format!("wakeful-columns-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut text = String::new();
    for column in [9, 24, 54] {
        text += &format!("lock\tmutex u8 src/s.rs:6:{column}\t\t2\tu8\tsrc/s.rs:6:{column}\n");
    }
    for (n, [from, to]) in [[24, 54], [54, 9], [9, 24]].into_iter().enumerate() {
        let key = |column| format!("mutex u8 src/s.rs:6:{column}\twrite\tsrc/s.rs:1{n}");
        text += &format!("order\t{}\t{}\t{n}\t\t\t0\t0\n", key(from), key(to));
    }
    fs::write(folder.join("a-1.orders"), text).unwrap();
    let [finding] = &dump::merge(&folder).unwrap()[..] else { panic!("one ring") };
    let [first, second, third] =
        [9, 24, 54].map(|column| format!("the mutex of src/s.rs:6:{column}"));
    let headline = format!("{first}, {second} and {third} are taken in a ring of orders");
    assert_eq!(finding.headline, headline);
    let fix = finding.fix.as_deref().unwrap_or_default();
    assert!(fix.starts_with(&format!("take {first}, {second} and {third} in this order")), "{fix}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn orders_of_two_processes_make_a_ring() {
    let folder = std::env::temp_dir().join(format!("wakeful-merge-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let one = "order\taccounts\twrite\tsrc/bank.rs:41\taudit_log\twrite\tsrc/bank.rs:52\t\
               17\ttransfer\tsrc/main.rs:20\t0\t0\n";
    let two = "order\taudit_log\twrite\tsrc/report.rs:9\taccounts\twrite\tsrc/report.rs:14\t\
               31\t\t\t0\t0\n";
    fs::write(folder.join("a-1.orders"), format!("{LOCKS}{one}")).unwrap();
    assert_eq!(dump::merge(&folder).unwrap(), []);
    fs::write(folder.join("b-2.orders"), format!("{LOCKS}{two}")).unwrap();
    fs::write(folder.join("notes.txt"), "not ours").unwrap();
    let [finding] = &dump::merge(&folder).unwrap()[..] else { panic!("one ring") };
    assert_eq!(finding.headline, "`accounts` and `audit_log` are taken in both orders");
    let text = finding.to_string();
    assert!(text.contains("task 17 \"transfer\" (spawned at src/main.rs:20)"), "{text}");
    assert!(text.contains("`audit_log` (src/report.rs:9), then `accounts`"), "{text}");
    fs::write(folder.join("c-3.orders"), "order\taccounts\n").unwrap();
    let error = dump::merge(&folder).unwrap_err();
    assert!(error.to_string().ends_with("c-3.orders:1: not a line of orders"), "{error}");
    fs::remove_dir_all(folder).unwrap();
}
