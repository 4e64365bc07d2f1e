//! What `WAKEFUL` may say, and what it is told when it says something else.

use std::time::Duration;

use wakeful_diagnostics::{Action, Config};

#[test]
fn each_key_overrides_the_code() {
    let config = Config::prod()
        .deadlock(Action::Off)
        .misuse(Action::Report)
        .with_text(
            "deadlock=panic, lock_order=report,stall=100ms,long_hold=off,http=127.0.0.1:6060,\
             dump_signal=SIGUSR2,quit_signal=off,all_asleep=abort,futurelock=off,\
             lost_wakeup=off,leak=report,misuse=off,stall=250us,findings=/tmp/found.jsonl,\
             block_profile=10us,mutex_profile=5,rehearse=off,",
        )
        .expect("all of it is known");
    let by_hand = Config::prod()
        .deadlock(Action::Panic)
        .lock_order(Action::Report)
        .stall(Duration::from_micros(250))
        .long_hold(None)
        .http("127.0.0.1:6060")
        .dump_signal(if cfg!(target_os = "linux") { 12 } else { 31 })
        .quit_signal(None)
        .all_asleep(Action::Abort)
        .futurelock(Action::Off)
        .lost_wakeup(Action::Off)
        .leak(Action::Report)
        .misuse(Action::Off)
        .findings_file("/tmp/found.jsonl")
        .block_profile(10_000)
        .mutex_profile(5)
        .rehearse(false);
    assert_eq!(config, by_hand);
    assert_eq!(Config::dev().with_text(""), Ok(Config::dev()));
}

#[test]
fn what_is_not_understood_is_an_error_with_its_cure() {
    let keys = "(keys: all_asleep, deadlock, futurelock, lock_order, lost_wakeup, leak, misuse, \
                stuck, rehearse, stall, long_hold, lock_order_dump, silence, findings, stacks, block_profile, \
                mutex_profile, http, http_token, http_token_file, quit_signal, dump_signal)";
    let action = "`off`, `report`, `panic` or `abort`";
    for (text, says) in [
        ("deadlok=panic", format!("there is no key `deadlok`; did you mean `deadlock`? {keys}")),
        ("colour=red", format!("there is no key `colour` {keys}")),
        ("deadlock", format!("`deadlock` has no value; write key=value {keys}")),
        ("deadlock=warn", format!("`deadlock=warn` is not understood; deadlock is {action}")),
        (
            "stall=100",
            "`stall=100` is not understood; stall is a time such as `100ms`, `250us` or `5s`, \
             or `off`"
                .into(),
        ),
        ("rehearse=yes", "`rehearse=yes` is not understood; rehearse is `on` or `off`".into()),
        (
            "http=6060",
            "`http=6060` is not understood; http is an address such as `127.0.0.1:6060`, or \
             `off`"
                .into(),
        ),
        (
            "dump_signal=SIGKILL",
            "`dump_signal=SIGKILL` is not understood; dump_signal is a signal such as \
             `SIGUSR1` or `10` (SIGKILL and SIGSTOP cannot be caught, and a fault is not survived), \
             or `off`"
                .into(),
        ),
    ] {
        let error = Config::dev().with_text(text).expect_err(text);
        assert_eq!(error.to_string(), format!("WAKEFUL: {says}"));
        assert_eq!(std::io::Error::from(error).kind(), std::io::ErrorKind::InvalidInput);
    }
    for bad in [
        "http=:80",
        "http=300.0.0.1:80",
        "http=[::1:80",
        "http=a:99999",
        "dump_signal=9",
        "findings=",
    ] {
        assert!(Config::dev().with_text(bad).is_err(), "{bad}");
    }
    for good in ["http=localhost:0", "http=[::1]:6060", "dump_signal=10", "stall=0ms"] {
        assert!(Config::dev().with_text(good).is_ok(), "{good}");
    }
}

#[test]
fn of_what_is_long_and_not_understood_the_beginning_is_told() {
    let long = "x".repeat(100_000);
    for text in [long.clone(), format!("{long}=1"), format!("stall={long}"), format!("é{long}=1")]
    {
        let error = Config::dev().with_text(&text).expect_err("it is nothing").to_string();
        assert!(error.len() < 600 && error.contains("xxx... (10000"), "{error}");
    }
}

#[test]
fn a_token_is_not_told() {
    let config = Config::prod().with_text("http=127.0.0.1:6060,http_token=s3cret").expect("right");
    assert!(config.wanted_endpoint().is_some());
    assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
    for wrong in
        ["http_token=s3\u{7f}cret", "http_token=no,s3cret", "http_token=", "http_tokn=s3cret"]
    {
        let error = Config::prod().with_text(wrong).expect_err(wrong).to_string();
        assert!(!error.contains("s3"), "{error}");
        assert!(error.contains("http_to"), "{error}");
    }
}
