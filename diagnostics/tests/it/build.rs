//! Writes snapshots by hand, and compares texts with golden files.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wakeful_diagnostics::names::{Kind, Op, ResourceId, TaskId};
use wakeful_diagnostics::snapshot::{
    Hold, On, Place, Resource, Snapshot, StackId, Task, TaskState, Wait,
};

pub(crate) fn at(file: &'static str, line: u32) -> Place {
    Place { file, line }
}

pub(crate) fn house(tasks: Vec<Task>, resources: Vec<Resource>) -> Snapshot {
    let taken_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    Snapshot { taken_at, tasks, resources }
}

/// A task asleep, named, spawned by task 1 at a line of `src/main.rs`.
pub(crate) fn asleep(id: u64, name: &str, type_name: &'static str, spawned_at: u32) -> Task {
    Task {
        name: Some(name.into()),
        state: TaskState::Waiting,
        type_name: Some(type_name),
        spawned_at: Some(at("src/main.rs", spawned_at)),
        parent: (id != 1).then_some(TaskId(1)),
        root: id == 1,
        polls: 1,
        ..Task::new(id)
    }
}

pub(crate) trait More {
    fn waits(self, op: Op, on: On, at: Place) -> Self;
    fn holds(self, what: u64, at: Place) -> Self;
    fn reads(self, what: u64, at: Place) -> Self;
    fn takes_owned(self, what: u64, at: Place) -> Self;
    fn labelled(self, labels: &[(&str, &str)]) -> Self;
    fn since(self, millis: u64) -> Self;
}

impl More for Task {
    fn waits(mut self, op: Op, on: On, at: Place) -> Self {
        self.waits.push(Wait { op, on, at, age: self.age, in_select: false, stack: StackId::NONE });
        self
    }

    fn holds(mut self, what: u64, at: Place) -> Self {
        let what = Some(ResourceId(what));
        self.holds.push(Hold {
            what,
            shared: false,
            owned: false,
            found: false,
            at,
            age: self.age,
        });
        self
    }

    fn reads(mut self, what: u64, at: Place) -> Self {
        let what = Some(ResourceId(what));
        self.holds.push(Hold { what, shared: true, owned: false, found: false, at, age: self.age });
        self
    }

    fn takes_owned(mut self, what: u64, at: Place) -> Self {
        let what = Some(ResourceId(what));
        self.holds.push(Hold { what, shared: false, owned: true, found: false, at, age: self.age });
        self
    }

    fn labelled(mut self, labels: &[(&str, &str)]) -> Self {
        let arc = |text: &str| -> Arc<str> { text.into() };
        self.labels = labels.iter().map(|(k, v)| (arc(k), arc(v))).collect();
        self
    }

    fn since(mut self, millis: u64) -> Self {
        self.age = Duration::from_millis(millis);
        self
    }
}

pub(crate) fn on(resource: u64) -> On {
    On::Resource(ResourceId(resource))
}

pub(crate) fn named(id: u64, kind: Kind, name: &str, line: u32) -> Resource {
    Resource {
        name: Some(name.into()),
        created_at: Some(at("src/main.rs", line)),
        ..Resource::new(id, kind)
    }
}

pub(crate) fn channel(id: u64, name: &str, line: u32, capacity: u64, ends: (u32, u32)) -> Resource {
    let (givers, takers) = ends;
    Resource { capacity, givers, takers, ..named(id, Kind::Channel, name, line) }
}

/// Compares with `tests/golden/<name>.txt`; with `WAKEFUL_BLESS=1` in the environment, writes it.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.txt"));
    if std::env::var_os("WAKEFUL_BLESS").is_some() {
        std::fs::write(&path, text).expect("the golden folder can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} differs.\n--- expected\n{expected}\n--- found\n{text}");
}
