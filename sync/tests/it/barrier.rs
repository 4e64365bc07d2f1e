//! Going on together.

use wakeful_sync::Barrier;

use crate::hand::{Hand, now};

#[test]
fn the_last_to_come_lets_everybody_go_and_leads() {
    let barrier = Barrier::new(3);
    for _ in 0..2 {
        let (hand, mut one, mut two) = (Hand::new(), barrier.wait(), barrier.wait());
        hand.parks(&mut one);
        hand.parks(&mut two);
        hand.parks(&mut one);
        assert!(now(barrier.wait()).is_leader());
        assert!(!hand.gets(&mut one).is_leader());
        // Who was let go does not count in the next round.
        let mut next = barrier.wait();
        hand.parks(&mut next);
        drop(next);
        assert!(!hand.gets(&mut two).is_leader());
    }
}

#[test]
fn one_who_leaves_has_not_come() {
    let barrier = Barrier::new(2);
    let (hand, mut gone, mut stays) = (Hand::new(), barrier.wait(), barrier.wait());
    drop(barrier.wait());
    hand.parks(&mut gone);
    drop(gone);
    hand.parks(&mut stays);
    assert!(now(barrier.wait()).is_leader());
    drop(stays);
    hand.parks(&mut barrier.wait());
}

#[test]
fn a_barrier_for_nobody_stops_nobody() {
    assert!(now(Barrier::new(0).wait()).is_leader());
}
