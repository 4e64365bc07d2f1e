//! Finding one's way in a snapshot: who is who, and who holds what.

use super::data::{Hold, Resource, Snapshot, Task};
use crate::names::{ResourceId, TaskId};

/// A snapshot with its tasks and resources sorted by number, and the holders of each resource.
#[derive(Debug)]
pub struct Index<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    tasks: Vec<(TaskId, usize)>,
    resources: Vec<(ResourceId, usize)>,
    /// Per resource, in the order of the snapshot: its holders' places.
    holders: Vec<Vec<usize>>,
}

impl<'a> Index<'a> {
    /// Sorts.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let mut tasks: Vec<_> = snapshot.tasks.iter().map(|task| task.id).zip(0..).collect();
        let mut resources: Vec<_> = snapshot.resources.iter().map(|r| r.id).zip(0..).collect();
        tasks.sort_unstable();
        resources.sort_unstable();
        let holders = vec![Vec::new(); resources.len()];
        let mut index = Self { snapshot, tasks, resources, holders };
        for (place, task) in snapshot.tasks.iter().enumerate() {
            for what in task.holds.iter().filter_map(|hold| hold.what) {
                if let Some(resource) = index.resource_place(what) {
                    index.holders[resource].push(place);
                }
            }
        }
        index
    }

    /// The place of a task in the snapshot.
    #[must_use]
    pub fn task_place(&self, id: TaskId) -> Option<usize> {
        let found = self.tasks.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.tasks[found].1)
    }

    /// The place of a resource in the snapshot.
    #[must_use]
    pub fn resource_place(&self, id: ResourceId) -> Option<usize> {
        let found = self.resources.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.resources[found].1)
    }

    /// A task by its number.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<&'a Task> {
        self.snapshot.tasks.get(self.task_place(id)?)
    }

    /// A resource by its number.
    #[must_use]
    pub fn resource(&self, id: ResourceId) -> Option<&'a Resource> {
        self.snapshot.resources.get(self.resource_place(id)?)
    }

    /// The places of the tasks that hold the resource at `place`.
    #[must_use]
    pub fn holders(&self, place: usize) -> &[usize] {
        &self.holders[place]
    }

    /// Who holds a resource, and since where.
    pub fn held(&self, id: ResourceId) -> impl Iterator<Item = (&'a Task, &'a Hold)> + '_ {
        let places = self.resource_place(id).map_or(&[][..], |place| self.holders(place));
        let mut seen = None;
        places.iter().filter(move |&&place| seen.replace(place) != Some(place)).flat_map(
            move |&place| {
                let task = &self.snapshot.tasks[place];
                task.holds.iter().filter(move |h| h.what == Some(id)).map(move |h| (task, h))
            },
        )
    }

    /// The tasks in the order of their numbers.
    pub fn in_order(&self) -> impl Iterator<Item = &'a Task> + '_ {
        self.tasks.iter().map(|&(_, place)| &self.snapshot.tasks[place])
    }
}
