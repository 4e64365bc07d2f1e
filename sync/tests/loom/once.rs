//! One initializes, the others wait for it.

use std::pin::pin;
use std::sync::Arc;

use wakeful_sync::OnceCell;
use wakeful_sync::shim::{block_on, model, thread};

use crate::parks;

#[test]
fn the_right_to_initialize_survives_one_who_quits() {
    model(|| {
        let cell = Arc::new(OnceCell::new());
        assert!(cell.get().is_none());
        let quitter = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || {
                let _ = parks(pin!(cell.get_or_init(std::future::pending)));
            })
        };
        let other = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || *block_on(cell.get_or_init(|| async { 1 })))
        };
        let seen = *block_on(cell.get_or_init(|| async { 2 }));
        assert_eq!(other.join().unwrap(), seen);
        quitter.join().unwrap();
        assert_eq!(cell.get(), Some(&seen));
    });
}
