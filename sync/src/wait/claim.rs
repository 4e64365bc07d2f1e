//! A select's claim: of all the places it takes in lines, one is served.
//!
//! A claim's word says where its select stands:
//!
//! ```text
//!             take            open       win(arm), unwin
//!   (pool) ────────▶ polling ──────▶ open ◀──────────────▶ won by arm
//!                    │   ▲  ◀──────                            │
//!          miss      ▼   │   resume                            │
//!                   missed                    drop, from any state: (pool), next generation
//! ```
//!
//! Invariants:
//! * whoever serves a place wins its claim first, under the door of the line the place is in;
//! * while the select is being polled nobody else can win: who comes by leaves word ("missed"),
//!   and the select looks again before it sleeps;
//! * words are never given back to the allocator, and a generation is never used twice, so that a
//!   place left behind by a finished select cannot win anything.
//!
//! Rejected: a counted word per select. It costs an allocation and two counts per arm.

use std::cell::RefCell;
use std::fmt;
use std::ptr;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::shim::AtomicUsize;

/// Arms a select can have: their number fits in a word of state, and in a mask.
pub const MAX_ARMS: u32 = 64;

const STATE: usize = 0xff;
const OPEN: usize = 0;
const POLLING: usize = 1;
const MISSED: usize = 2;
const GONE: usize = 3;
const WON: usize = 0x80;
/// Beside `WON`: the select has looked.
const SEEN: usize = 0x40;
const GENERATION: usize = 0x100;

/// Alone in its cache line: selects of different workers do not disturb each other.
#[derive(Debug)]
#[repr(align(64))]
struct Word(AtomicUsize);

/// The right of one select to take one operation; it starts out polling.
#[must_use = "a claim that is dropped can no longer be won"]
pub struct Claim {
    word: &'static Word,
    generation: usize,
}

/// A claim as it stands in a place: which select, and which of its arms.
#[derive(Clone, Copy)]
pub struct Seat {
    word: &'static Word,
    /// The word's value once this seat has won.
    won: usize,
}

/// What a select finds when it is polled again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Resumed {
    /// Nobody has won: the select polls its arms.
    Polling,
    /// This arm was served while the select slept.
    Won(u32),
}

/// What comes of trying to win a seat's claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Outcome {
    /// The seat's place is to be served now.
    Won,
    /// The select is being polled, by somebody else or by the caller: its place stays as it is.
    Busy,
    /// The select took another operation, or is gone.
    Lost,
}

impl Claim {
    /// A claim of a select that is being polled.
    pub fn take() -> Self {
        let word = pool::take();
        let generation = word.0.load(Ordering::Relaxed) & !STATE;
        word.0.store(generation | POLLING, Ordering::Release);
        Self { word, generation }
    }

    /// The claim for the place of this arm.
    ///
    /// # Panics
    ///
    /// If `arm` is not below [`MAX_ARMS`].
    #[must_use]
    pub fn seat(&self, arm: u32) -> Seat {
        assert!(arm < MAX_ARMS, "a select has at most {MAX_ARMS} arms");
        Seat { word: self.word, won: self.generation | WON | arm as usize }
    }

    /// Begins the next poll of the select.
    pub fn resume(&self) -> Resumed {
        let mut expected = self.generation | OPEN;
        loop {
            let next =
                if expected & WON != 0 { expected | SEEN } else { self.generation | POLLING };
            match self.swap(expected, next) {
                Ok(word) | Err(word) if word & SEEN != 0 => return Resumed::Won(arm(word)),
                Ok(word) if word & WON != 0 => return Resumed::Won(arm(word)),
                Ok(_) => return Resumed::Polling,
                // Won, or won and given back.
                Err(word) if word & WON != 0 || word & STATE == OPEN => expected = word,
                // The last poll did not get to its end: it panicked, and the select was kept.
                Err(_) => return Resumed::Polling,
            }
        }
    }

    /// Ends a poll that found nothing: from now on the claim can be won. `false` if somebody came
    /// by meanwhile: then the select is still being polled, and looks again.
    #[must_use]
    pub fn open(&self) -> bool {
        let open = self.swap(self.generation | POLLING, self.generation | OPEN).is_ok();
        if !open {
            self.word.0.store(self.generation | POLLING, Ordering::Release);
        }
        open
    }

    fn swap(&self, from: usize, to: usize) -> Result<usize, usize> {
        self.word.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
    }
}

/// The arm that a word says has won.
const fn arm(word: usize) -> u32 {
    (word & STATE & !(WON | SEEN)) as u32
}

impl Drop for Claim {
    fn drop(&mut self) {
        let next = self.generation.wrapping_add(GENERATION) | GONE;
        self.word.0.store(next, Ordering::Release);
        pool::give(self.word);
    }
}

/// Room for a seat. Every word of it is written, also where there is none: what nobody writes may say
/// anybody's address, and a search of the memory would go by it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chair {
    word: Option<&'static Word>,
    won: usize,
}

impl Chair {
    pub(super) const EMPTY: Self = Self { word: None, won: 0 };

    #[inline]
    pub(super) fn of(seat: Option<Seat>) -> Self {
        seat.map_or(Self::EMPTY, |Seat { word, won }| Self { word: Some(word), won })
    }

    #[inline]
    pub(super) fn seat(self) -> Option<Seat> {
        self.word.map(|word| Seat { word, won: self.won })
    }

    #[inline]
    pub(super) const fn is_empty(self) -> bool {
        self.word.is_none()
    }
}

impl Seat {
    /// Tries to win. A select never wins against itself (`own`), nor leaves itself word.
    pub(super) fn win(self, own: Option<Self>) -> Outcome {
        if own.is_some_and(|own| own.is_of(self)) {
            return Outcome::Busy;
        }
        let generation = self.won & !STATE;
        let swap =
            |from, to| self.word.0.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
        let mut found = swap(generation | OPEN, self.won);
        loop {
            match found {
                Ok(word) if word == generation | OPEN => return Outcome::Won,
                Ok(_) => return Outcome::Busy,
                Err(word) if word == generation | OPEN => found = swap(word, self.won),
                Err(word) if word == generation | POLLING => {
                    found = swap(word, generation | MISSED);
                }
                Err(word) if word == generation | MISSED => return Outcome::Busy,
                Err(_) => return Outcome::Lost,
            }
        }
    }

    /// Gives a win back. False if the select has looked at it already, or is gone.
    pub(super) fn unwin(self) -> bool {
        let open = self.won & !STATE | OPEN;
        let swap =
            self.word.0.compare_exchange(self.won, open, Ordering::AcqRel, Ordering::Acquire);
        swap.is_ok()
    }

    fn is_of(self, other: Self) -> bool {
        ptr::eq(self.word, other.word) && self.won & !STATE == other.won & !STATE
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").finish_non_exhaustive()
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat").field("arm", &arm(self.won)).finish_non_exhaustive()
    }
}

/// Words between two selects: each thread keeps a few at hand.
mod pool {
    use super::{AtomicUsize, GONE, Mutex, MutexGuard, PoisonError, RefCell, Word};

    /// What one thread keeps at hand.
    const AT_HAND: usize = 64;

    static SPARE: Mutex<Vec<&'static Word>> = Mutex::new(Vec::new());

    struct Hand(Vec<&'static Word>);

    thread_local! {
        static HAND: RefCell<Hand> = const { RefCell::new(Hand(Vec::new())) };
    }

    pub(super) fn take() -> &'static Word {
        // Under loom every word is new: loom's atomics belong to one execution of a model.
        if cfg!(loom) {
            return make();
        }
        HAND.try_with(|hand| hand.borrow_mut().0.pop())
            .ok()
            .flatten()
            .or_else(|| spare().pop())
            .unwrap_or_else(make)
    }

    pub(super) fn give(word: &'static Word) {
        if cfg!(loom) {
            return;
        }
        let kept = HAND.try_with(|hand| {
            let hand = &mut hand.borrow_mut().0;
            let has_room = hand.len() < AT_HAND;
            if has_room {
                hand.push(word);
            }
            has_room
        });
        if !kept.unwrap_or(false) {
            spare().push(word);
        }
    }

    #[cold]
    fn make() -> &'static Word {
        Box::leak(Box::new(Word(AtomicUsize::new(GONE))))
    }

    /// The list is whole between any two statements, so a panic elsewhere cannot have torn it.
    fn spare() -> MutexGuard<'static, Vec<&'static Word>> {
        SPARE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    impl Drop for Hand {
        fn drop(&mut self) {
            spare().append(&mut self.0);
        }
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;

    #[test]
    fn one_seat_wins_and_the_others_lose() {
        let claim = Claim::take();
        let (first, second) = (claim.seat(0), claim.seat(63));
        assert!(claim.open());
        assert_eq!(second.win(None), Outcome::Won);
        assert_eq!(first.win(None), Outcome::Lost);
        assert_eq!(claim.resume(), Resumed::Won(63));
    }

    #[test]
    fn who_comes_by_during_a_poll_leaves_word() {
        let claim = Claim::take();
        let seat = claim.seat(3);
        assert_eq!(seat.win(None), Outcome::Busy);
        assert!(!claim.open());
        assert!(claim.open());
        assert_eq!(claim.resume(), Resumed::Polling);
        assert_eq!(seat.win(Some(claim.seat(7))), Outcome::Busy, "its own arm");
        assert!(claim.open(), "a select leaves no word for itself");
    }

    #[test]
    fn a_seat_of_a_finished_select_wins_nothing() {
        let claim = Claim::take();
        let seat = claim.seat(1);
        drop(claim);
        let next = Claim::take();
        assert!(next.open());
        assert_eq!(seat.win(None), Outcome::Lost);
        assert_eq!(next.seat(1).win(None), Outcome::Won);
    }
}
