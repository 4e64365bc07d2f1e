//! Among tasks that can never move: which of them the others wait for.
//!
//! Draw an arrow from each stuck task to those who could let it go on, as far as they are known:
//! the holder of its lock, the task it joins, those who have the other side of its channel, unless
//! they wait for the very same. Where the arrows lead to in the end is a cause; who
//! has a path there is a victim. A cause is a ring of tasks, or tasks at the end of an arrow that
//! wait for what nobody in particular could do.

use std::collections::{HashMap, HashSet};

use super::liveness::within_reach;
use crate::names::{Op, ResourceId};
use crate::snapshot::{Hold, Index, On, Wait};

/// From so many tasks of a knot a ring is looked for that has no root in it.
const STARTS: usize = 16;

/// Why some tasks are stuck.
#[derive(Debug)]
pub(crate) enum Cause {
    /// Each waits for the next, the last one for the first.
    Ring(Vec<Link>),
    /// All of them wait for the same thing, and nobody is known who could do it.
    End(Box<End>),
}

/// A task of a ring, and what binds it to the next.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// Place of the task in the snapshot.
    pub(crate) task: usize,
    pub(crate) wait: Wait,
    /// How the next one holds what is waited for; `None` if its end is waited for, or something
    /// that it could do.
    pub(crate) held: Option<Hold>,
}

/// Tasks that wait for the same.
#[derive(Debug)]
pub(crate) struct End {
    /// Places in the snapshot.
    pub(crate) tasks: Vec<usize>,
    /// The wait of the first; `None` if it waits for nothing that is known.
    pub(crate) wait: Option<Wait>,
    /// What one of them holds meanwhile, and who waits for that.
    pub(crate) blocks: Option<Blocks>,
}

/// A lock that somebody holds while asleep, and that others want.
#[derive(Debug)]
pub(crate) struct Blocks {
    pub(crate) holder: usize,
    pub(crate) hold: Hold,
    pub(crate) what: ResourceId,
    pub(crate) waiter: usize,
    pub(crate) wait: Wait,
}

/// The causes, and how many tasks are stuck only because of them.
#[derive(Debug)]
pub(crate) struct Causes {
    pub(crate) causes: Vec<Cause>,
    pub(crate) victims: usize,
    arrows: Vec<Vec<Arrow>>,
}

impl Causes {
    /// For each of these groups of tasks: how many others wait until one of it goes on.
    pub(crate) fn behind(&self, groups: &[&[usize]]) -> Vec<usize> {
        let mut waiters = vec![Vec::new(); self.arrows.len()];
        for (task, arrows) in self.arrows.iter().enumerate() {
            arrows.iter().for_each(|arrow| waiters[arrow.to].push(task));
        }
        let count = |group: &&[usize]| {
            let mut seen: HashSet<usize> = group.iter().copied().collect();
            let mut open = group.to_vec();
            while let Some(task) = open.pop() {
                open.extend(waiters[task].iter().filter(|&&waiter| seen.insert(waiter)));
            }
            seen.len() - group.len()
        };
        groups.iter().map(count).collect()
    }
}

#[derive(Debug, Clone)]
struct Arrow {
    to: usize,
    link: Link,
}

/// Finds the causes among the tasks marked as stuck.
pub(crate) fn causes(index: &Index<'_>, stuck: &[bool]) -> Causes {
    let arrows: Vec<Vec<Arrow>> = (0..stuck.len())
        .map(|task| if stuck[task] { arrows_of(index, stuck, task) } else { Vec::new() })
        .collect();
    let knots = knots(&arrows, stuck);
    let mut causes = Vec::new();
    let mut ends = Ends::default();
    let mut bottom = 0;
    for knot in &knots.list {
        let leaves = |&task: &usize| arrows[task].iter().any(|a| knots.of[a.to] != knots.of[task]);
        if knot.iter().any(leaves) {
            continue;
        }
        bottom += knot.len();
        match ring(index, &arrows, knot) {
            Some(links) => causes.push(Cause::Ring(links)),
            None => ends.add(index, knot[0]),
        }
    }
    let mut ends = ends.list;
    let mut wanted = HashMap::new();
    for arrow in arrows.iter().flatten().filter(|arrow| arrow.link.held.is_some()) {
        wanted.entry(arrow.to).or_insert(&arrow.link);
    }
    for end in &mut ends {
        end.blocks = end.tasks.iter().find_map(|&task| blocks(task, wanted.get(&task)?));
    }
    // What also keeps others waiting comes first; then what more tasks wait for.
    ends.sort_by_key(|end| (end.blocks.is_none(), std::cmp::Reverse(end.tasks.len())));
    causes.extend(ends.into_iter().map(|end| Cause::End(Box::new(end))));
    let victims = stuck.iter().filter(|&&stuck| stuck).count() - bottom;
    Causes { causes, victims, arrows }
}

fn arrows_of(index: &Index<'_>, stuck: &[bool], from: usize) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for &wait in index.snapshot.tasks[from].waits_now() {
        match wait.on {
            On::Task(id) => {
                let to = index.task_place(id).filter(|&to| stuck[to]);
                let link = Link { task: from, wait, held: None };
                arrows.extend(to.map(|to| Arrow { to, link }));
            }
            On::Resource(id) if is_lock(wait.op) => {
                for (task, &hold) in index.held(id) {
                    let to = index.task_place(task.id).filter(|&to| stuck[to]);
                    let link = Link { task: from, wait, held: Some(hold) };
                    arrows.extend(to.map(|to| Arrow { to, link }));
                }
            }
            On::Resource(id) => {
                let same = |&other: &usize| {
                    let waits = &index.snapshot.tasks[other].waits;
                    waits.iter().any(|w| (w.op, w.on) == (wait.op, wait.on))
                };
                // Who sleeps for ever by design takes nothing, and comes to nothing: to wait for that one
                // is no reason. Who waits for its word may do so by design, too.
                let idle = |&other: &usize| {
                    let waits = &index.snapshot.tasks[other].waits;
                    matches!(wait.op, Op::Send | Op::Barrier | Op::WaitGroup | Op::Acquire)
                        && waits.iter().all(|w| matches!(w.op, Op::RecvNever | Op::SelectNone))
                };
                // Members and permits are known by who has them; all else by who can get at it.
                let has = matches!(wait.op, Op::WaitGroup | Op::Acquire);
                let holders = index.held(id).filter(|_| has);
                let holders = holders.filter_map(|(task, _)| index.task_place(task.id));
                let mut others: Vec<usize> = holders.collect();
                if others.is_empty() {
                    others = within_reach(index, &wait).unwrap_or_default();
                }
                for to in others.into_iter().filter(|&to| stuck[to] && !same(&to) && !idle(&to)) {
                    let link = Link { task: from, wait, held: None };
                    arrows.push(Arrow { to, link });
                }
            }
            _ => {}
        }
    }
    arrows
}

pub(crate) const fn is_lock(op: Op) -> bool {
    matches!(op, Op::Lock | Op::Read | Op::Write | Op::Once)
}

/// The ends found so far, by what is waited for.
#[derive(Default)]
struct Ends {
    list: Vec<End>,
    places: HashMap<(Op, On), usize>,
}

impl Ends {
    fn add(&mut self, index: &Index<'_>, task: usize) {
        let wait = index.snapshot.tasks[task].waits_now().first().copied();
        let next = self.list.len();
        let place = wait.map_or(next, |w| *self.places.entry((w.op, w.on)).or_insert(next));
        match self.list.get_mut(place) {
            Some(end) => end.tasks.push(task),
            None => self.list.push(End { tasks: vec![task], wait, blocks: None }),
        }
    }
}

/// A lock that one of these tasks holds meanwhile, and that somebody else waits for.
pub(super) fn beside(index: &Index<'_>, tasks: &[usize]) -> Option<Blocks> {
    let tasks: HashSet<usize> = tasks.iter().copied().collect();
    let others = (0..index.snapshot.tasks.len()).filter(|place| !tasks.contains(place));
    let mut waits = others.flat_map(|waiter| {
        let waits = index.snapshot.tasks[waiter].waits_now().iter();
        waits.filter(|wait| is_lock(wait.op)).map(move |&wait| (waiter, wait))
    });
    waits.find_map(|(waiter, wait)| {
        let On::Resource(what) = wait.on else { return None };
        let mut holds = index.held(what).filter_map(|(task, &hold)| {
            let holder = index.task_place(task.id)?;
            tasks.contains(&holder).then_some(Blocks { holder, hold, what, waiter, wait })
        });
        holds.next()
    })
}

fn blocks(holder: usize, wanted: &Link) -> Option<Blocks> {
    let hold = wanted.held?;
    let (what, wait) = (hold.what?, wanted.wait);
    Some(Blocks { holder, hold, what, waiter: wanted.task, wait })
}

/// A short ring of a knot. A root waits for the others: what keeps those is nearer to the cause.
fn ring(index: &Index<'_>, arrows: &[Vec<Arrow>], knot: &[usize]) -> Option<Vec<Link>> {
    let is_spawned = |&task: &usize| !index.snapshot.tasks[task].root;
    let starts = knot.iter().copied().filter(is_spawned).take(STARTS);
    let mut rings = starts.filter_map(|start| ring_through(arrows, start, is_spawned));
    let first = || knot.iter().copied().find(|&task| !arrows[task].is_empty());
    rings.next().or_else(|| ring_through(arrows, first()?, |_| true))
}

/// A shortest ring through a task, of those that are `within`.
fn ring_through(
    arrows: &[Vec<Arrow>],
    start: usize,
    within: impl Fn(&usize) -> bool,
) -> Option<Vec<Link>> {
    let of = |task: usize| arrows[task].iter().filter(|arrow| within(&arrow.to));
    // Breadth first, remembering by which arrow each task was reached.
    let mut reached: Vec<(usize, &Arrow, Option<usize>)> =
        of(start).map(|arrow| (arrow.to, arrow, None)).collect();
    let mut seen: HashSet<usize> = reached.iter().map(|&(to, ..)| to).collect();
    let mut next = 0;
    while let Some(&(at, ..)) = reached.get(next) {
        if at == start {
            let mut links = Vec::new();
            let mut step = Some(next);
            while let Some((_, arrow, before)) = step.map(|step| reached[step]) {
                links.push(arrow.link.clone());
                step = before;
            }
            links.reverse();
            return Some(links);
        }
        for arrow in of(at) {
            if seen.insert(arrow.to) {
                reached.push((arrow.to, arrow, Some(next)));
            }
        }
        next += 1;
    }
    None
}

/// The strongly connected components.
struct Knots {
    list: Vec<Vec<usize>>,
    /// Per task, the place of its knot in the list.
    of: Vec<usize>,
}

/// Tarjan's algorithm with a stack of its own, because chains may be a million tasks long.
fn knots(arrows: &[Vec<Arrow>], stuck: &[bool]) -> Knots {
    const UNSEEN: u32 = u32::MAX;
    let count = arrows.len();
    let mut knots = Knots { list: Vec::new(), of: vec![usize::MAX; count] };
    let (mut order, mut low) = (vec![UNSEEN; count], vec![UNSEEN; count]);
    let (mut clock, mut open, mut path) = (0, Vec::new(), Vec::new());
    for root in (0..count).filter(|&task| stuck[task]) {
        if order[root] == UNSEEN {
            path.push((root, 0));
        }
        while let Some((task, next)) = path.pop() {
            if next == 0 {
                (order[task], low[task]) = (clock, clock);
                clock += 1;
                open.push(task);
            } else {
                low[task] = low[task].min(low[arrows[task][next - 1].to]);
            }
            // An arrow into a knot that is closed already says nothing about this one.
            let is_open = |to: usize| knots.of[to] == usize::MAX;
            let ahead = arrows[task][next..].iter().position(|arrow| is_open(arrow.to));
            if let Some(skipped) = ahead {
                let at = next + skipped;
                let to = arrows[task][at].to;
                path.push((task, at + 1));
                if order[to] == UNSEEN {
                    path.push((to, 0));
                }
                continue;
            }
            if low[task] == order[task] {
                let first = open.iter().rposition(|&t| t == task).unwrap_or(0);
                let mut knot = open.split_off(first);
                knot.sort_unstable();
                for &member in &knot {
                    knots.of[member] = knots.list.len();
                }
                knots.list.push(knot);
            }
        }
    }
    knots
}
