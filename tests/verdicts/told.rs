//! Waiting for what the detectors say.

use std::time::{Duration, Instant};

use wakeful::diagnostics::snapshot::Task;
use wakeful::diagnostics::{self, Class, Finding, FindingKind};
use wakeful::time::sleep;
use wakeful::{channel, task};

/// The finding that names this, once there is one; none comes later than this.
const LATEST: Duration = Duration::from_secs(60);

/// Waits until a finding names `word` in its headline or its evidence.
pub(crate) async fn told_of(word: &str) -> Finding {
    told_as(word, Class::Likely).await
}

/// Waits until such a finding is proved.
pub(crate) async fn proved_of(word: &str) -> Finding {
    told_as(word, Class::Proof).await
}

async fn told_as(word: &str, class: Class) -> Finding {
    let began = Instant::now();
    loop {
        if let Some(found) = already_told_of(word).filter(|found| found.class >= class) {
            return found;
        }
        assert!(began.elapsed() < LATEST, "nothing was said of {word}\n{}", diagnostics::dump());
        sleep(Duration::from_millis(20)).await;
    }
}

/// The first finding that names `word`, if there is one by now.
pub(crate) fn already_told_of(word: &str) -> Option<Finding> {
    let is_wanted = |finding: &Finding| {
        use FindingKind::{Deadlock, LostWakeup, RecursiveRead, SelfDeadlock};
        matches!(finding.kind, Deadlock | SelfDeadlock | RecursiveRead | LostWakeup)
    };
    diagnostics::findings().into_iter().filter(is_wanted).find(|finding| {
        finding.headline.contains(word)
            || finding.evidence.iter().any(|line| line.text.contains(word))
    })
}

/// Lets the detectors look at what waits by now, until they have told of something that began to wait
/// later: what they had to say of the rest is said.
pub(crate) async fn let_them_look() {
    let stuck = task::Builder::new().name("stuck for certain").spawn(async {
        let (tx, rx) = channel::<u8>(1);
        rx.recv().await;
        drop(tx);
    });
    told_of("stuck for certain").await;
    stuck.abort();
}

/// Waits until a task of this name sleeps.
pub(crate) async fn until_asleep(name: &str) {
    let began = Instant::now();
    let is_it = |task: &Task| task.name.as_deref() == Some(name) && task.is_asleep();
    while !diagnostics::snapshot().tasks.iter().any(is_it) {
        assert!(began.elapsed() < LATEST, "{name:?} never slept\n{}", diagnostics::dump());
        sleep(Duration::from_millis(1)).await;
    }
}
