//! Claims about this very process, whose only threads are the ones made here.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn main() {
    let _own = wakeful_diagnostics::census::own_thread();
    here::idle_threads_prove_it_and_a_sleeping_one_is_suspect();
    here::a_registered_task_that_waits_is_found_asleep();
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn main() {}

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod here {
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use wakeful_diagnostics::census::{self, Census};
    use wakeful_diagnostics::names::{Kind, Op, RuntimeId, Site};
    use wakeful_diagnostics::registry::{Birth, Edge, Origin, Resource, TaskRecord, word};
    use wakeful_diagnostics::verdict::all_asleep;
    use wakeful_diagnostics::{Class, current, external};

    /// Asks until the answer is as expected; the threads need a moment to fall asleep.
    fn until(expected: impl Fn(&Census) -> bool) -> Census {
        loop {
            let census = census::take();
            if expected(&census) {
                return census;
            }
            thread::yield_now();
        }
    }

    pub(crate) fn idle_threads_prove_it_and_a_sleeping_one_is_suspect() {
        assert_eq!(census::take(), Census::Proven, "there is no other thread");
        let (wake, asleep) = mpsc::channel::<()>();
        let idle = thread::spawn(move || asleep.recv());
        let joiner = thread::spawn(move || idle.join().is_ok());
        until(|census| *census == Census::Proven);

        let (end, timed) = mpsc::channel::<()>();
        let sleeper = thread::Builder::new().name("metrics".into());
        let sleeper = sleeper
            .spawn(move || timed.recv_timeout(Duration::from_secs(3600)).is_ok())
            .expect("a thread can be started");
        let census = until(|census| match census {
            Census::Suspect { why, .. } => why == "waits with a time limit",
            Census::Proven => false,
        });
        let Census::Suspect { thread, .. } = census else { unreachable!("just matched") };
        assert!(thread.ends_with("\"metrics\""), "{thread}");

        drop((wake, end));
        joiner.join().expect("no panic");
        sleeper.join().expect("no panic");
        until(|census| *census == Census::Proven);
    }

    pub(crate) fn a_registered_task_that_waits_is_found_asleep() {
        assert!(all_asleep().is_none(), "no task, no claim");
        let site = Site::caller();
        let task = TaskRecord::register(Birth {
            local: false,
            site,
            type_name: std::any::type_name::<u8>,
            parent: None,
            meta: None,
            daemon: false,
            root: true,
            runtime: RuntimeId(0),
            word: word::RUNNING,
        });
        let channel = Resource::new(Kind::Channel, Origin { site, name: Some("pages") });
        let wait = current::scope(task, || Edge::draw(Op::Recv, channel.target(), site));
        assert!(all_asleep().is_none(), "it runs");
        task.word.store(0, std::sync::atomic::Ordering::Release);
        let found = all_asleep().expect("it sleeps, and nobody is left");
        assert_eq!(found.finding.class, Class::Proof);
        assert!(found.report().starts_with("fatal error: all tasks are asleep - deadlock!\n\n"));
        assert!(found.report().contains("tests/process.rs"), "{}", found.report());
        let ring = external();
        assert!(all_asleep().is_none(), "somebody outside may act");
        drop(ring);
        assert!(all_asleep().is_some());
        drop(wait);
        task.retire();
        assert!(all_asleep().is_none());
    }
}
