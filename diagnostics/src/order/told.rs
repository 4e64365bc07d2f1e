//! Tells a ring of orders as a finding: each order with its lines, what the locks are, what to do.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use super::class::{Classes, NONE};
use super::graph::Ring;
use super::witness::{Mode, Node, Point, Who, Witness};
use crate::finding::{Class, Evidence, Finding, FindingId, FindingKind, Subject};
use crate::names::ResourceId;
use crate::noun;
use crate::snapshot::Place;

/// Tells who took a lock to read, and asks for it to read again.
pub(crate) fn recursive_read(
    classes: &Classes,
    (who, held, wanted): (&Who, Point, Point),
    now: SystemTime,
) -> Finding {
    let what = noun_of(classes, wanted.node);
    let marks = [held.at, wanted.at].map(|at| at.to_string()).into_iter();
    let mut evidence = vec![
        line(
            format!("it took it to read at {} and asks to read it again at {}", held.at, wanted.at),
            Some(wanted.at),
        ),
        line(
            "if a task asks to write it in between, both wait for ever: a writer that waits stops \
             new readers"
                .to_owned(),
            None,
        ),
    ];
    evidence.extend(created(classes, [wanted.node]));
    Finding {
        id: FindingId::of(FindingKind::RecursiveRead, marks.chain([mark(classes, wanted.node)])),
        kind: FindingKind::RecursiveRead,
        class: Class::Likely,
        headline: format!("{} reads {what} again while it reads it already", task(who)),
        subjects: vec![Subject::Task(who.id), Subject::Resource(ResourceId(wanted.node.lock))],
        evidence,
        fix: Some(format!("use the guard of {} again instead of reading twice", held.at)),
        since: now,
    }
}

/// Tells a ring.
pub(crate) fn ring(classes: &Classes, ring: &Ring, now: SystemTime) -> Finding {
    let ring = &in_order(classes, ring);
    let orders = &ring.orders;
    let mut subjects = BTreeSet::new();
    for order in orders {
        subjects.insert(Subject::Task(order.who.id));
        subjects.insert(Subject::Resource(ResourceId(order.from.node.lock)));
    }
    let mut evidence: Vec<Evidence> =
        orders.iter().map(|one| line(order(classes, ring, one, now), Some(one.to.at))).collect();
    evidence.extend(notes(ring).map(|text| line(text.to_owned(), None)));
    evidence.extend(doubt(ring));
    evidence.extend(created(classes, orders.iter().map(|order| order.from.node)));
    Finding {
        id: id(classes, ring),
        kind: FindingKind::LockOrder,
        class: ring.class(),
        headline: headline(classes, ring),
        subjects: subjects.into_iter().collect(),
        evidence,
        fix: Some(fix(classes, ring)),
        since: orders.iter().map(|order| order.seen).max().unwrap_or(now),
    }
}

/// The name of a ring: that of its classes.
pub(crate) fn id(classes: &Classes, ring: &Ring) -> FindingId {
    let marks: BTreeSet<String> =
        ring.orders.iter().map(|order| mark(classes, order.from.node)).collect();
    let places = ring.orders.iter().filter(|order| order.from.node.class == NONE);
    let places = places.map(|order| format!("{} {}", order.from.at, order.to.at));
    FindingId::of(FindingKind::LockOrder, marks.into_iter().chain(places))
}

/// The same ring, beginning with the lock that is to be taken first: not with the order that was seen
/// first, which is another one in each run.
fn in_order(classes: &Classes, ring: &Ring) -> Ring {
    let mut ring = ring.clone();
    let orders = ring.orders.iter().enumerate();
    let first = orders.min_by_key(|(_, order)| classes.rank(order.from.node));
    let place = first.map_or(0, |(place, _)| place);
    ring.orders.rotate_left(place);
    ring
}

fn headline(classes: &Classes, ring: &Ring) -> String {
    let nouns: BTreeSet<String> =
        ring.orders.iter().map(|order| noun_of(classes, order.from.node)).collect();
    let several = ring.orders.len() > 2;
    let how = if several { "taken in a ring of orders" } else { "taken in both orders" };
    if nouns.len() == 1 {
        let class = locks_of(classes, ring.orders[0].from.node);
        return format!("{} {class} are {how}", ring.orders.len());
    }
    // In the order that the fix proposes.
    let mut names: Vec<String> = Vec::new();
    for order in &ring.orders {
        let name = noun_of(classes, order.from.node);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    format!("{} are {how}", noun::list(&names, 5))
}

/// `task 17 "transfer", spawned at src/main.rs:20, takes `a` at .., then `b` at ..`.
fn order(classes: &Classes, ring: &Ring, order: &Witness, now: SystemTime) -> String {
    let spawned = order.who.spawned_at.map_or(String::new(), |at| format!(" (spawned at {at})"));
    let besides: Vec<String> = order
        .held
        .iter()
        .filter(|(node, _)| node.lock != order.from.node.lock)
        .map(|&(node, _)| noun_of(classes, node))
        .collect();
    let besides = match besides.len() {
        0 => String::new(),
        _ => format!(", holding {} as well", noun::list(&besides, 3)),
    };
    let age = noun::age(now.duration_since(order.seen).unwrap_or(Duration::ZERO));
    let ago = age.map_or(String::new(), |age| format!(", first seen {age} ago"));
    format!(
        "{}{spawned} takes {}, then {}{besides}{ago}",
        task(&order.who),
        point(classes, ring, order.from),
        point(classes, ring, order.to),
    )
}

/// `` `accounts` to read (src/bank.rs:41) ``.
fn point(classes: &Classes, ring: &Ring, point: Point) -> String {
    let is_one_of_many = ring.orders.iter().any(|order| {
        let same = |other: Node| {
            other.class == point.node.class && other.class != NONE && other.lock != point.node.lock
        };
        same(order.from.node) && ring.is_of_locks
    });
    let number =
        if is_one_of_many { format!(" (lock {})", point.node.lock) } else { String::new() };
    let how = if point.mode == Mode::Read { " to read" } else { "" };
    format!("{}{number}{how} ({})", noun_of(classes, point.node), point.at)
}

fn notes(ring: &Ring) -> impl Iterator<Item = &'static str> {
    let one_task = ring.is_of_one_task().then_some(
        "all of it was seen in one task: it can deadlock once several tasks run this code",
    );
    let alone = ring.orders.iter().any(|order| order.is_alone).then_some(
        "one of them was seen while there was no other task: harmless if the program only starts \
         that way",
    );
    let by_class = (!ring.is_of_locks).then_some(
        "they were not the same locks each time: it can deadlock if they can be the same",
    );
    let writer = ring
        .needs_writer()
        .then_some("a reader waits for a reader only if a task asks to write in between");
    let sure = (ring.class() == Class::Proof)
        .then_some("they were the same locks each time, and no other lock keeps these tasks apart");
    [sure, one_task, alone, by_class, writer].into_iter().flatten()
}

/// Says which orders may be none.
fn doubt(ring: &Ring) -> Option<Evidence> {
    let places: BTreeSet<String> = ring
        .orders
        .iter()
        .filter(|order| order.is_carried)
        .map(|order| format!("{} and {}", order.from.at, order.to.at))
        .collect();
    let places: Vec<String> = places.into_iter().collect();
    (!places.is_empty()).then(|| {
        let places = places.join(", and between ");
        let text = format!(
            "between {places} the task may have been suspended: there is no such order if these are \
             lines of two futures that it polls in turn, as a join of another crate does"
        );
        line(text, None)
    })
}

fn created(
    classes: &Classes,
    nodes: impl IntoIterator<Item = Node>,
) -> impl Iterator<Item = Evidence> {
    let of = nodes.into_iter().map(|node| node.class).filter(|&class| class != NONE);
    let made = |class| (classes.facts(class).created_at, classes.facts(class).column, class);
    let in_order: BTreeSet<(Place, u32, u32)> = of.map(made).collect();
    in_order.into_iter().map(|(at, _, class)| line(classes.full(class), Some(at)))
}

fn fix(classes: &Classes, ring: &Ring) -> String {
    let (first, last) = (&ring.orders[0], &ring.orders[ring.orders.len() - 1]);
    let [one, two] = [first.from, first.to].map(|point| noun_of(classes, point.node));
    if one == two {
        return format!(
            "take {} in one order everywhere, by a number of their own for instance; `lock_many` \
             takes them in a safe order",
            locks_of(classes, first.from.node),
        );
    }
    if ring.orders.len() == 2 {
        let (where_to, like) = (last.from.at, first.from.at);
        let how = match where_to == like {
            true => format!("each time at {like}"),
            false => format!("at {where_to} too, as {like} does"),
        };
        return format!("take {one} before {two} {how}, or release {two} before {}", last.to.at);
    }
    let mut locks: Vec<Node> = ring.orders.iter().map(|order| order.from.node).collect();
    locks.sort_by_key(|&node| classes.rank(node));
    let mut locks: Vec<String> = locks.iter().map(|&node| noun_of(classes, node)).collect();
    locks.dedup();
    // Of several locks of one class it cannot be said which comes first.
    let order = match locks.len() == ring.orders.len() {
        true => format!("{} in this order", noun::list(&locks, 5)),
        false => "these locks in one order".to_owned(),
    };
    format!(
        "take {order} everywhere, or release {} ({}) before {}",
        noun_of(classes, last.from.node),
        last.from.at,
        last.to.at,
    )
}

fn noun_of(classes: &Classes, node: Node) -> String {
    match node.class {
        NONE => format!("lock {}", node.lock),
        class => classes.noun(class),
    }
}

/// Several locks of one class.
fn locks_of(classes: &Classes, node: Node) -> String {
    let facts = classes.facts(node.class);
    match &facts.name {
        _ if node.class == NONE => "locks".to_owned(),
        Some(name) => format!("locks named `{name}`"),
        None => format!("locks made at {}", facts.created_at),
    }
}

fn mark(classes: &Classes, node: Node) -> String {
    match node.class {
        NONE => String::new(),
        class => classes.facts(class).key.clone(),
    }
}

fn task(who: &Who) -> String {
    match &who.name {
        Some(name) => format!("{} {}", who.id, noun::quoted(name)),
        None => who.id.to_string(),
    }
}

const fn line(text: String, at: Option<Place>) -> Evidence {
    Evidence { text, at }
}
