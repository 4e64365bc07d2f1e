//! No false alarm: what the judge claims, against every schedule of thousands of small programs.
//!
//! A machine with the house's rules runs each program in every order. In each state that it can come
//! to, the registry's view of it is judged, and whoever is called dead must not move again in any
//! schedule that leads on from there.
//! ```text
//! cargo test -p wakeful-diagnostics --test exhaustive
//! cargo test -p wakeful-diagnostics --test exhaustive --release -- --programs 1400 --seed 1
//! cargo test .. -- --unforeseen     # with what ends waits by force, which the judge leaves out
//! ```
//! The long form said:
//! ```text
//! programs: 1393 (7 too large), states: 1510694, claims: 124729, false: 0, dead pairs: 273036, claimed: 45 %
//! without a survey: 44031 claims, with nobody outside: 36840; findings: 116061, proofs: 29400, all asleep: 3513
//! ```
//! A pair is a task and a state from which it never moves again. Many are claimed only later, when
//! those who have a handle that they will not use are stuck, too, or have ended.

mod explore;
mod generator;
mod judge;
mod machine;
mod program;
mod shrink;
mod translate;

use std::process::ExitCode;

use explore::explore;
use generator::Random;
use judge::{Tally, judge};
use program::Program;

/// A program with more states is left out.
const MOST_STATES: usize = if cfg!(debug_assertions) { 2_000 } else { 40_000 };

/// So many programs if nothing else is said: a few seconds.
const PROGRAMS: u64 = if cfg!(debug_assertions) { 60 } else { 200 };

/// So many false claims are told in full.
const TOLD: usize = 5;

#[expect(clippy::print_stdout, reason = "it says what it counted")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number_after = |flag: &str| -> Option<u64> {
        let at = args.iter().position(|arg| arg == flag)?;
        args.get(at + 1)?.parse().ok()
    };
    // What cargo tells every test binary: a filter by name, or a question for the list of tests.
    if args.iter().any(|arg| arg == "--list")
        || args
            .first()
            .is_some_and(|name| !name.starts_with('-') && !"exhaustive".contains(&**name))
    {
        return ExitCode::SUCCESS;
    }
    let programs = number_after("--programs").unwrap_or(PROGRAMS);
    let first = number_after("--seed").unwrap_or(1);
    let unforeseen = args.iter().any(|arg| arg == "--unforeseen");
    let (mut tally, mut left_out, mut told) = (Tally::default(), 0, 0);
    for seed in first..first + programs {
        let mut program = Random::new(seed).program();
        program.foreseen = !unforeseen;
        let Some(explored) = explore(&program, MOST_STATES) else {
            left_out += 1;
            continue;
        };
        if judge(&program, &explored, &mut tally).is_some() {
            told += 1;
            if told <= TOLD {
                tell(seed, &program);
            }
        }
    }
    let Tally { states, claims, unsurveyed, alone, findings, proofs, all_asleep, .. } = tally;
    let of = |claimed: usize, dead: usize| 100 * claimed / dead.max(1);
    let claimed = tally.by_wait.values().map(|(_, claimed)| claimed).sum();
    println!(
        "programs: {} ({left_out} too large), states: {states}, claims: {claims}, false: {}, dead \
         pairs: {}, claimed: {} %",
        programs - left_out,
        tally.wrong,
        tally.dead,
        of(claimed, tally.dead),
    );
    println!(
        "without a survey: {unsurveyed} claims, with nobody outside: {alone}; findings: {findings}, \
         proofs: {proofs}, all asleep: {all_asleep}"
    );
    for (wait, (dead, claimed)) in &tally.by_wait {
        println!("{wait:>18}: {dead:>8} pairs, claimed: {:>3} %", of(*claimed, *dead));
    }
    if tally.wrong == 0 && claims > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a false claim, in the smallest program that has one.
#[expect(clippy::print_stdout, reason = "it says what went wrong")]
fn tell(seed: u64, program: &Program) {
    let fault = |program: &Program| {
        let explored = explore(program, MOST_STATES)?;
        let wrong = judge(program, &explored, &mut Tally::default())?;
        Some((explored, wrong))
    };
    let small = shrink::shrink(program.clone(), |program| fault(program).is_some());
    if let Some((explored, wrong)) = fault(&small) {
        println!("false claim (seed {seed}): {}\n{small}", wrong.claim);
        println!("{:#?}\nseen as {:#?}\n", explored.states[wrong.state], wrong.seen);
    }
}
