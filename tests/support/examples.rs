//! The example programs, started as a user would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

/// A command that starts an example, which is built first if it is not up to date.
pub(crate) fn example(name: &str) -> Command {
    // target/PROFILE/deps/this-test
    let test = std::env::current_exe().expect("a test knows where it is");
    let profile = test.ancestors().nth(2).expect("a test lies two folders deep");
    let program = profile.join("examples").join(name);
    build(name, &program, profile);
    let mut command = Command::new(program);
    command.env_remove("WAKEFUL").env("RUST_BACKTRACE", "0").current_dir(root());
    command
}

/// Where the package is.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// `cargo test` has built the examples beside the tests; `cargo test --test NAME` has not.
fn build(name: &str, program: &Path, profile: &Path) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock();
    let source = root().join("examples").join(name).with_extension("rs");
    let needed = changed(&source).max(library(&profile.join("deps")));
    if changed(program) >= needed {
        return;
    }
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--example", name]).current_dir(root());
    if profile.ends_with("release") {
        build.arg("--release");
    }
    let output = build.output().expect("cargo, which runs this test, can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} cannot be built:\n{told}");
}

/// When the library was last built.
fn library(deps: &Path) -> Option<SystemTime> {
    let files = fs::read_dir(deps).expect("the test lies in it").filter_map(Result::ok);
    let is_ours = |file: &fs::DirEntry| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libwakeful-") && name.ends_with(".rlib")
    };
    files.filter(is_ours).filter_map(|file| changed(&file.path())).max()
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}
