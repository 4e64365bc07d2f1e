//! What tasks do at this moment, counted by where they do it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Frame, Label, Measure, Profile, Sample, Shape, calls, operation, together};
use crate::names::Op;
use crate::snapshot::{Place, Snapshot, Task, TaskState};
use crate::stacks::StackId;
use crate::{noun, report};

/// A count of tasks under a name of Go's.
const fn shape(measure: &'static Measure) -> Shape {
    Shape { measures: std::slice::from_ref(measure), period_of: *measure, period: 1 }
}

const TASKS: Shape = shape(&Measure { name: "goroutine", unit: "count" });
const LEAKED: Shape = shape(&Measure { name: "goroutineleak", unit: "count" });

/// Waits are told by the longest of these that they have lasted, in seconds: in steps, so that
/// tasks which wait for the same stay one sample.
const STEPS: [u64; 6] = [86_400, 3_600, 600, 60, 10, 1];

/// Waits of one task that are shown; a `join!` has as many as it has branches.
const MOST_WAITS: usize = 16;

/// What makes two tasks the same to a profile.
#[derive(PartialEq, Eq, Hash)]
struct Likeness<'a> {
    state: TaskState,
    type_name: Option<&'static str>,
    spawned_at: Option<Place>,
    labels: &'a [(Arc<str>, Arc<str>)],
    name: Option<&'a str>,
    /// In the order of the lines.
    waits: Vec<(Place, Op, bool, StackId)>,
    step: Option<u64>,
    is_root: bool,
}

/// A snapshot as a profile: `goroutine` or, of tasks that leaked, `goroutineleak`.
///
/// A stack is the function of the house that waits, the lines that called it under the name of the
/// task, and the line of the spawn. `with_age`: whether samples tell how long the waits have lasted.
pub(crate) fn of_tasks(snapshot: &Snapshot, leaked: bool, with_age: bool) -> Profile {
    let mut alike: HashMap<Likeness<'_>, (&Task, i64)> = HashMap::new();
    for task in snapshot.tasks.iter().filter(|task| task.state != TaskState::Done) {
        alike.entry(Likeness::of(task, with_age)).or_insert((task, 0)).1 += 1;
    }
    let sample = |(like, (task, count)): (Likeness<'_>, (&Task, i64))| Sample {
        stack: like.stack(),
        labels: like.labels(task),
        values: vec![count],
    };
    let mut samples = together(alike.into_iter().map(sample));
    samples.sort_by(|a, b| {
        let most_first = b.values.cmp(&a.values);
        most_first.then_with(|| (&a.stack, &a.labels).cmp(&(&b.stack, &b.labels)))
    });
    let shape = if leaked { LEAKED } else { TASKS };
    Profile { shape, samples, taken_at: snapshot.taken_at, duration: None }
}

impl<'a> Likeness<'a> {
    fn of(task: &'a Task, with_age: bool) -> Self {
        let waits = task.waits.iter().map(|w| (w.at, w.op, w.in_select, w.stack));
        let mut waits: Vec<_> = waits.collect();
        waits.sort_unstable();
        waits.dedup();
        waits.truncate(MOST_WAITS);
        Self {
            state: task.state,
            type_name: task.type_name,
            spawned_at: task.spawned_at,
            labels: &task.labels,
            name: task.name.as_deref(),
            waits,
            step: task.waits.iter().map(|wait| wait.age).max().filter(|_| with_age).and_then(step),
            is_root: task.root,
        }
    }

    fn stack(&self) -> Vec<Frame> {
        let function = self.type_name.map_or_else(|| "(unknown)".to_owned(), noun::tidy);
        let mut stack = Vec::new();
        if let Some(&(_, op, in_select, _)) = self.waits.first() {
            stack.push(Frame::of_house(operation::waiting(op, in_select)));
        }
        stack.extend(self.lines(&function));
        if let Some(at) = self.spawned_at {
            // Of a task that is not known to wait nothing else is known.
            if self.waits.is_empty() {
                stack.push(Frame::at(function, at));
            }
            stack.push(match self.is_root {
                true => Frame::at("wakeful::block_on", at),
                false => Frame::at(format!("spawned at {at}"), at),
            });
        }
        stack
    }

    /// From the innermost line that waits outwards.
    fn lines(&self, function: &str) -> Vec<Frame> {
        let calls = self
            .waits
            .first()
            .map(|&(at, .., noted)| calls::noted(noted, Some(at)))
            .unwrap_or_default();
        let function = calls.first().map_or(function, |call| &call.function);
        let lines = self.waits.iter().map(|&(at, ..)| Frame::at(function.to_owned(), at));
        match (&self.waits[..], &calls[..]) {
            // Several ways on: they have all of their calls but the first in common.
            ([_, _, ..], [_, outer @ ..]) => lines.chain(outer.iter().cloned()).collect(),
            (_, [_, ..]) => calls,
            (_, []) => lines.collect(),
        }
    }

    fn labels(&self, task: &Task) -> Vec<Label> {
        let own = self.labels.iter().map(|(k, v)| Label::Text(k.to_string(), v.to_string()));
        let of_user = |key: &str| self.labels.iter().any(|(own, _)| &**own == key);
        let mut labels: Vec<Label> = own.collect();
        let state = ("state", Some(report::state(task)));
        let name = ("name", self.name.map(str::to_owned));
        for (key, value) in [state, name] {
            if let Some(value) = value.filter(|_| !of_user(key)) {
                labels.push(Label::Text(key.to_owned(), value));
            }
        }
        labels.extend(self.step.map(|step| Label::Number("wait", step as i64, "seconds")));
        labels.sort();
        labels
    }
}

/// The step that a wait has reached.
fn step(age: Duration) -> Option<u64> {
    STEPS.into_iter().find(|&step| age.as_secs() >= step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{On, Wait};

    fn place(line: u32) -> Place {
        Place { file: "src/main.rs", line }
    }

    fn receiver(id: u64, age: u64) -> Task {
        let wait = Wait {
            op: Op::Recv,
            on: On::Nothing,
            at: place(7),
            age: Duration::from_secs(age),
            in_select: false,
            stack: StackId::NONE,
        };
        Task {
            state: TaskState::Waiting,
            type_name: Some("svc::reader::{{closure}}"),
            spawned_at: Some(place(3)),
            labels: Arc::new([("tenant".into(), "a".into())]),
            name: Some("reader".into()),
            waits: vec![wait],
            ..Task::new(id)
        }
    }

    #[test]
    fn tasks_alike_are_one_sample_from_the_wait_down_to_the_spawn() {
        let mut done = receiver(4, 0);
        done.state = TaskState::Done;
        let tasks = vec![receiver(1, 61), receiver(2, 300), receiver(3, 0), done];
        let snapshot = Snapshot { tasks, ..Snapshot::default() };
        let profile = of_tasks(&snapshot, false, true);
        let [two, one] = &profile.samples[..] else { panic!("{profile:?}") };
        assert_eq!((two.values[0], one.values[0]), (2, 1));
        let text = |key: &str, value: &str| Label::Text(key.into(), value.into());
        let labels = [
            text("name", "reader"),
            text("state", "channel receive"),
            text("tenant", "a"),
            Label::Number("wait", 60, "seconds"),
        ];
        assert_eq!((&two.labels[..], &one.labels[..]), (&labels[..], &labels[..3]));
        let frames: Vec<_> = two.stack.iter().map(|f| (&*f.function, &*f.file, f.line)).collect();
        assert_eq!(
            frames,
            [
                ("wakeful::channels::Receiver::recv", "", 0),
                ("svc::reader", "src/main.rs", 7),
                ("spawned at src/main.rs:3", "src/main.rs", 3),
            ]
        );
        let without_age = of_tasks(&snapshot, true, false);
        assert_eq!(without_age.samples.len(), 1);
        assert_eq!(without_age.shape.period_of.name, "goroutineleak");
    }

    #[test]
    fn a_select_is_one_call_with_the_lines_of_its_arms() {
        let mut task = receiver(1, 0);
        let arm = |line| Wait { at: place(line), in_select: true, ..task.waits[0] };
        task.waits = vec![arm(9), arm(8)];
        let snapshot = Snapshot { tasks: vec![task], ..Snapshot::default() };
        let profile = of_tasks(&snapshot, false, true);
        let stack = &profile.samples[0].stack;
        let lines: Vec<_> = stack.iter().map(|frame| frame.line).collect();
        assert_eq!((&*stack[0].function, &lines[..]), ("wakeful::select!", &[0, 8, 9, 3][..]));
    }
}
