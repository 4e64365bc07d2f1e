//! The orders of a process, written to a file, so that those of several processes can be merged.
//!
//! One file for each process, one line for each lock and order, appended as they become known: a
//! process that is killed has written what it knew. Fields are separated by tabs; a lock is named by
//! its class, which is the same in every process. Locks without a class are left out.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::check;
use super::class::{Classes, Facts, NONE};
use super::graph::{Graph, Step, Taken};
use super::told;
use super::witness::{Mode, Node, Point, Who, Witness};
use crate::finding::{Class, Finding};
use crate::names::{Kind, TaskId};
use crate::snapshot::Place;

/// What a file of orders is called at its end.
const ENDING: &str = "orders";

struct Out {
    folder: Option<PathBuf>,
    file: Option<File>,
    /// Classes that are in the file.
    known: Option<HashSet<u32>>,
}

static OUT: Mutex<Out> = Mutex::new(Out { folder: None, file: None, known: None });

fn out() -> MutexGuard<'static, Out> {
    OUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the orders of locks to a file of this process's own in `folder`: those that are known,
/// and from now on those that become known. A call with another folder moves on to that.
///
/// The files of several processes are read by [`merge`].
///
/// # Errors
///
/// The file cannot be made or written.
pub fn write_to(folder: impl AsRef<Path>) -> io::Result<()> {
    let folder = folder.as_ref();
    if out().folder.as_deref() == Some(folder) {
        return Ok(());
    }
    let program = std::env::current_exe().ok();
    let program = program.as_deref().and_then(Path::file_stem).unwrap_or_default();
    let name = format!("{}-{}.{ENDING}", program.to_string_lossy(), std::process::id());
    fs::create_dir_all(folder)?;
    let file = OpenOptions::new().create(true).append(true).open(folder.join(name))?;
    let graph = check::graph();
    *out() = Out { folder: Some(folder.to_owned()), file: Some(file), known: None };
    append(&graph.classes, &mut graph.by_class.all())
}

/// Adds orders to the file, if there is one. A file that cannot be written is given up.
pub(super) fn write(classes: &Classes, news: &[Arc<Witness>]) {
    if !news.is_empty() && append(classes, &mut news.iter()).is_err() {
        out().file = None;
    }
}

fn append(classes: &Classes, witnesses: &mut dyn Iterator<Item = &Arc<Witness>>) -> io::Result<()> {
    let mut out = out();
    let Out { file: Some(file), known, .. } = &mut *out else { return Ok(()) };
    let known = known.get_or_insert_default();
    let mut text = String::new();
    for witness in witnesses {
        let nodes = witness.held.iter().map(|&(node, _)| node).chain([witness.to.node]);
        let nodes: Vec<Node> = nodes.collect();
        if nodes.iter().any(|node| node.class == NONE) {
            continue;
        }
        for node in nodes {
            if known.insert(node.class) {
                text += &lock_line(classes.facts(node.class));
            }
        }
        text += &order_line(classes, witness);
    }
    file.write_all(text.as_bytes())
}

fn line(word: &str, fields: impl IntoIterator<Item = String>) -> String {
    let mut line = word.to_owned();
    for field in fields {
        line.push('\t');
        // What would end a field or a line is no part of a name, a type or a path worth keeping.
        line.extend(field.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    line.push('\n');
    line
}

fn lock_line(facts: &Facts) -> String {
    let Facts { key, name, kind, type_name, created_at, column, .. } = facts;
    let name = name.clone().unwrap_or_default();
    let kind = (*kind as u8).to_string();
    line("lock", [key.clone(), name, kind, type_name.clone(), format!("{created_at}:{column}")])
}

fn order_line(classes: &Classes, witness: &Witness) -> String {
    let class = |node: Node| classes.facts(node.class).key.clone();
    let point = |point: Point| [class(point.node), mode(point.mode), point.at.to_string()];
    let who = &witness.who;
    let spawned = who.spawned_at.map(|at| at.to_string()).unwrap_or_default();
    let name = who.name.as_deref().unwrap_or_default().to_owned();
    let flags = [witness.is_alone, witness.is_sorted].map(|flag| u8::from(flag).to_string());
    let besides = witness.held.iter().filter(|(node, _)| node.lock != witness.from.node.lock);
    let besides = besides.flat_map(|&(node, how)| [class(node), mode(how)]);
    let fields = point(witness.from).into_iter().chain(point(witness.to));
    let fields = fields.chain([who.id.0.to_string(), name, spawned]).chain(flags);
    line("order", fields.chain(besides))
}

fn mode(mode: Mode) -> String {
    if mode == Mode::Read { "read" } else { "write" }.to_owned()
}

/// Reads the files that several processes have written to `folder`, and tells which locks they take
/// in both orders, each process in another one perhaps.
///
/// What is found is not entered among the [findings](crate::findings) of this process.
///
/// # Errors
///
/// A file cannot be read, or is not one that [`write_to`] wrote.
pub fn merge(folder: impl AsRef<Path>) -> io::Result<Vec<Finding>> {
    let mut merged = Merged::new();
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == ENDING));
    files.sort();
    for (process, file) in (1..).zip(files) {
        merged.process = process;
        for (number, line) in (1..).zip(fs::read_to_string(&file)?.lines()) {
            merged.read(line).ok_or_else(|| {
                let text = format!("{}:{number}: not a line of orders", file.display());
                io::Error::new(io::ErrorKind::InvalidData, text)
            })?;
        }
    }
    Ok(merged.findings)
}

struct Merged {
    graph: Graph,
    classes: HashMap<String, u32>,
    process: u32,
    findings: Vec<Finding>,
}

impl Merged {
    fn new() -> Self {
        Self { graph: Graph::new(), classes: HashMap::new(), process: 0, findings: Vec::new() }
    }

    fn read(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split('\t');
        match fields.next()? {
            "lock" => {
                let [key, name, kind, type_name, at] = take(&mut fields)?;
                let name = (!name.is_empty()).then_some(name);
                let kind = Kind::from_number(kind.parse().ok()?)?;
                let mut facts = Facts::new(kind, name, type_name, exact(at)?, 0);
                key.clone_into(&mut facts.key);
                let class = self.graph.classes.with(facts);
                self.classes.insert(key.to_owned(), class);
            }
            "order" => {
                let step = self.step(fields)?;
                let rings = self.graph.step(&step).rings;
                for ring in rings {
                    let mut finding = told::ring(&self.graph.classes, &ring, step.seen);
                    // Locks of two processes never meet: it is the code that does.
                    finding.class = finding.class.min(Class::Likely);
                    if !self.findings.iter().any(|known| known.id == finding.id) {
                        self.findings.push(finding);
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn step(&mut self, mut fields: std::str::Split<'_, char>) -> Option<Step> {
        let fields = &mut fields;
        let from = self.point(take(fields)?)?;
        let wanted = self.point(take(fields)?)?;
        let [id, name, spawned_at, is_alone, is_sorted] = take(fields)?;
        let taken = |point: Point, is_mute| Taken {
            point,
            gate: point.mode,
            is_sorted: is_sorted == "1",
            is_mute,
            // Nothing that is merged is a proof.
            is_carried: false,
        };
        let mut held = vec![taken(from, false)];
        while let Some(class) = fields.next() {
            // Only there to exclude: the orders that begin with it have lines of their own.
            held.push(taken(self.point([class, fields.next()?, ""])?, true));
        }
        let who = Who {
            process: self.process,
            id: TaskId(id.parse().ok()?),
            name: (!name.is_empty()).then(|| name.into()),
            spawned_at: place(spawned_at).filter(|at| at.line > 0),
        };
        let is_alone = is_alone == "1";
        Some(Step { held, wanted, who: Arc::new(who), seen: SystemTime::now(), is_alone })
    }

    /// Every class is one lock: which lock it was is lost between processes.
    fn point(&mut self, [class, how, at]: [&str; 3]) -> Option<Point> {
        let class = *self.classes.get(class)?;
        let mode = if how == "read" { Mode::Read } else { Mode::Write };
        if mode == Mode::Write {
            self.graph.write(Node { class, lock: class.into() });
        }
        Some(Point { node: Node { class, lock: class.into() }, mode, at: place(at)? })
    }
}

fn take<'a, const N: usize>(fields: &mut impl Iterator<Item = &'a str>) -> Option<[&'a str; N]> {
    let taken: Vec<&str> = fields.take(N).collect();
    taken.try_into().ok()
}

/// A place and its column, which a file of an earlier release does not tell.
fn exact(text: &str) -> Option<(Place, u32)> {
    let exact = |(at, column): (&str, &str)| Some((place(at)?, column.parse().ok()?));
    text.rsplit_once(':').and_then(exact).or_else(|| Some((place(text)?, 0)))
}

/// A place that was written out. The file's name stays for good: a merge is read by people, once.
fn place(text: &str) -> Option<Place> {
    let Some((file, line)) = text.rsplit_once(':') else {
        return text.is_empty().then_some(Place { file: "", line: 0 });
    };
    Some(Place { file: String::leak(file.to_owned()), line: line.parse().ok()? })
}
