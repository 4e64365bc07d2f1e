//! The example programs, built once and started as a user would.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// A command that starts an example.
pub(crate) fn example(name: &str) -> Command {
    let mut command = Command::new(directory().join(name));
    command.env_remove("WAKEFUL").env("RUST_BACKTRACE", "0").current_dir(root());
    command
}

/// Where the package is.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where the examples are, which this builds if they are not up to date.
fn directory() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // target/PROFILE/deps/this-test
        let test = std::env::current_exe().expect("a test knows where it is");
        let profile = test.ancestors().nth(2).expect("a test lies two folders deep");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--examples"]).current_dir(root());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        let output = build.output().expect("cargo, which runs this test, can be started");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the examples cannot be built:\n{told}");
        profile.join("examples")
    })
}
