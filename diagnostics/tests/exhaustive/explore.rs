//! Every schedule of a program, and what is true of each state: which tasks ever move again.

use std::collections::HashMap;

use crate::machine::{State, successors};
use crate::program::{Plan, Program};

/// All states that a program can come to.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) states: Vec<State>,
    /// Per state, one bit for each task that some schedule lets move from there.
    pub(crate) moves: Vec<u8>,
}

/// Runs a program in every order. `None` if it has more states than `most`.
pub(crate) fn explore(program: &Program, most: usize) -> Option<Explored> {
    let program = Plan::of(program);
    let start = State::of(&program);
    let mut known = HashMap::from([(start.clone(), 0)]);
    let mut states = vec![start];
    // Per state: where each step leads, and whose it is.
    let mut steps: Vec<Vec<(usize, u8)>> = Vec::new();
    while let Some(state) = states.get(steps.len()).cloned() {
        let mut from_here = Vec::new();
        for (strand, &task) in program.hosts.iter().enumerate() {
            for next in successors(&program, &state, strand as u8) {
                let fresh = states.len();
                let place = *known.entry(next).or_insert_with_key(|next| {
                    states.push(next.clone());
                    fresh
                });
                from_here.push((place, task));
            }
        }
        if states.len() > most {
            return None;
        }
        steps.push(from_here);
    }
    let mut moves = vec![0_u8; states.len()];
    // Steps lead on to states that were found later, mostly: few rounds are needed.
    loop {
        let mut is_stable = true;
        for (place, steps) in steps.iter().enumerate().rev() {
            let all = steps.iter().fold(0, |all, &(to, task)| all | moves[to] | 1 << task);
            is_stable &= all == moves[place];
            moves[place] = all;
        }
        if is_stable {
            return Some(Explored { states, moves });
        }
    }
}
