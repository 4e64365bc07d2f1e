//! Channels, the group and the notification: who is served, and what becomes of things dropped.

use super::state::{Place, State, Thing, Value};

/// What became of a send.
#[derive(Debug)]
pub(super) enum Sent {
    /// It is on its way, or came back and was dropped: nobody will receive.
    Over,
    NotYet,
}

impl State {
    /// What a receive gets now: a value, or `None` at the end; `Err` if nothing yet.
    pub(super) fn try_recv(&mut self, channel: u8) -> Result<Value, ()> {
        let chan = &mut self.channels[channel as usize];
        if let Some(value) = chan.buffer.pop_front() {
            if chan.buffer.len() < chan.capacity as usize {
                if let Some(next) = self.next_sent(channel) {
                    self.channels[channel as usize].buffer.push_back(next);
                }
            }
            return Ok(value);
        }
        match self.next_sent(channel) {
            Some(value) => Ok(value),
            None if self.channels[channel as usize].is_closed => Ok(None),
            None => Err(()),
        }
    }

    fn next_sent(&mut self, channel: u8) -> Option<Value> {
        while let Some(seat) = self.channels[channel as usize].senders.pop_front() {
            let strand = &mut self.strands[seat.0 as usize];
            if strand.won.is_none() {
                strand.won = Some(seat.1);
                let was = std::mem::replace(self.place(seat), Place::Served(None));
                let Place::Queued(value) = was else { unreachable!("it was in line") };
                return Some(value);
            }
        }
        None
    }

    pub(super) fn try_send(&mut self, channel: u8, value: Value, hands_over: bool) -> Sent {
        if self.channels[channel as usize].is_closed {
            self.discard_all(value, hands_over);
            return Sent::Over;
        }
        if self.channels[channel as usize].buffer.is_empty() {
            while let Some(seat) = self.channels[channel as usize].receivers.pop_front() {
                let strand = &mut self.strands[seat.0 as usize];
                if strand.won.is_none() {
                    strand.won = Some(seat.1);
                    *self.place(seat) = Place::Served(value);
                    return Sent::Over;
                }
            }
        }
        let chan = &mut self.channels[channel as usize];
        if chan.buffer.len() >= chan.capacity as usize {
            return Sent::NotYet;
        }
        chan.buffer.push_back(value);
        Sent::Over
    }

    pub(super) fn close(&mut self, channel: u8) {
        let chan = &mut self.channels[channel as usize];
        chan.is_closed = true;
        let waiting = std::mem::take(&mut chan.receivers);
        for seat in waiting.into_iter().chain(std::mem::take(&mut chan.senders)) {
            let strand = &mut self.strands[seat.0 as usize];
            if strand.won.is_none() {
                strand.won = Some(seat.1);
                let place = self.place(seat);
                let Place::Queued(value) = *place else { unreachable!("it was in line") };
                *place = Place::Served(value);
            }
        }
    }

    pub(super) fn done(&mut self) {
        self.group.count -= 1;
        if self.group.count == 0 {
            while let Some(next) = self.group.line.pop_front() {
                *self.place(next) = Place::Served(None);
            }
        }
    }

    pub(super) fn notify_one(&mut self) {
        match self.notify.line.pop_front() {
            Some(next) => *self.place(next) = Place::Served(None),
            None => self.notify.is_stored = true,
        }
    }

    /// Drops things, and what falls with them.
    pub(super) fn discard_all(
        &mut self,
        things: impl IntoIterator<Item = Thing>,
        hands_over: bool,
    ) {
        let mut falling: Vec<Thing> = things.into_iter().collect();
        while let Some(thing) = falling.pop() {
            match thing {
                Thing::Guard { mutex, .. } => self.unlock(mutex, hands_over),
                Thing::Reads { .. } => self.stop_reading(),
                Thing::Writes { .. } => self.stop_writing(),
                Thing::Permits { count, .. } => self.give_permits(count),
                Thing::Token => self.done(),
                Thing::Tx(c) => {
                    self.channels[c as usize].tx -= 1;
                    if self.channels[c as usize].tx == 0 {
                        self.close(c);
                    }
                }
                Thing::Rx(c) => {
                    self.channels[c as usize].rx -= 1;
                    if self.channels[c as usize].rx == 0 {
                        self.close(c);
                        let unread = std::mem::take(&mut self.channels[c as usize].buffer);
                        falling.extend(unread.into_iter().flatten());
                    }
                }
            }
        }
    }
}
