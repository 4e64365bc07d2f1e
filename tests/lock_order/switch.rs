//! Who asks for the order, and what happens then.

use wakeful::diagnostics::{Action, Class, Config};
use wakeful::runtime::Builder;

use super::{mutexes, nest, runtime, silent, told_as};

#[test]
fn a_task_that_closes_a_ring_panics_before_it_waits() {
    let runtime = runtime(Action::Panic);
    runtime.block_on(async {
        let [a, b] = mutexes(["panic a", "panic b"]);
        nest(&a, &b).await.unwrap();
        // Somebody has it: a wait would be one for good.
        let held = a.clone().lock_owned().await;
        let error = nest(&b, &a).await.unwrap_err();
        let message = error.into_panic().downcast::<String>().unwrap();
        let says = "`panic a` and `panic b` are taken in both orders; take `panic a` before";
        assert!(message.starts_with(&format!("Mutex::lock at {}:", super::file())), "{message}");
        assert!(message.contains(says), "{message}");
        drop(held);
        // It gave back what it held.
        drop((a.lock().await, b.lock().await));
        told_as(Class::Proof, "`panic a`");
    });
}

#[test]
fn what_is_no_proof_does_not_panic() {
    let runtime = runtime(Action::Panic);
    runtime.block_on(async {
        let [a, b, other_a, other_b] = mutexes(["calm a", "calm b", "calm a", "calm b"]);
        nest(&a, &b).await.unwrap();
        nest(&other_b, &other_a).await.unwrap();
        told_as(Class::Likely, "`calm a`");
    });
}

#[test]
fn a_runtime_that_does_not_ask_hears_nothing() {
    // Others do, so the question is asked.
    let _asks = runtime(Action::Report);
    let runtime = runtime(Action::Off);
    runtime.block_on(async {
        let [a, b] = mutexes(["off a", "off b"]);
        nest(&a, &b).await.unwrap();
        nest(&b, &a).await.unwrap();
        silent("`off a`");
    });
}

#[test]
fn what_is_silenced_is_not_told() {
    let found = {
        let runtime = runtime(Action::Report);
        runtime.block_on(async {
            let [a, b] = mutexes(["hush a", "hush b"]);
            nest(&a, &b).await.unwrap();
            nest(&b, &a).await.unwrap();
            told_as(Class::Proof, "`hush a`")
        })
    };
    let id = found.id.as_str().to_owned();
    assert!(Config::dev().with_text(&format!("silence={id}+LO-77aa")).unwrap().silences(&id));
    let config = Config::dev().lock_order(Action::Panic).deadlock(Action::Off).silence([id]);
    let runtime =
        Builder::new_multi_thread().worker_threads(2).diagnostics(config).build().unwrap();
    runtime.block_on(async {
        let [a, b] = mutexes(["hush a", "hush b"]);
        nest(&a, &b).await.unwrap();
        nest(&b, &a).await.expect("it does not panic");
    });
}

#[test]
fn orders_that_a_process_wrote_are_compared_with_those_of_another() {
    let folder = std::env::temp_dir().join(format!("wakeful-orders-{}", std::process::id()));
    let text = folder.to_str().unwrap().to_owned();
    let config =
        Config::dev().lock_order(Action::Report).deadlock(Action::Off).lock_order_dump(text);
    let runtime =
        Builder::new_multi_thread().worker_threads(2).diagnostics(config).build().unwrap();
    runtime.block_on(async {
        let [a, b] = mutexes(["dump a", "dump b"]);
        nest(&a, &b).await.unwrap();
    });
    let told = || {
        let mut told = wakeful_diagnostics::order::merge(&folder).unwrap();
        told.retain(|found| found.headline.contains("`dump a`"));
        told
    };
    assert_eq!(told(), []);
    let lock = |name| format!("lock\t{name}\t{name}\t2\t()\tsrc/other.rs:1\n");
    let point = |name, line| format!("{name}\twrite\tsrc/other.rs:{line}");
    let order =
        format!("order\t{}\t{}\t7\tother\t\t0\t0\n", point("dump b", 8), point("dump a", 9));
    let other = [lock("dump a"), lock("dump b"), order].concat();
    std::fs::write(folder.join("other-1.orders"), other).unwrap();
    let [found] = &told()[..] else { panic!("one ring: {:?}", told()) };
    assert_eq!(found.class, Class::Likely);
    let text = found.to_string();
    assert!(text.contains("`dump b` (src/other.rs:8), then `dump a` (src/other.rs:9)"), "{text}");
    assert!(text.contains(super::file()), "{text}");
    std::fs::remove_dir_all(&folder).unwrap();
}
