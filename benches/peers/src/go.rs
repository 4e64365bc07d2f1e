//! The program in `go/`: built where a Go compiler is found.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The program, or why there is none.
pub fn program() -> Result<PathBuf, String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = package.join(".venv/bin/go");
    let go = if own.exists() { own } else { "go".into() };
    let program =
        std::env::current_exe().expect("this binary has a path").with_file_name("go-peer");
    let built = Command::new(go)
        .args(["build", "-o"])
        .arg(&program)
        .current_dir(package.join("go"))
        .env("GOTOOLCHAIN", "local")
        .status();
    match built {
        Ok(status) if status.success() => Ok(program),
        Ok(_) => Err("failed: not built".into()),
        Err(_) => Err("no go".into()),
    }
}
