//! What many tasks gather at, exactly: the group that is done, the barrier that is full.

use std::task::Poll;

use wakeful_sync::{Barrier, BarrierWait, Token, WaitGroup};

use super::crowd::{Crowd, Stage};
use super::{STEPS, programs};
use crate::hand::now;

/// Serves everybody who is parked.
fn serve_all<F: Future + Unpin>(crowd: &mut Crowd<F>, line: &mut Vec<usize>) {
    line.drain(..).for_each(|number| crowd.serve(number));
}

#[test]
fn random_programs_of_a_wait_group_do_what_the_model_does() {
    programs(1_000, |dice| {
        let group = WaitGroup::new();
        let mut crowd = Crowd::new();
        let (mut line, mut tokens, mut adds) = (Vec::new(), Vec::<Token>::new(), 0);
        for _ in 0..STEPS {
            let some = crowd.some(dice);
            match (dice.roll(12), some) {
                (0..=1, _) => drop(crowd.join(group.wait())),
                (2..=5, Some(number)) => {
                    let stage = crowd.stage(number);
                    let is_done = match stage {
                        Stage::New => adds + tokens.len() == 0,
                        Stage::Parked => false,
                        Stage::Served => true,
                    };
                    assert_eq!(crowd.poll(number, dice).is_ready(), is_done, "{stage:?}");
                    if !is_done && stage == Stage::New {
                        line.push(number);
                    }
                }
                (6, Some(number)) => {
                    crowd.leave(number);
                    line.retain(|other| *other != number);
                }
                (7, _) => tokens.push(group.token()),
                (8, _) => {
                    let more = dice.roll(3);
                    group.clone().add(more);
                    adds += more;
                }
                (9, _) if adds > 0 => {
                    group.done();
                    adds -= 1;
                }
                _ => drop(dice.pick(&tokens).map(|index| tokens.swap_remove(index))),
            }
            if adds + tokens.len() == 0 {
                serve_all(&mut crowd, &mut line);
            }
            crowd.check();
            assert_eq!(group.count(), adds + tokens.len());
        }
        tokens.clear();
        (0..adds).for_each(|_| group.done());
        now(group.wait());
    });
}

#[test]
fn random_programs_of_a_barrier_do_what_the_model_does() {
    programs(1_000, |dice| {
        let parties = dice.roll(5);
        let barrier = Barrier::new(parties);
        let mut crowd: Crowd<BarrierWait<'_>> = Crowd::new();
        let mut line = Vec::new();
        for _ in 0..STEPS {
            match (dice.roll(10), crowd.some(dice)) {
                (0..=3, _) => drop(crowd.join(barrier.wait())),
                (4..=7, Some(number)) => {
                    let stage = crowd.stage(number);
                    let expected = match stage {
                        Stage::New if line.len() + 1 >= parties => Poll::Ready(true),
                        Stage::New | Stage::Parked => Poll::Pending,
                        Stage::Served => Poll::Ready(false),
                    };
                    let end = crowd.poll(number, dice).map(|result| result.is_leader());
                    assert_eq!(end, expected, "{stage:?}");
                    match end {
                        Poll::Ready(true) => serve_all(&mut crowd, &mut line),
                        Poll::Pending if stage == Stage::New => line.push(number),
                        _ => {}
                    }
                }
                (_, Some(number)) => {
                    crowd.leave(number);
                    line.retain(|other| *other != number);
                }
                (_, None) => {}
            }
            crowd.check();
        }
    });
}
