//! Random programs of locks, joins and suspensions, against what their text says.
//!
//! A task is a tree: steps one after the other, some of them joins. What a branch holds, and what is
//! held around its join, it holds while it takes a lock; what its sibling holds it does not. A proof
//! is one only if orders of that sort make a ring.

use std::pin::Pin;
use std::sync::{Arc, Mutex as StdMutex};

use wakeful::diagnostics::{self, Action, Class, Config};
use wakeful::runtime::Builder;
use wakeful::sync::Mutex;
use wakeful::{join, spawn, yield_now};

const PROGRAMS: u64 = 4000;

#[derive(Debug, Clone)]
enum Step {
    /// To the end of its branch.
    Take(usize),
    Yield,
    /// A wait of the house's.
    Wait,
    /// A wait for a channel of somebody else's.
    WaitElsewhere,
    Join {
        is_ours: bool,
        branches: [Vec<Self>; 2],
    },
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// A branch that takes some of these locks, each once: a task never waits for itself.
    fn branch(&mut self, locks: &mut Vec<usize>, depth: u64) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..1 + self.below(4) {
            match self.below(8) {
                0..4 if !locks.is_empty() => {
                    let place = self.below(locks.len() as u64) as usize;
                    steps.push(Step::Take(locks.swap_remove(place)));
                }
                4 => steps.push(Step::Yield),
                5 => steps.push(Step::Wait),
                6 => steps.push(Step::WaitElsewhere),
                _ if depth > 0 => {
                    let is_ours = self.below(3) == 0;
                    let branches = [(); 2].map(|()| self.branch(locks, depth - 1));
                    steps.push(Step::Join { is_ours, branches });
                }
                _ => {}
            }
        }
        steps
    }
}

/// One lock is held, with others, while another is wanted.
type Order = (usize, usize, Vec<usize>);

fn orders(steps: &[Step], held: &[usize], out: &mut Vec<Order>) {
    let mut held = held.to_vec();
    for step in steps {
        match step {
            Step::Take(lock) => {
                out.extend(held.iter().map(|&from| (from, *lock, held.clone())));
                held.push(*lock);
            }
            Step::Join { branches, .. } => {
                branches.iter().for_each(|branch| orders(branch, &held, out));
            }
            Step::Yield | Step::Wait | Step::WaitElsewhere => {}
        }
    }
}

fn has_ring(orders: &[Order]) -> bool {
    fn extend<'a>(path: &mut Vec<&'a Order>, orders: &'a [Order]) -> bool {
        let (first, last) = (path[0], path[path.len() - 1]);
        if path.len() > 1 && last.1 == first.0 {
            return true;
        }
        orders.iter().any(|next| {
            let is_next = next.0 == last.1
                && path.iter().all(|other| other.2.iter().all(|lock| !next.2.contains(lock)));
            if !is_next {
                return false;
            }
            path.push(next);
            let found = extend(path, orders);
            path.pop();
            found
        })
    }
    orders.iter().any(|first| extend(&mut vec![first], orders))
}

type Locks = Arc<Vec<Mutex<()>>>;

fn run(steps: Vec<Step>, locks: Locks) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let mut held = Vec::new();
        for step in steps {
            match step {
                Step::Take(lock) => held.push(locks[lock].lock().await),
                Step::Yield => yield_now().await,
                Step::Wait => spawn(async {}).await.expect("it does not panic"),
                Step::WaitElsewhere => {
                    let (tx, rx) = futures::channel::oneshot::channel();
                    drop(spawn(async move { tx.send(()) }));
                    rx.await.expect("it is sent");
                }
                Step::Join { is_ours, branches } => {
                    let [one, two] = branches.map(|branch| run(branch, locks.clone()));
                    if is_ours {
                        join!(one, two);
                    } else {
                        futures::future::join(one, two).await;
                    }
                }
            }
        }
    })
}

static FOUND: StdMutex<Vec<(String, Class)>> = StdMutex::new(Vec::new());

#[test]
fn no_proof_is_false_whatever_a_task_joins() {
    diagnostics::on_finding(|found| {
        let mut all = FOUND.lock().unwrap();
        if found.headline.contains("program ") {
            all.push((found.to_string(), found.class));
        }
    });
    let config = Config::dev().lock_order(Action::Report).deadlock(Action::Off).leak(Action::Off);
    let runtime = Builder::new_current_thread().diagnostics(config).build().unwrap();
    let (mut proofs, mut doubts, mut none) = (0, 0, 0);
    for seed in 0..PROGRAMS {
        let mut dice = Dice(seed);
        let count = 2 + dice.below(3) as usize;
        let name = |lock| -> &'static str { String::leak(format!("program {seed} {lock}")) };
        let locks: Locks = Arc::new((0..count).map(|n| Mutex::named(name(n), ())).collect());
        let mut seen = Vec::new();
        let tasks: Vec<_> =
            (0..2 + dice.below(3)).map(|_| dice.branch(&mut (0..count).collect(), 2)).collect();
        tasks.iter().for_each(|steps| orders(steps, &[], &mut seen));
        runtime.block_on(async {
            for steps in tasks.clone() {
                // One after the other: none is ever in the way of another.
                spawn(run(steps, locks.clone())).await.expect("it does not panic");
            }
        });
        let told = std::mem::take(&mut *FOUND.lock().unwrap());
        let proof = told.iter().find(|(_, class)| *class == Class::Proof);
        match proof {
            Some((text, _)) => {
                assert!(has_ring(&seen), "seed {seed}: {tasks:#?}\n{text}");
                proofs += 1;
            }
            None if told.is_empty() => none += 1,
            None => doubts += 1,
        }
    }
    assert!(proofs > 50 && doubts > 50 && none > 50, "{proofs}, {doubts}, {none}");
}
