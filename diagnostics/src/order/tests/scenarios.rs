//! The catalogue's scenarios that need no task, by their numbers.

use super::{House, Walker, place};
use crate::finding::Class::{Hint, Likely, Proof};
use crate::order::graph::Taken;
use crate::order::witness::{Mode, Node, Point};

fn house() -> (House, Walker, Walker) {
    (House::new(), Walker::new(1), Walker::new(2))
}

/// 4, 5, 12
#[test]
fn both_orders_are_told_once_they_were_seen() {
    let (mut house, mut one, mut two) = house();
    let [a, b] = house.mutexes(["a", "b"]);
    house.nest(&mut one, &[a, b]);
    assert_eq!(house.classes(), []);
    assert!(house.is_settled);
    house.nest(&mut two, &[b, a]);
    assert_eq!(house.classes(), [Proof]);
    for _ in 0..1000 {
        house.nest(&mut two, &[b, a]);
    }
    assert_eq!(house.classes(), [], "nothing new");
}

#[test]
fn one_task_that_shows_both_orders_proves_nothing_until_another_does() {
    let (mut house, mut one, mut two) = house();
    let [a, b] = house.mutexes(["a", "b"]);
    house.nest(&mut one, &[a, b]);
    house.nest(&mut one, &[b, a]);
    assert_eq!(house.classes(), [Likely]);
    assert!(!house.is_settled || house.graph.epoch > 1, "it is looked at again");
    house.nest(&mut two, &[b, a]);
    assert_eq!(house.classes(), [Proof]);
}

/// 6, 7, 8, 9, 10, 11
#[test]
fn a_ring_is_told_by_its_last_order_whichever_that_is() {
    for pairs in [
        vec![(0, 1), (1, 2), (2, 0)],
        vec![(0, 1), (2, 0), (1, 2)],
        vec![(1, 2), (0, 1), (2, 0)],
        vec![(1, 2), (2, 0), (0, 1)],
        vec![(2, 0), (0, 1), (1, 2)],
        vec![(2, 0), (1, 2), (0, 1)],
        vec![(0, 1), (1, 2), (2, 3), (3, 0)],
        vec![(0, 1), (2, 3), (1, 3), (3, 0)],
        vec![(0, 1), (2, 3), (1, 2), (3, 0)],
    ] {
        let (mut house, ..) = house();
        let locks = house.mutexes(["a", "b", "c", "d"]);
        for (number, &(from, to)) in (1..).zip(&pairs) {
            assert_eq!(house.classes(), [], "{pairs:?}");
            house.nest(&mut Walker::new(number), &[locks[from], locks[to]]);
        }
        assert_eq!(house.classes(), [Proof], "{pairs:?}");
    }
}

/// 2, 3
#[test]
fn locks_of_one_class_are_told_apart_by_themselves() {
    let (mut house, mut one, mut two) = house();
    let x = house.mutexes(["x"; 4]);
    for from in 0..4 {
        for to in from + 1..4 {
            house.nest(&mut one, &[x[from], x[to]]);
        }
    }
    assert_eq!(house.classes(), []);
    house.nest(&mut two, &[x[3], x[0]]);
    assert_eq!(house.classes(), [Proof]);
}

/// 14, 15, 21, 23
#[test]
fn what_a_lock_that_is_gone_said_about_its_class_stays() {
    let (mut house, mut one, mut two) = house();
    let [a, b, c] = house.mutexes(["a", "b", "c"]);
    house.nest(&mut one, &[a, b, c]);
    house.graph.forget(b.lock);
    house.nest(&mut two, &[c, a]);
    assert_eq!(house.classes(), [Proof], "the order from a to c has nothing to do with b");
    let [a, b] = house.mutexes(["a2", "b2"]);
    house.nest(&mut one, &[a, b]);
    house.graph.forget(a.lock);
    house.graph.forget(b.lock);
    let [b, a] = house.mutexes(["b2", "a2"]);
    house.nest(&mut two, &[b, a]);
    assert_eq!(house.classes(), [Likely]);
}

/// 18, 20, 26, 30
#[test]
fn deep_and_many_orders_end_soon() {
    let (mut house, mut one, mut two) = house();
    let locks: Vec<Node> =
        (0..20).map(|n| house.lock(crate::names::Kind::Mutex, &format!("lock {n}"))).collect();
    house.nest(&mut one, &locks[..12]);
    assert_eq!(house.classes(), []);
    house.nest(&mut two, &[locks[11], locks[0]]);
    assert_eq!(house.classes(), [Proof]);
    let began = std::time::Instant::now();
    for start in 0..45 {
        let turned: Vec<Node> = (0..20).map(|n| locks[(start + n) % 20]).collect();
        house.nest(&mut Walker::new(start as u64 + 3), &turned);
    }
    assert!(!house.classes().is_empty());
    // Thousands of searches, each with a limit of its own; the bound is for machines under load.
    assert!(began.elapsed().as_secs() < 20);
}

/// 24, 27, 28
#[test]
fn only_what_is_held_has_an_order() {
    let (mut house, mut one, mut two) = house();
    let [a, b, c] = house.mutexes(["a", "b", "c"]);
    house.walk(&mut one, &[('L', a), ('U', a), ('L', b), ('U', b)]);
    house.walk(&mut two, &[('L', b), ('U', b), ('L', a), ('U', a)]);
    assert_eq!(house.classes(), []);
    house.walk(&mut one, &[('L', a), ('L', b), ('U', a), ('L', c), ('U', b), ('U', c)]);
    house.nest(&mut two, &[c, a]);
    let [ring] = &house.rings[..] else { panic!("{:?}", house.rings) };
    assert_eq!(ring.orders.len(), 3, "a, b, c, a");
}

/// 31, 32, 33, 34, 35
#[test]
fn a_lock_that_was_tried_has_orders_out_of_it_and_none_into_it() {
    for (first, second, told) in [
        ("La Tb", "Lb Ta", false),
        ("Ta Lb", "Lb Ta", false),
        ("La Tb", "Lb La", false),
        ("Ta Lb", "Tb La", true),
        ("Ta Lb", "Lb La", true),
        ("Lb La", "Ta Lb", true),
        ("La Tb Lc", "Lc La", true),
    ] {
        let (mut house, mut one, mut two) = house();
        let [a, b, c] = house.mutexes(["a", "b", "c"]);
        let script = |text: &str| -> Vec<(char, Node)> {
            let op = |op: &str| {
                let &[what, which] = op.as_bytes() else { panic!("{op}") };
                (what as char, [a, b, c][usize::from(which - b'a')])
            };
            text.split(' ').map(op).collect()
        };
        house.walk(&mut one, &script(first));
        house.walk(&mut two, &script(second));
        let told_now = !house.classes().is_empty();
        assert_eq!(told_now, told, "{first} | {second}");
    }
}

/// 45, 46, 47, 48, 53
#[test]
fn readers_stand_in_each_others_way_only_where_somebody_writes() {
    let nest = |house: &mut House, walker: &mut Walker, script: &[(char, Node)]| {
        house.walk(walker, script);
        walker.held.clear();
    };
    let (mut house, mut one, mut two) = house();
    let [a, b] = house.rwlocks(["a", "b"]);
    nest(&mut house, &mut one, &[('R', a), ('R', b)]);
    nest(&mut house, &mut two, &[('R', b), ('R', a)]);
    assert_eq!(house.classes(), [], "nobody ever writes");
    let before = house.graph.epoch;
    house.graph.write(a);
    house.graph.write(b);
    assert!(house.graph.epoch > before, "what was judged is judged again");
    nest(&mut house, &mut two, &[('R', b), ('R', a)]);
    assert_eq!(house.classes(), [Likely], "it takes a writer in between");

    let [a, b] = house.rwlocks(["a2", "b2"]);
    nest(&mut house, &mut one, &[('R', a), ('W', b)]);
    nest(&mut house, &mut two, &[('W', b), ('R', a)]);
    assert_eq!(house.classes(), [], "a is only read");
    nest(&mut house, &mut two, &[('W', b), ('W', a)]);
    assert_eq!(house.classes(), [Proof], "the read order does not hide the one that writes");
}

/// 59, 60, 61
#[test]
fn a_third_lock_held_in_both_orders_keeps_them_apart() {
    let (mut house, mut one, mut two) = house();
    let [gate, a, b] = house.mutexes(["gate", "a", "b"]);
    house.nest(&mut one, &[gate, a, b]);
    house.nest(&mut two, &[gate, b, a]);
    assert_eq!(house.classes(), []);
    house.nest(&mut one, &[a, b]);
    assert_eq!(house.classes(), [Proof], "one of them goes round the gate");

    let [gate] = house.rwlocks(["read gate"]);
    let [a, b] = house.mutexes(["a2", "b2"]);
    house.graph.write(gate);
    house.walk(&mut one, &[('R', gate), ('L', a), ('L', b)]);
    house.walk(&mut two, &[('R', gate), ('L', b), ('L', a)]);
    assert_eq!(house.classes(), [Proof], "readers pass a gate together");
}

/// 62, 63
#[test]
fn two_gates_of_one_class_keep_nothing_apart() {
    let (mut house, mut one, mut two) = house();
    let [gate, other, a, b] = house.mutexes(["gate", "gate", "a", "b"]);
    house.nest(&mut one, &[gate, a, b]);
    house.nest(&mut two, &[gate, b, a]);
    assert_eq!(house.classes(), []);
    assert!(house.graph.classes.facts(gate.class).is_told_apart, "the next gate is looked at");
    house.nest(&mut two, &[other, b, a]);
    assert_eq!(house.classes(), [Proof]);
}

#[test]
fn worlds_with_a_gate_each_are_left_in_peace() {
    let (mut house, ..) = house();
    for world in 0..50 {
        let [gate, a, b] = house.mutexes(["gate", "a", "b"]);
        let (mut one, mut two) = (Walker::new(world * 2 + 1), Walker::new(world * 2 + 2));
        house.nest(&mut one, &[gate, a, b]);
        house.nest(&mut two, &[gate, b, a]);
    }
    assert_eq!(house.classes(), []);
}

/// 66
#[test]
fn an_outer_lock_makes_any_order_of_inner_ones_safe() {
    let (mut house, mut one, mut two) = house();
    let [x, y1, y2] = house.mutexes(["x", "y", "y"]);
    house.nest(&mut one, &[x, y1, y2]);
    house.nest(&mut two, &[x, y2, y1]);
    assert_eq!(house.classes(), []);
    house.nest(&mut two, &[y2, y1]);
    assert_eq!(house.classes(), [Proof]);
}

/// 67
#[test]
fn a_ring_of_classes_becomes_a_proof_when_the_same_locks_meet() {
    let (mut house, mut one, mut two) = house();
    let [a1, b1, a2, b2] = house.mutexes(["a", "b", "a", "b"]);
    house.nest(&mut one, &[a1, b1]);
    house.nest(&mut two, &[b2, a2]);
    assert_eq!(house.classes(), [Likely]);
    house.nest(&mut two, &[b1, a1]);
    assert_eq!(house.classes(), [Proof]);
}

/// 70
#[test]
fn what_is_seen_without_another_task_is_a_hint() {
    let (mut house, mut one, mut main) = house();
    let [a, b] = house.mutexes(["a", "b"]);
    main.is_alone = true;
    house.nest(&mut main, &[b, a]);
    assert!(!house.is_settled);
    house.nest(&mut one, &[a, b]);
    assert_eq!(house.classes(), [Hint]);
    main.is_alone = false;
    house.nest(&mut main, &[b, a]);
    assert_eq!(house.classes(), [Proof]);
}

/// 64
#[test]
fn orders_of_lock_many_are_no_ring_by_themselves() {
    let (mut house, mut one, mut two) = house();
    let [x, y] = house.mutexes(["x", "x"]);
    for (walker, [from, to]) in [(&mut one, [x, y]), (&mut two, [y, x])] {
        let point = Point { node: from, mode: Mode::Write, at: place(3) };
        walker.held = vec![Taken {
            point,
            gate: Mode::Write,
            is_sorted: true,
            is_mute: false,
            is_carried: false,
        }];
        house.take(walker, to, Mode::Write, 3);
        walker.held.clear();
    }
    assert_eq!(house.classes(), []);
    house.nest(&mut two, &[y, x]);
    assert_eq!(house.classes(), [Proof], "by hand against lock_many");
}

#[test]
fn a_guard_that_may_have_moved_says_nothing_but_guards_what_it_holds() {
    let (mut house, mut one, mut two) = house();
    let [a, b] = house.mutexes(["a", "b"]);
    let point = Point { node: a, mode: Mode::Write, at: place(3) };
    one.held = vec![Taken {
        point,
        gate: Mode::Write,
        is_sorted: false,
        is_mute: true,
        is_carried: false,
    }];
    house.take(&mut one, b, Mode::Write, 4);
    assert!(!house.is_settled);
    house.nest(&mut two, &[b, a]);
    assert_eq!(house.classes(), []);
}

#[test]
fn an_order_that_is_taken_back_was_none() {
    let (mut house, mut one, mut two) = house();
    let [a, b] = house.mutexes(["a", "b"]);
    house.nest(&mut one, &[a, b]);
    let witnesses: Vec<_> = house.graph.by_class.all().cloned().collect();
    for witness in &witnesses {
        house.graph.retract(witness);
    }
    house.nest(&mut two, &[b, a]);
    assert_eq!(house.classes(), []);
}
