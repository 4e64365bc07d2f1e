//! Calls on channels at which Go would panic.

use std::time::Duration;

use wakeful::diagnostics::{self, Action, Class, Config, Finding, FindingKind, Subject};
use wakeful::runtime::Builder;
use wakeful::{channel, spawn, task, time};

/// What was told of a call at this line of this file.
fn at(line: u32) -> Vec<Finding> {
    let place = format!(" was called at {}:{line}", file!());
    let is_here = |finding: &Finding| {
        finding.kind == FindingKind::Misuse && finding.evidence[0].text.ends_with(&place)
    };
    diagnostics::findings().into_iter().filter(is_here).collect()
}

/// Waits until something was told of a call at this line.
async fn told_at(line: u32) -> Finding {
    let told = async {
        loop {
            match &at(line)[..] {
                [] => time::sleep(Duration::from_millis(1)).await,
                [finding] => return finding.clone(),
                more => panic!("told more than once: {more:?}"),
            }
        }
    };
    time::timeout(Duration::from_secs(30), told).await.expect("it is told soon")
}

#[wakeful::test]
async fn a_send_into_a_channel_that_a_sender_has_closed_is_told_once_at_its_line() {
    let (tx, _rx) = channel::<u8>(1);
    let closed = line!() + 1;
    assert!(tx.close());
    let sends = task::Builder::new().name("late").spawn(async move {
        for n in 0..100 {
            assert_eq!(tx.send(n).await.unwrap_err().into_inner(), n);
        }
    });
    let (line, id) = (line!() - 3, sends.id());
    sends.await.unwrap();
    let finding = told_at(line).await;
    assert_eq!(finding.class, Class::Hint);
    assert_eq!(finding.subjects[0], Subject::Task(id));
    let text = finding.to_string();
    assert!(text.contains("\"late\" sent into channel "), "{text}");
    assert!(text.contains(&format!("a sender had closed it at {}:{closed}\n", file!())), "{text}");
}

#[wakeful::test]
async fn a_second_close_on_the_same_side_is_told_at_its_line() {
    let (tx, rx) = channel::<u8>(1);
    tx.close();
    assert!(!tx.close());
    told_at(line!() - 1).await;
    let (_tx, other) = channel::<u8>(1);
    other.close();
    assert!(!other.close());
    told_at(line!() - 1).await;
    drop(rx);
}

#[wakeful::test]
async fn an_end_in_the_normal_course_of_things_is_not_told() {
    let first = line!();
    // The receiver says that it is enough, and the senders find out.
    let (tx, rx) = channel::<u8>(1);
    rx.close();
    assert!(tx.send(1).await.is_err());
    assert!(tx.try_send(1).is_err());
    // A sender that is done need not know that.
    assert!(!tx.close());
    // The receiver went away.
    let (tx, rx) = channel::<u8>(1);
    drop(rx);
    assert!(tx.send(1).await.is_err());
    assert!(!tx.close());
    // The senders went away, and the receiver closes for good measure.
    let (tx, rx) = channel::<u8>(1);
    drop(tx);
    assert!(!rx.close());
    assert_eq!(rx.recv().await, None);
    let last = line!();
    // What was put down before this is told no later than it.
    closed_twice().await;
    assert!((first..=last).all(|line| at(line).is_empty()));
}

async fn closed_twice() {
    let (tx, _rx) = channel::<u8>(1);
    tx.close();
    tx.close();
    told_at(line!() - 1).await;
}

#[test]
fn nothing_is_told_where_it_is_off() {
    let config = Config::dev().misuse(Action::Off);
    let runtime = Builder::new_current_thread().diagnostics(config).build().unwrap();
    let before = diagnostics::misuses();
    let line = runtime.block_on(async {
        let (tx, _rx) = channel::<u8>(1);
        tx.close();
        spawn(async move { tx.close() }).await.unwrap();
        line!() - 1
    });
    assert!(diagnostics::misuses() > before, "it is counted");
    assert_eq!(at(line), []);
}
