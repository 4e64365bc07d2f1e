//! One call in words, and whether a reader wants to see it.

use std::borrow::Cow;
use std::path::Path;

use crate::noun;

/// One call of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The function as a person writes it: `my_service::fetch::next_page`. Empty where the program has
    /// no symbol for it.
    pub function: String,
    /// The file, as the debug information has it; `None` where there is none.
    pub file: Option<String>,
    /// The line, counted from 1; 0 where it is not known.
    pub line: u32,
    /// An address inside the call. Calls that were inlined into one share it.
    pub address: usize,
    /// Whether the call was inlined into the next one.
    pub inlined: bool,
    /// Whether it is a call of the house, of the standard library, or of what starts a thread.
    pub hidden: bool,
}

/// Crates whose calls are nobody's but the machinery's, as Go hides those of its runtime.
const MACHINERY: [&str; 9] = [
    "core::",
    "std::",
    "alloc::",
    "wakeful::",
    "wakeful_runtime::",
    "wakeful_sync::",
    "wakeful_channels::",
    "wakeful_diagnostics::",
    "__rust",
];

/// What starts a program or a thread; it has no line.
const STARTS: [&str; 8] = [
    "_start",
    "main",
    "__libc_start_main",
    "__libc_start_call_main",
    "start_thread",
    "clone",
    "clone3",
    "__clone",
];

impl Frame {
    /// A call at `address` of a function with this demangled name.
    pub(super) fn new(address: usize, name: &str, file: Option<String>, line: u32) -> Self {
        let hidden = is_machinery(name, file.as_deref());
        Self { function: tidy(name), file, line, address, inlined: false, hidden }
    }
}

fn is_machinery(name: &str, file: Option<&str>) -> bool {
    // `<alloc::boxed::Box<F> as core::future::Future>::poll` is the library's, and
    // `<mine::Fut as core::future::Future>::poll` is not.
    let mut path = name;
    while let Some(rest) =
        ["<", "&", "*", "mut ", "dyn ", "impl "].iter().find_map(|mark| path.strip_prefix(mark))
    {
        path = rest;
    }
    match file {
        None if STARTS.contains(&name) => true,
        Some(file) if is_of_the_library(file) || is_of_the_house(file) => true,
        _ => MACHINERY.iter().any(|root| path.starts_with(root)),
    }
}

pub(crate) fn is_of_the_library(file: &str) -> bool {
    file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/rust/")
}

/// Where the crates of the house lie: beside this one, or beside each other in a registry.
fn is_of_the_house(file: &str) -> bool {
    const HERE: &str = env!("CARGO_MANIFEST_DIR");
    const CRATES: [&str; 4] = ["runtime", "sync", "channels", "diagnostics"];
    let Some(beside) = HERE.strip_suffix("diagnostics") else {
        // `wakeful-diagnostics-0.1.0`.
        return CRATES.iter().any(|name| file.contains(&format!("/wakeful-{name}-")))
            && file.contains("/registry/src/");
    };
    let within = file.strip_prefix(beside);
    within.is_some_and(|rest| {
        CRATES
            .iter()
            .any(|name| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with("/src/")))
    })
}

/// Whether cargo has fetched it.
pub(super) fn is_of_a_crate(file: &str) -> bool {
    ["/registry/src/", "/git/checkouts/", "/vendor/"].iter().any(|folder| file.contains(folder))
}

/// The function a person wrote: without what the compiler adds for closures and `async` blocks.
fn tidy(name: &str) -> String {
    let mut plain = Cow::Borrowed(name);
    // `::{closure#0}`, `::{async_fn#0}`, `::{async_block#1}` of the newer mangling.
    while let Some(start) = plain.find("::{") {
        let Some(len) = plain[start..].find('}') else { break };
        // `{{closure}}` has two.
        let end = start + len + 1 + usize::from(plain[start..].starts_with("::{{"));
        plain.to_mut().replace_range(start..end.min(name.len()), "");
    }
    noun::tidy(&plain)
}

/// A file as the compiler was given it, where that can be known: relative to the folder that the
/// program was compiled in; of a crate from a registry, from its name on.
pub(crate) fn shorten<'a>(file: &'a str, roots: &[String]) -> &'a str {
    if let Some(rest) = below(file, roots) {
        return rest;
    }
    if let Some((_, rest)) = file.split_once("/registry/src/") {
        return rest.split_once('/').map_or(rest, |(_, rest)| rest);
    }
    file
}

/// A file below one of these folders, as it is called there.
pub(crate) fn below<'a>(file: &'a str, roots: &[String]) -> Option<&'a str> {
    roots.iter().find_map(|root| file.strip_prefix(root.as_str()))
}

/// The folder that `relative` is in, if `file` is the same one in full.
pub(crate) fn root_of<'a>(file: &'a str, relative: &str) -> Option<&'a str> {
    let root = file.strip_suffix(relative).filter(|root| root.ends_with('/'))?;
    (!Path::new(relative).is_absolute()).then_some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_one_in_the_source() {
        for (name, told) in [
            ("svc::fetch::next_page::{{closure}}", "svc::fetch::next_page"),
            ("svc::main::{{closure}}::{{closure}}", "svc::main"),
            ("svc::fetch::run::{async_fn#0}", "svc::fetch::run"),
            ("svc::main::{async_block#0}::{closure#1}", "svc::main"),
            ("<svc::Conn as svc::Serve>::serve::{closure#0}", "<Conn as Serve>::serve"),
            ("plain", "plain"),
        ] {
            assert_eq!(tidy(name), told);
        }
    }

    #[test]
    fn machinery_is_hidden_and_what_the_user_wrote_is_not() {
        let hidden = |name: &str, file: Option<&str>| is_machinery(name, file);
        assert!(hidden("<core::pin::Pin<P> as core::future::future::Future>::poll", None));
        assert!(hidden("wakeful_runtime::task::cell::poll", None));
        assert!(hidden("<&mut wakeful_runtime::Waiting<F> as core::Root>::turn", None));
        assert!(hidden("svc::main", Some("/rustc/59807616e1fa/library/core/src/pin.rs")));
        assert!(hidden("main", None), "the one of C");
        assert!(!hidden("<svc::Fut as core::future::future::Future>::poll", Some("src/a.rs")));
        assert!(!hidden("svc::main::{{closure}}", Some("/home/me/svc/src/main.rs")));
        assert!(!hidden("qsort", None));
        let own = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store.rs");
        assert!(hidden("{closure#0}", Some(own)));
    }

    #[test]
    fn files_are_told_as_the_compiler_was_given_them() {
        let roots = ["/home/me/svc/".to_owned()];
        assert_eq!(shorten("/home/me/svc/src/main.rs", &roots), "src/main.rs");
        let crates = "/home/me/.cargo/registry/src/index.crates.io-1949/hyper-1.12.0/src/lib.rs";
        assert_eq!(shorten(crates, &roots), "hyper-1.12.0/src/lib.rs");
        assert_eq!(shorten("/elsewhere/a.rs", &roots), "/elsewhere/a.rs");
        assert_eq!(root_of("/home/me/svc/src/main.rs", "src/main.rs"), Some("/home/me/svc/"));
        assert_eq!(root_of("/home/me/svc/asrc/main.rs", "src/main.rs"), None);
    }
}
