//! Programs that must panic: one certain deadlock or several, and harmless traffic around them.

use crate::cores;
use crate::draft::Draft;
use crate::program::{Deed, Kind, Program, Step};
use crate::rng::Rng;
use crate::traffic;

pub(crate) fn program(seed: u64, rng: Rng) -> Program {
    let mut draft = Draft::new(Kind::MustPanic, seed, rng);
    let mut stuck = Vec::new();
    for _ in 0..draft.rng.range(1, 3) {
        stuck.push(cores::any(&mut draft));
    }
    for _ in 0..draft.rng.range(0, 4) {
        traffic::any(&mut draft);
    }
    for _ in 0..draft.rng.range(0, 2) {
        bystander(&mut draft);
    }
    let last = last(&mut draft, &stuck);
    draft.finish(last)
}

/// Something outside the tasks that could not wake one, or soon will not be able to.
fn bystander(draft: &mut Draft) {
    let ms = draft.rng.range(1, 120) as u64;
    let (name, deeds) = match draft.rng.range(0, 7) {
        0 => ("a thread asleep for good", vec![Deed::Park]),
        1 => ("a thread that receives from nobody", vec![Deed::Receive]),
        2 => ("a thread that sleeps and ends", vec![Deed::Sleep(ms)]),
        3 => ("a thread that sleeps, then for good", vec![Deed::Sleep(ms), Deed::Park]),
        4 => ("a thread that spins and ends", vec![Deed::Spin(ms / 2)]),
        5 => ("a thread that waits with a limit, and ends", vec![Deed::Timed(ms)]),
        6 => ("an external guard that is given up", vec![Deed::External(ms)]),
        _ => {
            draft.program.made_of.push("a blocking job that ends");
            draft.strand(vec![Step::Off(vec![Deed::Sleep(ms)])]);
            return;
        }
    };
    draft.program.made_of.push(name);
    draft.strand(vec![Step::Thread(deeds)]);
}

/// How the first task falls asleep for ever.
fn last(draft: &mut Draft, stuck: &[usize]) -> Vec<Step> {
    match draft.rng.range(0, 5) {
        0..3 => vec![cores::asleep(draft)],
        3 => {
            let lock = draft.lock();
            vec![Step::Lock(lock), Step::Lock(lock)]
        }
        _ => vec![Step::Join(draft.rng.pick(stuck))],
    }
}
