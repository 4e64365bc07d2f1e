//! Who is connected, and who leaves when others come.
//!
//! Invariants:
//! * at most [`MOST`] connections are served whatever they ask for, and [`SPARE`] more the health alone:
//!   a probe that finds no place would have a healthy service restarted;
//! * where there is no place left, who has said nothing for longest leaves. Who has asked stays.

use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A person and a scraper or two need no more.
pub(super) const MOST: usize = 20;
/// A probe asks once in some seconds.
const SPARE: usize = 4;

/// So long a client that is about to ask may say nothing.
const TO_BEGIN: Duration = Duration::from_millis(250);

/// Its request is not read in full yet.
const ASKING: u8 = 0;
const ASKED: u8 = 1;
/// It was shown out before it had asked.
const SHOWN_OUT: u8 = 2;

/// The connections of one endpoint.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<Vec<Arc<Seat>>>);

/// What is known of one of them.
#[derive(Debug)]
struct Seat {
    stream: TcpStream,
    since: Instant,
    state: AtomicU8,
    is_spare: bool,
}

impl Seat {
    /// Whether it may be shown out for another one of its kind.
    fn has_been_silent(&self) -> bool {
        let to_begin = if self.is_spare { Duration::ZERO } else { TO_BEGIN };
        self.since.elapsed() >= to_begin && self.state.load(Ordering::Relaxed) == ASKING
    }

    /// Who serves it sees that it is over. False if it has asked in the meantime.
    fn show_out(&self) -> bool {
        let is_out = change(&self.state, ASKING, SHOWN_OUT);
        if is_out {
            // If it is gone already, so much the better.
            let _ = self.stream.shutdown(Shutdown::Read);
        }
        is_out
    }
}

fn change(state: &AtomicU8, from: u8, to: u8) -> bool {
    state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// The place of one connection; it is free when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    seat: Arc<Seat>,
}

impl Places {
    /// A place for a connection, or the connection back if there is none.
    pub(super) fn take(self: &Arc<Self>, stream: TcpStream) -> Result<Place, TcpStream> {
        let mut open = self.lock();
        let has_room = |open: &mut Vec<Arc<Seat>>, is_spare, most| {
            let of_its_kind = |seat: &&Arc<Seat>| seat.is_spare == is_spare;
            if open.iter().filter(of_its_kind).count() < most {
                return true;
            }
            // They stand in the order in which they came.
            let silent = |seat: &Arc<Seat>| seat.is_spare == is_spare && seat.has_been_silent();
            let silent = open.iter().position(|seat| silent(seat) && seat.show_out());
            silent.map(|place| open.remove(place)).is_some()
        };
        let is_spare = !has_room(&mut open, false, MOST);
        if is_spare && !has_room(&mut open, true, SPARE) {
            return Err(stream);
        }
        let state = AtomicU8::new(ASKING);
        let seat = Arc::new(Seat { stream, since: Instant::now(), state, is_spare });
        open.push(Arc::clone(&seat));
        drop(open);
        Ok(Place { places: Arc::clone(self), seat })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Seat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    pub(super) fn stream(&self) -> &TcpStream {
        &self.seat.stream
    }

    /// Whether it is there for the health alone.
    pub(super) fn is_spare(&self) -> bool {
        self.seat.is_spare
    }

    /// Its request was read. False if it was shown out before, and is not to be answered.
    pub(super) fn has_asked(&self) -> bool {
        change(&self.seat.state, ASKING, ASKED)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.lock();
        let own = open.iter().position(|seat| Arc::ptr_eq(seat, &self.seat));
        let _own = own.map(|place| open.remove(place));
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    struct House {
        places: Arc<Places>,
        listener: TcpListener,
        clients: Vec<TcpStream>,
    }

    impl House {
        fn new() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            Self { places: Arc::default(), listener, clients: Vec::new() }
        }

        fn come(&mut self) -> Option<Place> {
            let client = TcpStream::connect(self.listener.local_addr().expect("bound"));
            self.clients.push(client.expect("it listens"));
            self.places.take(self.listener.accept().expect("somebody connects").0).ok()
        }
    }

    #[test]
    fn where_all_have_asked_there_is_room_for_the_health_alone() {
        let mut house = House::new();
        let places: Vec<Place> = (0..MOST).map(|_| house.come().expect("a place")).collect();
        assert!(places.iter().all(|place| !place.is_spare() && place.has_asked()));
        thread::sleep(TO_BEGIN);
        let spare: Vec<Place> = (0..SPARE).map(|_| house.come().expect("a place")).collect();
        assert!(spare.iter().all(Place::is_spare));
        // Who says nothing there leaves for the next one.
        let next = house.come().expect("a place");
        assert!(next.is_spare() && !spare[0].has_asked());
        assert!(spare[1..].iter().chain([&next]).all(Place::has_asked));
        assert!(house.come().is_none(), "everybody is being answered");
        drop(places);
        assert!(!house.come().expect("a place").is_spare());
    }

    #[test]
    fn who_has_said_nothing_for_longest_leaves() {
        let mut house = House::new();
        let places: Vec<Place> = (0..MOST).map(|_| house.come().expect("a place")).collect();
        assert!(places[0].has_asked());
        thread::sleep(TO_BEGIN);
        assert!(!house.come().expect("a place").is_spare());
        let stayed: Vec<bool> = places[1..].iter().map(Place::has_asked).collect();
        assert!(!stayed[0] && stayed[1..].iter().all(|&stayed| stayed), "{stayed:?}");
    }
}
