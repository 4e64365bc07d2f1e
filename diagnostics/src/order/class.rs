//! Classes: locks that are one to the order, because they have a name or a line and type in common.
//!
//! A lock with a name is of the class of that name. Any other is of the class of the line that made
//! it, with the type of what is in it. Where that line lies in Rust's own library (`or_default`,
//! `map(Mutex::new)`) it says nothing, and the lock stands for itself alone.

use std::collections::{HashMap, HashSet};

use super::witness::Node;
use crate::names::{Kind, ResourceId};
use crate::noun;
use crate::registry::Traits;
use crate::snapshot::{Place, Rank};

/// The class of those that stand for themselves.
pub(crate) const NONE: u32 = 0;

/// What the compiler calls the files of its library.
const LIBRARY: &str = "/rustc/";

/// Searches cut short before the locks of a class are no longer compared with each other.
const PATIENCE: u32 = 100;

/// What is known of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The same in every process.
    pub(crate) key: String,
    pub(crate) name: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) type_name: String,
    pub(crate) created_at: Place,
    pub(crate) column: u32,
    /// Somebody has asked to write, or it is a mutex.
    is_written: bool,
    /// A ring was passed over because nobody had written.
    is_spared: bool,
    /// Which lock of the class it is makes a difference.
    pub(crate) is_told_apart: bool,
    cut_short: u32,
}

#[derive(Debug)]
pub(crate) struct Classes {
    facts: Vec<Facts>,
    by_key: HashMap<String, u32>,
    /// Locks without a class that somebody asked to write.
    written: HashSet<u64>,
}

impl Facts {
    pub(crate) fn new(
        kind: Kind,
        name: Option<&str>,
        type_name: &str,
        (created_at, column): (Place, u32),
        subclass: u8,
    ) -> Self {
        let apart = if subclass == 0 { String::new() } else { format!("#{subclass}") };
        let name = name.map(|name| format!("{name}{apart}"));
        let key = match &name {
            Some(name) => name.clone(),
            None => format!("{kind} {type_name} {created_at}:{column}{apart}"),
        };
        Self {
            key,
            name,
            kind,
            type_name: type_name.to_owned(),
            created_at,
            column,
            is_written: kind == Kind::Mutex,
            is_spared: false,
            is_told_apart: false,
            cut_short: 0,
        }
    }

    /// How reports call a lock of this class.
    pub(crate) fn noun(&self) -> String {
        match &self.name {
            Some(name) => format!("`{name}`"),
            None => format!("the {} of {}", self.kind, self.created_at),
        }
    }

    /// What a lock of this class is, in full.
    pub(crate) fn full(&self) -> String {
        let inside = noun::tidy(&self.type_name);
        let inside = if inside.is_empty() { inside } else { format!(" of `{inside}`") };
        let Self { kind, created_at, .. } = self;
        match &self.name {
            Some(name) => format!("`{name}` is a {kind}{inside} created at {created_at}"),
            None => format!("the {kind}{inside} was created at {created_at}"),
        }
    }
}

impl Classes {
    pub(crate) fn new() -> Self {
        let nowhere = Place { file: "", line: 0 };
        let none = Facts::new(Kind::Mutex, None, "", (nowhere, 0), 0);
        Self { facts: vec![none], by_key: HashMap::new(), written: HashSet::new() }
    }

    /// The class of a lock.
    pub(crate) fn of(&mut self, lock: &Traits, is_written: bool) -> u32 {
        let class = match lock.name.as_deref() {
            None if lock.created_at.file().starts_with(LIBRARY) => NONE,
            name => {
                let place = (lock.created_at.into(), lock.created_at.0.column());
                self.with(Facts::new(lock.kind, name, lock.type_name, place, lock.subclass))
            }
        };
        if is_written || lock.kind == Kind::Mutex {
            self.write(Node { class, lock: lock.id.0 });
        }
        class
    }

    /// The class with these facts.
    pub(crate) fn with(&mut self, facts: Facts) -> u32 {
        if let Some(&class) = self.by_key.get(&facts.key) {
            // A name may be given to locks of both kinds.
            self.facts[class as usize].is_written |= facts.is_written;
            return class;
        }
        let class = self.facts.len() as u32;
        self.by_key.insert(facts.key.clone(), class);
        self.facts.push(facts);
        class
    }

    pub(crate) fn facts(&self, class: u32) -> &Facts {
        &self.facts[class as usize]
    }

    /// How reports call a lock of this class: with the column, if its line made others.
    pub(crate) fn noun(&self, class: u32) -> String {
        let noun = self.facts(class).noun();
        self.exactly(class).map_or(noun.clone(), |column| format!("{noun}:{column}"))
    }

    /// What a lock of this class is, in full.
    pub(crate) fn full(&self, class: u32) -> String {
        let full = self.facts(class).full();
        self.exactly(class).map_or(full.clone(), |column| format!("{full}:{column}"))
    }

    /// The column of the line, if there are others of the same.
    fn exactly(&self, class: u32) -> Option<u32> {
        let facts = self.facts(class);
        let is_other = |other: &Facts| other.key != facts.key && other.noun() == facts.noun();
        self.facts.iter().any(is_other).then_some(facts.column)
    }

    /// Where a lock stands in the order that reports propose.
    pub(crate) fn rank(&self, node: Node) -> Rank<'_> {
        let Facts { created_at, column, name, .. } = self.facts(node.class);
        let created_at = (node.class != NONE).then_some(*created_at);
        (created_at, *column, name.as_deref(), ResourceId(node.lock))
    }

    pub(crate) fn is_written(&self, node: Node) -> bool {
        match node.class {
            NONE => self.written.contains(&node.lock),
            class => self.facts(class).is_written,
        }
    }

    /// Notes that somebody asked to write; says whether that changes what was judged before.
    pub(crate) fn write(&mut self, node: Node) -> bool {
        if node.class == NONE {
            return self.written.insert(node.lock);
        }
        let facts = &mut self.facts[node.class as usize];
        let is_first = !std::mem::replace(&mut facts.is_written, true);
        is_first && facts.is_spared
    }

    /// Notes that a ring was passed over because nobody had written this.
    pub(crate) fn spare(&mut self, node: Node) {
        if node.class != NONE {
            self.facts[node.class as usize].is_spared = true;
        }
    }

    /// From now on it makes a difference which lock of the class it is; says whether it did not.
    pub(crate) fn tell_apart(&mut self, class: u32) -> bool {
        class != NONE && !std::mem::replace(&mut self.facts[class as usize].is_told_apart, true)
    }

    /// Notes that there was no time to compare locks of this class.
    pub(crate) fn cut_short(&mut self, class: u32) {
        self.facts[class as usize].cut_short += 1;
    }

    /// Whether locks of this class are so many, and so entangled, that they are not compared.
    pub(crate) fn is_hopeless(&self, class: u32) -> bool {
        self.facts(class).cut_short >= PATIENCE
    }

    pub(crate) fn forget(&mut self, lock: u64) {
        self.written.remove(&lock);
    }
}
