//! A task that holds locks asks for one more: has it been judged, and if not, what comes of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::cache::{self, mix};
use super::class::NONE;
use super::graph::{Graph, Outcome, Step, Taken};
use super::witness::{Mode, Node, Point, Who, Witness};
use super::{Wish, dump, guards, told};
use crate::config::Action;
use crate::current;
use crate::finding::{Finding, FindingKind};
use crate::names::{Kind, Op, RuntimeId};
use crate::policy;
use crate::registry::{self, Held, Resource, ResourceRecord, TaskRecord, WHOLE, resource_record};

static GRAPH: LazyLock<Mutex<Graph>> = LazyLock::new(|| Mutex::new(Graph::new()));

/// The graph's epoch, for those who only look into their cache.
static EPOCH: AtomicU64 = AtomicU64::new(1);

/// What a hash begins with, so that hashes of locks are none of classes.
const OF_LOCKS: u64 = 0x7761_6b65_6675_6c21;
const OF_CLASSES: u64 = 0x6c6f_636b_6f72_6465;

pub(super) fn graph() -> MutexGuard<'static, Graph> {
    GRAPH.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes known what has become of the graph.
pub(super) fn publish(graph: &Graph) {
    EPOCH.store(graph.epoch, Ordering::Release);
}

/// Whether this has not been judged yet: a hash of what is held and wanted is not in the cache.
#[inline]
pub(super) fn is_news(task: &'static TaskRecord, lock: &Resource, how: u64) -> Option<u64> {
    let held = task.chain(mix(OF_LOCKS, EPOCH.load(Ordering::Relaxed)));
    let chain = mix(held, lock.stand() ^ how);
    (!cache::has(chain)).then_some(chain)
}

/// A lock that is held, with what the graph calls it.
struct Known {
    taken: Taken,
    held: Held,
}

/// Judges it.
#[cold]
#[inline(never)]
pub(super) fn judge(task: &'static TaskRecord, lock: &Resource, wish: &Wish<'_>, chain: u64) {
    if current::may_give_up() || !wish.is_of(task) {
        return;
    }
    let action = policy::of(task.runtime(), FindingKind::LockOrder);
    if action == Action::Off {
        return;
    }
    let path = current::path();
    let holding = task.holding();
    // A wait of the task's own, and no branch of ours to tell whose: what is held may be another
    // branch's.
    if holding.waits > 0 && path.is_empty() {
        return;
    }
    let is_mine =
        |held: &Held| held.branch.is_none_or(|branch| branch == WHOLE || path.contains(&branch));
    let mine: Vec<Held> = holding.held.into_iter().filter(is_mine).collect();
    let Some(judged) = look(task, lock, wish, mine) else { return };
    let Judged { findings, is_settled, class_chain } = judged;
    if is_settled {
        cache::put(chain);
        cache::put(class_chain);
    }
    // Nothing is locked here: a hook may do what it likes.
    for finding in findings {
        // A second panic would end the process.
        if policy::tell(&finding, action) && !std::thread::panicking() {
            let fix = finding.fix.unwrap_or_default();
            let (call, at) = (call(wish.op), wish.site);
            panic!("{call} at {at}: {}; {fix} [{}]", finding.headline, finding.id);
        }
    }
}

struct Judged {
    findings: Vec<Finding>,
    is_settled: bool,
    /// The hash of the classes.
    class_chain: u64,
}

/// Asks the graph. `None`: nothing is held that still exists.
fn look(
    task: &'static TaskRecord,
    lock: &Resource,
    wish: &Wish<'_>,
    mine: Vec<Held>,
) -> Option<Judged> {
    let record = lock.record();
    let mut graph = graph();
    let wanted = Point {
        node: node(&mut graph, record)?,
        mode: if wish.op == Op::Read { Mode::Read } else { Mode::Write },
        at: wish.site.into(),
    };
    let known: Vec<Known> =
        mine.into_iter().filter_map(|held| known(&mut graph, held, wish)).collect();
    if known.is_empty() {
        return None;
    }
    let class_chain = class_chain(&graph, &known, wanted);
    if cache::has(class_chain) {
        return Some(Judged { findings: Vec::new(), is_settled: true, class_chain });
    }
    let now = SystemTime::now();
    let who = Arc::new(who(task));
    let mut findings = Vec::new();
    let again = known.iter().find(|known| known.taken.point.node.lock == wanted.node.lock);
    if let Some(again) = again {
        let held = again.taken.point;
        if held.mode == Mode::Read && again.taken.gate == Mode::Read && wanted.mode == Mode::Read {
            findings.push(told::recursive_read(&graph.classes, (&who, held, wanted), now));
        }
    }
    let step = Step {
        held: known.iter().map(|known| known.taken).collect(),
        wanted,
        who,
        seen: now,
        is_alone: is_alone(task),
    };
    let Outcome { rings, news, suspended, is_settled } = graph.step(&step);
    for (place, witness) in &news {
        guards::entered(&known[*place].held, task, witness);
    }
    for place in suspended {
        guards::suspend(&known[place].held, task, &step, place);
    }
    findings.extend(rings.iter().map(|ring| told::ring(&graph.classes, ring, now)));
    // What was hashed in another epoch is not found in this one.
    publish(&graph);
    let news: Vec<Arc<Witness>> = news.into_iter().map(|(_, witness)| witness).collect();
    dump::write(&graph.classes, &news);
    Some(Judged { findings, is_settled, class_chain })
}

/// What the graph calls a lock.
fn node(graph: &mut Graph, record: &ResourceRecord) -> Option<Node> {
    let traits = record.traits()?;
    let lock = traits.id.0;
    if let class @ 1.. = record.class.load(Ordering::SeqCst) {
        return Some(Node { class: class - 1, lock });
    }
    let class = graph.classes.of(&traits, false);
    record.class.store(class + 1, Ordering::SeqCst);
    let node = Node { class, lock };
    // Whoever asks to write for the first time notes that before it looks for the class.
    if record.is_written() || traits.kind == Kind::Mutex {
        graph.write(node);
    }
    Some(node)
}

/// A lock that the task holds; `None` if it is gone, and only its guard was forgotten, or if it keeps
/// nobody out: any number of tasks are members of a wait group at once.
fn known(graph: &mut Graph, held: Held, wish: &Wish<'_>) -> Option<Known> {
    let record = resource_record(held.index)?;
    let id = record.id_if(held.generation)?;
    let kind = record.kind().filter(|&kind| kind != Kind::WaitGroup)?;
    let node = node(graph, record).filter(|node| node.lock == id.0)?;
    // An owned guard does not tell how it holds an `RwLock`: as little as it may.
    let (mode, gate) = match held.op {
        Op::HoldsRead => (Mode::Read, Mode::Read),
        Op::HoldsOwned if kind != Kind::Mutex => (Mode::Read, Mode::Write),
        _ => (Mode::Write, Mode::Write),
    };
    let taken = Taken {
        point: Point { node, mode, at: held.site.into() },
        gate,
        is_sorted: wish.is_sorted && held.site == wish.site,
        is_mute: held.op == Op::HoldsOwned || guards::is_moving(node),
        is_carried: held.is_carried,
    };
    Some(Known { taken, held })
}

fn class_chain(graph: &Graph, known: &[Known], wanted: Point) -> u64 {
    let word = |mut hash: u64, point: &Point| {
        hash = mix(hash, u64::from(point.node.class) << 1 | point.mode as u64);
        let is_one_of_many = point.node.class == NONE
            || graph.classes.facts(point.node.class).is_told_apart
            || known.iter().any(|known| known.taken.point.node.class == wanted.node.class);
        if is_one_of_many { mix(hash, point.node.lock) } else { hash }
    };
    let seed = mix(OF_CLASSES, graph.epoch);
    let held = known.iter().fold(seed, |hash, known| {
        let Taken { point, is_sorted, is_carried, .. } = known.taken;
        word(mix(hash, u64::from(is_sorted) << 1 | u64::from(is_carried)), &point)
    });
    word(held, &wanted)
}

fn who(task: &'static TaskRecord) -> Who {
    Who {
        process: 0,
        id: task.id(),
        name: task.meta().and_then(|meta| meta.name.clone()),
        spawned_at: task.view().and_then(|view| view.spawned_at).map(Into::into),
    }
}

/// Whether there is no other task in the runtime: only then can nobody be in the way.
fn is_alone(task: &'static TaskRecord) -> bool {
    let is_other = |other: &TaskRecord| {
        !std::ptr::eq(other, task) && other.is_unfinished() && other.runtime() == task.runtime()
    };
    task.is_root() && !registry::records().any(is_other)
}

const fn call(op: Op) -> &'static str {
    match op {
        Op::Read => "RwLock::read",
        Op::Write => "RwLock::write",
        _ => "Mutex::lock",
    }
}

/// Enters a step that is over by now: there is no one left to stop, so nothing panics.
pub(super) fn enter(step: &Step, runtime: RuntimeId) {
    let mut graph = graph();
    let Outcome { rings, news, .. } = graph.step(step);
    let told = |ring| told::ring(&graph.classes, ring, step.seen);
    let findings: Vec<Finding> = rings.iter().map(told).collect();
    publish(&graph);
    let news: Vec<Arc<Witness>> = news.into_iter().map(|(_, witness)| witness).collect();
    dump::write(&graph.classes, &news);
    drop(graph);
    let action = policy::of(runtime, FindingKind::LockOrder).min(Action::Report);
    for finding in findings {
        policy::tell(&finding, action);
    }
}

/// A lock was asked for to write, for the first time.
#[cold]
pub(super) fn written(record_class: u32, lock: u64) {
    let mut graph = graph();
    graph.write(Node { class: record_class - 1, lock });
    publish(&graph);
}

/// A lock is gone.
#[cold]
pub(super) fn forget(lock: u64) {
    graph().forget(lock);
}
