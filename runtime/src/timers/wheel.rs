//! Deadlines, sorted as far as needed by the digits in which they differ from now.
//!
//! Invariants, with ticks written in base 64:
//! * an entry lies on the level of the highest digit in which its tick differs from `now`, in the
//!   slot of that digit; so every slot in use is ahead of `now`'s digit, and the first slot of the
//!   lowest level in use holds the earliest deadlines;
//! * an entry whose tick is not after `now` lies in the list of what is due;
//! * an entry lies in one list, or in none;
//! * a node is an entry's, or in the list of those that are free.
//!
//! Entries are moved down at most once per level. Nothing is rounded: a tick fires as it was given. A value
//! is written and given up where it lies: to move one in and out was a tenth of what a timer cost.

/// Nine digits hold 54 bits; ticks have 50.
const LEVELS: usize = 9;
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;

/// For so many entries there is room from the beginning: memory that was swept, and that the allocator keeps
/// at hand. In what it finds later, for a wheel that grows, others may have left words that lead somewhere.
const FIRST: usize = 12;

/// So many entries of a slot are looked at one by one.
const FEW: usize = 16;

const NONE: u32 = u32::MAX;
/// In no list.
const NOWHERE: u16 = u16::MAX;
/// In the list of what is due, which comes after all slots.
const DUE: u16 = (LEVELS * SLOTS) as u16;

/// Entries, each with a tick and a value.
#[derive(Debug)]
pub(super) struct Wheel<T> {
    now: u64,
    entries: Vec<Node<T>>,
    /// The first that is free.
    free: u32,
    /// Those of the slots, level by level, and that of what is due.
    lists: Box<[List; LEVELS * SLOTS + 1]>,
    /// Which slots of each level are in use.
    occupied: [u64; LEVELS],
}

#[derive(Debug)]
struct Node<T> {
    tick: u64,
    prev: u32,
    /// In the same list, or among those that are free.
    next: u32,
    place: u16,
    value: T,
}

#[derive(Debug, Clone, Copy)]
struct List {
    head: u32,
    tail: u32,
}

impl List {
    const EMPTY: Self = Self { head: NONE, tail: NONE };
}

impl<T: Default> Wheel<T> {
    /// An empty wheel at tick 0.
    pub(super) fn new() -> Self {
        let lists = Box::new([List::EMPTY; LEVELS * SLOTS + 1]);
        let entries = Vec::with_capacity(FIRST);
        Self { now: 0, entries, free: NONE, lists, occupied: [0; LEVELS] }
    }

    /// Enters a deadline; `fill` writes over what an earlier entry has left, or the default.
    #[inline]
    pub(super) fn insert(&mut self, tick: u64, fill: impl FnOnce(&mut T)) -> u32 {
        let key = match self.free {
            NONE => self.more(),
            free => free,
        };
        let node = &mut self.entries[key as usize];
        // If it panics the node is still free.
        fill(&mut node.value);
        node.tick = tick;
        self.free = node.next;
        self.link(key, tick);
        key
    }

    #[cold]
    #[inline(never)]
    fn more(&mut self) -> u32 {
        self.free = u32::try_from(self.entries.len()).expect("under four billion timers");
        let value = T::default();
        self.entries.push(Node { tick: 0, prev: NONE, next: NONE, place: NOWHERE, value });
        self.free
    }

    /// Gives an entry a new deadline, whether or not it had fired.
    pub(super) fn reset(&mut self, key: u32, tick: u64) {
        self.unlink(key);
        self.entries[key as usize].tick = tick;
        self.link(key, tick);
    }

    /// Takes an entry out; it keeps its value and its key.
    pub(super) fn stop(&mut self, key: u32) {
        self.unlink(key);
    }

    /// Forgets an entry, and returns what `leave` makes of its value.
    #[inline]
    pub(super) fn remove<R>(&mut self, key: u32, leave: impl FnOnce(&mut T) -> R) -> R {
        self.unlink(key);
        let node = &mut self.entries[key as usize];
        node.next = self.free;
        self.free = key;
        leave(&mut node.value)
    }

    /// Whether the entry still waits for its deadline.
    pub(super) fn is_linked(&self, key: u32) -> bool {
        self.entries[key as usize].place != NOWHERE
    }

    /// The deadline of an entry.
    pub(super) fn tick(&self, key: u32) -> u64 {
        self.entries[key as usize].tick
    }

    /// The value of an entry.
    pub(super) fn value(&mut self, key: u32) -> &mut T {
        &mut self.entries[key as usize].value
    }

    /// Every value there is, fired or not.
    pub(super) fn values(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.iter_mut().map(|node| &mut node.value)
    }

    /// Takes the next entry whose tick is not after `to`; `None` once there is none.
    pub(super) fn pop(&mut self, to: u64) -> Option<u32> {
        while self.due() == NONE {
            let Some((place, start)) = self.first().filter(|&(_, start)| start <= to) else {
                self.now = self.now.max(to);
                return None;
            };
            self.now = start;
            self.spill(place);
        }
        let key = self.due();
        self.unlink(key);
        Some(key)
    }

    /// A tick before which nothing is due: that of the earliest entry, or, where many lie in its slot,
    /// the one at which the slot begins. To wake for that only to sort them is to wake for nothing.
    pub(super) fn next(&self) -> Option<u64> {
        if self.due() != NONE {
            return Some(self.now);
        }
        let (place, start) = self.first()?;
        let list = self.lists[place];
        match self.ticks(list).nth(FEW) {
            // Those on the lowest level have the same tick.
            None if place >= SLOTS => self.ticks(list).min(),
            _ => Some(start),
        }
    }

    /// The tick of the earliest entry.
    pub(super) fn earliest(&self) -> Option<u64> {
        if self.due() != NONE {
            return Some(self.now);
        }
        let (place, _) = self.first()?;
        self.ticks(self.lists[place]).min()
    }

    /// The first of what is due.
    fn due(&self) -> u32 {
        self.lists[usize::from(DUE)].head
    }

    /// The ticks of the entries in a list.
    fn ticks(&self, list: List) -> impl Iterator<Item = u64> {
        let node = |key: u32| (key != NONE).then(|| &self.entries[key as usize]);
        std::iter::successors(node(list.head), move |of| node(of.next)).map(|of| of.tick)
    }

    /// The slot that comes first, and the tick at which it begins.
    fn first(&self) -> Option<(usize, u64)> {
        let level = self.occupied.iter().position(|occupied| *occupied != 0)?;
        let slot = self.occupied[level].trailing_zeros();
        let shift = BITS * level as u32;
        let above = self.now >> (shift + BITS) << (shift + BITS);
        Some((level * SLOTS + slot as usize, above | u64::from(slot) << shift))
    }

    /// Sorts the entries of a slot anew.
    fn spill(&mut self, place: usize) {
        let list = std::mem::replace(&mut self.lists[place], List::EMPTY);
        self.occupied[place / SLOTS] &= !(1 << (place % SLOTS));
        if place < SLOTS {
            return self.spill_due(list);
        }
        let mut key = list.head;
        while key != NONE {
            let Node { next, tick, .. } = self.entries[key as usize];
            self.link(key, tick);
            key = next;
        }
    }

    /// A slot of the lowest level holds one tick: the list becomes due as it is.
    fn spill_due(&mut self, list: List) {
        let mut key = list.head;
        while key != NONE {
            let node = &mut self.entries[key as usize];
            node.place = DUE;
            key = node.next;
        }
        self.lists[usize::from(DUE)] = list;
    }

    fn link(&mut self, key: u32, tick: u64) {
        let place = if tick <= self.now {
            DUE
        } else {
            let level = (63 - (tick ^ self.now).leading_zeros()) / BITS;
            let slot = (tick >> (BITS * level)) as usize % SLOTS;
            self.occupied[level as usize] |= 1 << slot;
            (level as usize * SLOTS + slot) as u16
        };
        let list = &mut self.lists[usize::from(place)];
        let tail = std::mem::replace(&mut list.tail, key);
        if tail == NONE {
            list.head = key;
        } else {
            self.entries[tail as usize].next = key;
        }
        let node = &mut self.entries[key as usize];
        (node.prev, node.next, node.place) = (tail, NONE, place);
    }

    #[inline]
    fn unlink(&mut self, key: u32) {
        let node = &mut self.entries[key as usize];
        let place = usize::from(std::mem::replace(&mut node.place, NOWHERE));
        if place == usize::from(NOWHERE) {
            return;
        }
        let (prev, next) = (node.prev, node.next);
        match next {
            NONE => self.lists[place].tail = prev,
            next => self.entries[next as usize].prev = prev,
        }
        match prev {
            NONE => self.lists[place].head = next,
            prev => self.entries[prev as usize].next = next,
        }
        if prev == next && place < usize::from(DUE) {
            // Both are none: it was the only one there.
            self.occupied[place / SLOTS] &= !(1 << (place % SLOTS));
        }
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use std::collections::BTreeMap;
    use std::mem;

    use super::*;

    fn drain(wheel: &mut Wheel<u32>, to: u64) -> Vec<u32> {
        std::iter::from_fn(|| wheel.pop(to).map(|key| wheel.remove(key, mem::take))).collect()
    }

    #[test]
    fn equal_deadlines_fire_in_the_order_they_were_entered() {
        let mut wheel = Wheel::new();
        for value in 0..5 {
            wheel.insert(1 << 20, |place| *place = value);
        }
        assert!(drain(&mut wheel, (1 << 20) - 1).is_empty());
        assert_eq!(drain(&mut wheel, 1 << 20), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_deadline_at_the_end_of_time_is_kept() {
        let mut wheel = Wheel::new();
        let last = super::super::Ticks::LAST.0;
        wheel.insert(last, |place| *place = 1);
        assert!(drain(&mut wheel, last - 1).is_empty());
        assert_eq!(wheel.earliest(), Some(last));
        assert_eq!(drain(&mut wheel, last), [1]);
    }

    #[test]
    fn it_agrees_with_a_sorted_map() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        let mut wheel = Wheel::new();
        let mut model = BTreeMap::new();
        let mut keys = Vec::new();
        let (mut now, mut stamp) = (0, 0);
        for _ in 0..200_000 {
            stamp += 1;
            let reach = 1_u64 << random(30);
            match random(8) {
                0..=3 => {
                    let tick = now + random(reach);
                    let key = wheel.insert(tick, |place| *place = stamp);
                    model.insert(stamp, (key, tick));
                    keys.push(stamp);
                }
                4 if !keys.is_empty() => {
                    let at = random(keys.len() as u64) as usize;
                    if let Some((key, _)) = model.remove(&keys.swap_remove(at)) {
                        wheel.remove(key, |_| ());
                    }
                }
                5 if !keys.is_empty() => {
                    let at = random(keys.len() as u64) as usize;
                    if let Some((key, tick)) = model.get_mut(&keys[at]) {
                        *tick = now + random(reach);
                        wheel.reset(*key, *tick);
                    }
                }
                _ => {
                    now += random(reach);
                    if let Some(earliest) = wheel.earliest() {
                        let least = model.values().map(|&(_, tick)| tick).min();
                        assert!(least.is_some_and(|least| earliest == least || least <= now));
                    }
                    let mut fired = drain(&mut wheel, now);
                    let mut expected: Vec<_> = model
                        .iter()
                        .filter(|(_, (_, tick))| *tick <= now)
                        .map(|(stamp, _)| *stamp)
                        .collect();
                    model.retain(|_, (_, tick)| *tick > now);
                    fired.sort_unstable();
                    expected.sort_unstable();
                    assert_eq!(fired, expected);
                }
            }
        }
    }
}
