//! Who comes before whom in a line: places that can be served, linked by index.

use std::mem;

use super::{LOOSE, Line, NONE, Place};

impl<S> Place<S> {
    /// It is linked no more; returns the one behind it. Of the first, [`pass_head`](Line::pass_head) is the
    /// rest of it.
    #[inline]
    pub(super) fn pass(&mut self) -> u32 {
        self.prev = LOOSE;
        self.next
    }
}

impl<S> Line<S> {
    /// The first is linked no more, and this one was behind it.
    #[inline]
    pub(super) fn pass_head(&mut self, next: u32) {
        self.head = next;
        match next {
            NONE => self.tail = NONE,
            next => self.places[next as usize].prev = NONE,
        }
        self.asleep -= 1;
    }

    #[inline(always)]
    pub(super) fn link(&mut self, index: u32) {
        let place = &mut self.places[index as usize];
        place.prev = self.tail;
        place.next = NONE;
        match self.tail {
            NONE => self.head = index,
            tail => self.places[tail as usize].next = index,
        }
        self.tail = index;
        self.asleep += 1;
    }

    /// Links a place where it once was: behind the older ones.
    pub(super) fn link_again(&mut self, index: u32) {
        let ticket = self.places[index as usize].ticket;
        let mut next = self.head;
        while next != NONE && self.places[next as usize].ticket < ticket {
            next = self.places[next as usize].next;
        }
        if next == NONE {
            return self.link(index);
        }
        let prev = mem::replace(&mut self.places[next as usize].prev, index);
        let place = &mut self.places[index as usize];
        (place.prev, place.next) = (prev, next);
        match prev {
            NONE => self.head = index,
            prev => self.places[prev as usize].next = index,
        }
        self.asleep += 1;
    }

    pub(super) fn unlink(&mut self, index: u32) {
        let place = &mut self.places[index as usize];
        let (prev, next) = (mem::replace(&mut place.prev, LOOSE), place.next);
        match prev {
            NONE => self.head = next,
            prev => self.places[prev as usize].next = next,
        }
        match next {
            NONE => self.tail = prev,
            next => self.places[next as usize].prev = prev,
        }
        self.asleep -= 1;
    }
}
