//! Closures that share the variable of the loop which makes them. What is left is the cure.
//!
//! In Rust each round has a variable of its own, and a task owns what it captures (E0373).

use std::sync::Arc;

use wakeful::spawn;
use wakeful::sync::{Mutex, WaitGroup};

use crate::kernel::Form::Prevented;
use crate::kernel::{Kernel, NOTHING};

pub(crate) const KERNELS: [Kernel; 2] = [
    Kernel::new("cockroach_35501", Prevented, NOTHING, |_| Box::pin(cockroach_35501())),
    Kernel::new("moby_22941", Prevented, NOTHING, |_| Box::pin(moby_22941())),
];

/// A check for each of ten descriptors.
async fn cockroach_35501() {
    spawn(async {
        for number in 0..10 {
            let name = format!("check {number}");
            spawn(async move { assert!(name.ends_with(&number.to_string())) });
        }
    });
}

/// A request for each of two inputs.
async fn moby_22941() {
    let connection = Arc::new(Mutex::new(Vec::new()));
    let group = WaitGroup::new();
    for (request, _response) in [(b"GET /", b"200"), (b"PUT /", b"201")] {
        let connection = Arc::clone(&connection);
        group.spawn(async move { connection.lock().await.extend_from_slice(request) });
    }
    group.wait().await;
    assert_eq!(connection.lock().await.len(), 10);
}
