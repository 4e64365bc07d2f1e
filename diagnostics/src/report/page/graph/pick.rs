//! Which tasks and resources are drawn, of however many there are.
//!
//! Those that wait for each other, over however many others, are one group. Groups with a fault come
//! first, then larger and older ones. Of a group those are drawn that hold something or are waited
//! for; of many who wait for the same, a few, and the others as one box.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::{Arrow, Graph, Means, Node};
use crate::finding::Subject;
use crate::names::{Op, TaskId};
use crate::noun;
use crate::report::block;
use crate::report::page::html::cut;
use crate::snapshot::{Index, On, Snapshot, Task, TaskState};

/// So many groups are drawn, with so many boxes in all, and so many in one.
const GROUPS: usize = 6;
const BOXES: usize = 90;
const IN_GROUP: usize = 40;
/// Of those who wait for the same and are waited for by nobody, so many have a box of their own.
const ALIKE: usize = 3;
/// More who can get at a thing than this say nothing.
const REACH: usize = 4;
/// A title, in characters.
const WIDTH: usize = 27;

/// What is to be drawn.
#[derive(Debug, Default)]
pub(super) struct Picked {
    pub(super) graphs: Vec<Graph>,
    /// Groups that are not.
    pub(super) left: usize,
}

/// Tasks come first, then resources: the number of either in its list, and the others behind.
type Id = usize;

struct Web {
    tasks: usize,
    arrows: Vec<(Id, Id, Means)>,
}

pub(super) fn pick(index: &Index<'_>, causes: &HashSet<Subject>, about: Option<TaskId>) -> Picked {
    let snapshot = index.snapshot;
    let web = Web::of(index);
    let causes: HashSet<Id> = causes.iter().filter_map(|&subject| web.id(index, subject)).collect();
    let mut groups = web.groups(snapshot.tasks.len() + snapshot.resources.len());
    if let Some(about) = about.and_then(|id| index.task_place(id)) {
        groups.retain(|group| {
            group.iter().any(|&at| web.arrows[at].0 == about || web.arrows[at].1 == about)
        });
    } else {
        // One who waits for a thing that nobody holds is told in the table.
        groups.retain(|group| {
            group.len() > 1
                || group.iter().any(|&at| {
                    let (from, to, _) = web.arrows[at];
                    to < web.tasks || causes.contains(&from) || causes.contains(&to)
                })
        });
    }
    groups.sort_by_cached_key(|group| {
        let ends = || group.iter().flat_map(|&at| [web.arrows[at].0, web.arrows[at].1]);
        let faults = ends().filter(|id| causes.contains(id)).count();
        let oldest = ends().filter_map(|id| snapshot.tasks.get(id)).map(|task| task.age).max();
        (Reverse(faults > 0), Reverse(group.len()), Reverse(oldest))
    });
    let mut picked = Picked::default();
    let mut boxes = BOXES;
    for group in &groups {
        if picked.graphs.len() >= GROUPS || boxes < 3 {
            picked.left += 1;
            continue;
        }
        let start = about.and_then(|id| index.task_place(id));
        let graph = web.draw(index, group, &causes, start, boxes.min(IN_GROUP));
        boxes = boxes.saturating_sub(graph.nodes.len());
        picked.graphs.push(graph);
    }
    picked
}

impl Web {
    fn of(index: &Index<'_>) -> Self {
        let Snapshot { tasks, resources, .. } = index.snapshot;
        let count = tasks.len();
        let mut arrows = Vec::new();
        let mut wanted = vec![false; resources.len()];
        for (from, task) in tasks.iter().enumerate() {
            if !waits(task) {
                continue;
            }
            for wait in &task.waits {
                match wait.on {
                    On::Resource(id) => {
                        if let Some(place) = index.resource_place(id) {
                            wanted[place] = true;
                            arrows.push((from, count + place, Means::Waits));
                        }
                    }
                    On::Task(id) => {
                        arrows.extend(index.task_place(id).map(|to| (from, to, Means::Waits)));
                    }
                    _ => {}
                }
            }
        }
        for place in (0..resources.len()).filter(|&place| wanted[place]) {
            let mut seen = None;
            for &holder in index.holders(place) {
                if seen.replace(holder) != Some(holder) {
                    arrows.push((count + place, holder, Means::Holds));
                }
            }
            // Known only if it was looked for.
            let reach = &resources[place].reach;
            for reach in [&reach.givers, &reach.takers].into_iter().flatten() {
                let waiting = |id: &TaskId| {
                    index.task(*id).is_some_and(|task| {
                        task.waits.iter().any(|w| w.on == On::Resource(resources[place].id))
                    })
                };
                let others: Vec<_> = reach.iter().filter(|id| !waiting(id)).collect();
                if others.len() <= REACH {
                    let places = others.into_iter().filter_map(|&id| index.task_place(id));
                    arrows.extend(places.map(|task| (count + place, task, Means::Holds)));
                }
            }
        }
        arrows.sort_unstable_by_key(|&(from, to, means)| (from, to, means == Means::Holds));
        arrows.dedup_by_key(|&mut (from, to, _)| (from, to));
        Self { tasks: count, arrows }
    }

    fn id(&self, index: &Index<'_>, subject: Subject) -> Option<Id> {
        match subject {
            Subject::Task(id) => index.task_place(id),
            Subject::Resource(id) => Some(self.tasks + index.resource_place(id)?),
        }
    }

    /// The arrows, by the groups they hold together.
    fn groups(&self, ids: usize) -> Vec<Vec<usize>> {
        let mut parents: Vec<u32> = (0..ids as u32).collect();
        let root = |parents: &mut Vec<u32>, mut id: u32| {
            while parents[id as usize] != id {
                parents[id as usize] = parents[parents[id as usize] as usize];
                id = parents[id as usize];
            }
            id
        };
        for &(from, to, _) in &self.arrows {
            let (from, to) = (root(&mut parents, from as u32), root(&mut parents, to as u32));
            parents[from as usize] = to;
        }
        let mut groups: HashMap<u32, Vec<usize>> = HashMap::new();
        for (at, &(from, ..)) in self.arrows.iter().enumerate() {
            groups.entry(root(&mut parents, from as u32)).or_default().push(at);
        }
        let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
        groups.sort_unstable();
        groups
    }

    /// As much of a group as there is room for.
    fn draw(
        &self,
        index: &Index<'_>,
        group: &[usize],
        causes: &HashSet<Id>,
        start: Option<Id>,
        room: usize,
    ) -> Graph {
        let arrows: Vec<(Id, Id, Means)> = group.iter().map(|&at| self.arrows[at]).collect();
        let waited_for: HashSet<Id> = arrows.iter().map(|&(_, to, _)| to).collect();
        let is_leaf =
            |id: Id| !waited_for.contains(&id) && !causes.contains(&id) && start != Some(id);
        // Those in the middle, the ones with a fault and then the most wanted first.
        let mut wanted: HashMap<Id, usize> = HashMap::new();
        for &(from, to, _) in &arrows {
            *wanted.entry(to).or_default() += 1;
            wanted.entry(from).or_default();
        }
        let mut middle: Vec<Id> = wanted.keys().copied().filter(|&id| !is_leaf(id)).collect();
        middle.sort_unstable_by_key(|&id| {
            (start != Some(id), !causes.contains(&id), Reverse(wanted[&id]), id)
        });
        middle.truncate(room);
        let mut places: HashMap<Id, usize> = HashMap::new();
        let mut graph = Graph::default();
        for &id in &middle {
            places.insert(id, graph.nodes.len());
            graph.nodes.push(self.node(index, id, causes));
        }
        // Then who waits for them, a few each.
        let mut leaves: HashMap<Id, Vec<Id>> = HashMap::new();
        for &(from, to, _) in
            arrows.iter().filter(|&&(from, to, _)| is_leaf(from) && places.contains_key(&to))
        {
            leaves.entry(to).or_default().push(from);
        }
        for &id in &middle {
            let Some(leaves) = leaves.get_mut(&id) else { continue };
            leaves.sort_unstable_by_key(|&leaf| {
                (Reverse(index.snapshot.tasks.get(leaf).map(|task| task.age)), leaf)
            });
            // A box for one more takes as much room as that one.
            let mut own = if leaves.len() == ALIKE + 1 { ALIKE + 1 } else { ALIKE };
            let mut more = 0;
            for &leaf in &*leaves {
                if places.contains_key(&leaf) {
                    continue;
                }
                if own == 0 || graph.nodes.len() >= room {
                    more += 1;
                    continue;
                }
                own -= 1;
                places.insert(leaf, graph.nodes.len());
                graph.nodes.push(self.node(index, leaf, causes));
            }
            if more > 0 {
                let from = graph.nodes.len();
                let title = noun::count(more, "more task");
                let sub = if more == 1 { "waits for it" } else { "wait for it" };
                graph.nodes.push(Node { title, sub: sub.to_owned(), ..Node::default() });
                graph.arrows.push(Arrow { from, to: places[&id], means: Means::Waits });
            }
        }
        for (from, to, means) in arrows {
            if let (Some(&from), Some(&to)) = (places.get(&from), places.get(&to)) {
                graph.arrows.push(Arrow { from, to, means });
            }
        }
        graph
    }

    fn node(&self, index: &Index<'_>, id: Id, causes: &HashSet<Id>) -> Node {
        let is_cause = causes.contains(&id);
        match index.snapshot.tasks.get(id) {
            Some(task) => Node {
                title: cut(&noun::task(task), WIDTH),
                sub: cut(&doing(task), WIDTH + 2),
                task: Some(task.id),
                is_thing: false,
                is_cause,
            },
            None => {
                let resource = &index.snapshot.resources[id - self.tasks];
                let at = resource.created_at.map(|at| at.to_string());
                Node {
                    title: cut(&noun::resource(resource), WIDTH),
                    sub: tail(&at.unwrap_or_default(), WIDTH + 2),
                    task: None,
                    is_thing: true,
                    is_cause,
                }
            }
        }
    }
}

fn waits(task: &Task) -> bool {
    task.is_asleep()
        || (task.state == TaskState::Running && task.waits.iter().any(|w| w.op == Op::BlockOn))
}

fn doing(task: &Task) -> String {
    let state = block::state(task);
    match noun::age(task.age) {
        Some(age) if task.state != TaskState::Runnable => format!("{state}, {age}"),
        _ => state,
    }
}

/// The end of a place in source says more than its beginning.
fn tail(words: &str, most: usize) -> String {
    let count = words.chars().count();
    if count <= most {
        return words.to_owned();
    }
    std::iter::once('\u{2026}').chain(words.chars().skip(count - most + 1)).collect()
}
