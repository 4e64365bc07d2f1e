//! Mutexes, the reader-writer lock and the semaphore: who goes in, and who is let in next.

use super::state::{Place, Seat, State};

impl State {
    pub(super) fn place(&mut self, (strand, arm): Seat) -> &mut Place {
        match &mut self.strands[strand as usize].phase {
            super::state::Phase::Parked(places) => &mut places[arm as usize],
            _ => unreachable!("who is in line is parked"),
        }
    }

    pub(super) fn unlock(&mut self, mutex: u8, hands_over: bool) {
        self.mutexes[mutex as usize].is_taken = false;
        self.pass_on(mutex, hands_over);
    }

    /// Gives a free mutex to its line.
    pub(super) fn pass_on(&mut self, mutex: u8, hands_over: bool) {
        let lock = &mut self.mutexes[mutex as usize];
        if lock.is_taken || lock.woken {
            return;
        }
        let Some(next) = lock.line.pop_front() else { return };
        if hands_over {
            lock.is_taken = true;
            *self.place(next) = Place::Served(None);
        } else {
            lock.woken = true;
            *self.place(next) = Place::Woken;
        }
    }

    /// Ends a turn for a mutex that was not collected.
    pub(super) fn leave_mutex(&mut self, mutex: u8, seat: Seat, was: Place, hands_over: bool) {
        let lock = &mut self.mutexes[mutex as usize];
        match was {
            Place::Served(_) => lock.is_taken = false,
            Place::Woken => lock.woken = false,
            _ => lock.line.retain(|&other| other != seat),
        }
        self.pass_on(mutex, hands_over);
    }

    pub(super) fn can_read(&self) -> bool {
        let lock = &self.rwlock;
        !lock.writer && lock.to_read.is_empty() && lock.to_write.is_empty()
    }

    pub(super) fn can_write(&self) -> bool {
        self.can_read() && self.rwlock.readers == 0
    }

    pub(super) fn stop_reading(&mut self) {
        self.rwlock.readers -= 1;
        if self.rwlock.readers == 0 {
            self.let_in();
        }
    }

    pub(super) fn stop_writing(&mut self) {
        self.rwlock.writer = false;
        let lock = &mut self.rwlock;
        lock.readers_next |= !lock.to_read.is_empty() || !lock.to_write.is_empty();
        self.let_in();
    }

    /// Ends a turn for the reader-writer lock that was not collected.
    pub(super) fn leave_rwlock(&mut self, writes: bool, seat: Seat, was: Place) {
        let lock = &mut self.rwlock;
        match (was, writes) {
            (Place::Served(_), true) => lock.writer = false,
            (Place::Served(_), false) => lock.readers -= 1,
            _ => {
                lock.to_read.retain(|&other| other != seat);
                lock.to_write.retain(|&other| other != seat);
            }
        }
        self.let_in();
    }

    /// Go's order: after a writer the readers, after the last reader a writer.
    fn let_in(&mut self) {
        let lock = &mut self.rwlock;
        if lock.writer || (lock.to_read.is_empty() && lock.to_write.is_empty()) {
            return;
        }
        let is_free = lock.readers == 0;
        if lock.to_write.is_empty() || (is_free && lock.readers_next && !lock.to_read.is_empty()) {
            lock.readers_next = false;
            while let Some(next) = self.rwlock.to_read.pop_front() {
                self.rwlock.readers += 1;
                *self.place(next) = Place::Served(None);
            }
        } else if is_free {
            lock.readers_next = false;
            if let Some(next) = lock.to_write.pop_front() {
                lock.writer = true;
                *self.place(next) = Place::Served(None);
            }
        }
    }

    pub(super) fn can_acquire(&self, count: u8) -> bool {
        self.semaphore.line.is_empty() && self.semaphore.free >= count
    }

    pub(super) fn give_permits(&mut self, count: u8) {
        self.semaphore.free += count;
        self.serve_permits();
    }

    fn serve_permits(&mut self) {
        while let Some(&(next, count)) = self.semaphore.line.front() {
            if self.semaphore.free < count {
                return;
            }
            self.semaphore.line.pop_front();
            self.semaphore.free -= count;
            *self.place(next) = Place::Served(None);
        }
    }

    /// Ends a turn for permits that was not collected.
    pub(super) fn leave_semaphore(&mut self, count: u8, seat: Seat, was: Place) {
        if let Place::Served(_) = was {
            self.semaphore.free += count;
        }
        self.semaphore.line.retain(|&(other, _)| other != seat);
        self.serve_permits();
    }

    pub(super) fn close_semaphore(&mut self) {
        self.semaphore.is_closed = true;
        while let Some((next, _)) = self.semaphore.line.pop_front() {
            *self.place(next) = Place::Refused;
        }
    }
}
