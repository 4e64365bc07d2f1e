//! What the compiler says where an attribute is used wrongly.
//!
//! An attribute tells its error before anything it names is looked for, so a source needs nothing
//! but the attribute to be compiled.

use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::{env, fs};

/// What the compiler says to a source; the attributes are in scope.
fn told(source: &str) -> String {
    static SOURCES: AtomicU32 = AtomicU32::new(0);
    let name = format!("wakeful_{}_{}.rs", process::id(), SOURCES.fetch_add(1, Relaxed));
    let path = env::temp_dir().join(name);
    fs::write(&path, format!("extern crate wakeful_macros as wakeful;\n{source}"))
        .expect("the folder for such files can be written");
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler)
        .args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "-o"])
        .arg(path.with_extension("rmeta"))
        .arg("--extern")
        .arg(format!("wakeful_macros={}", library().display()))
        .arg(&path)
        .output()
        .expect("cargo has a compiler");
    fs::remove_file(&path).expect("it was written");
    assert!(!output.status.success(), "it compiles:\n{source}");
    String::from_utf8(output.stderr).expect("the compiler writes text")
}

/// The library of the attributes that was built last, for the compiler's own machine: beside this
/// test, or where cargo puts such things when it builds for another target.
fn library() -> PathBuf {
    let here = env::current_exe().expect("it is a file");
    let deps = here.parent().expect("it is in a folder");
    let profile = deps.parent().and_then(Path::file_name).expect("a profile has a folder");
    let other = deps.ancestors().nth(3).map(|target| target.join(profile).join("deps"));
    let folders = [Some(deps.to_owned()), other];
    let files = folders.iter().flatten().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let paths = files.flatten().map(|file| file.path()).filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&format!("{}wakeful_macros", env::consts::DLL_PREFIX))
            && name.ends_with(env::consts::DLL_SUFFIX)
    });
    paths
        .max_by_key(|path| path.metadata().and_then(|file| file.modified()).ok())
        .expect("cargo builds the library before its tests")
}

#[test]
fn a_word_that_leak_does_not_know_is_told_with_those_it_knows() {
    let told = told("#[wakeful::test(leak = \"warn\")]\nasync fn leaves_a_task() {}");
    let error = "error: tasks that a test leaves are passed over with \"off\", told with \
                 \"report\", and make it fail with \"panic\"";
    assert!(told.contains(error), "{told}");
    assert!(told.contains("^^^^^^"), "the value is what is pointed at: {told}");
}

#[test]
fn leak_is_no_option_of_a_main() {
    let told = told("#[wakeful::main(leak = \"off\")]\nasync fn main() {}");
    let error = "error: #[wakeful::main] has no option `leak`; it knows `flavor`, \
                 `worker_threads`, `http`, `clock` and `crate`";
    assert!(told.contains(error), "{told}");
}
