//! The page as Chromium makes it, scripts and all.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use wakeful::diagnostics::{self, Action, Config};
use wakeful::runtime::Builder;
use wakeful::sync::Mutex;
use wakeful::{task, time};

use super::alone;

/// A browser of this machine.
fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().find(|name| {
        let version = Command::new(name).arg("--version").stdout(Stdio::null()).status();
        version.is_ok_and(|status| status.success())
    })
}

#[test]
fn a_browser_shows_the_tasks_and_runs_no_script_but_ours() {
    let _alone = alone();
    let Some(browser) = chromium() else {
        eprintln!("skipped: there is no chromium here");
        return;
    };
    let config = Config::prod().deadlock(Action::Off);
    let runtime = Builder::new_multi_thread().worker_threads(1).diagnostics(config).build();
    let runtime = runtime.unwrap();
    let _enter = runtime.enter();
    let lock = Arc::new(Mutex::named("<b>ledger</b>", ()));
    let evil = "</title></style><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">";
    for name in ["holder", evil, "other"] {
        let lock = Arc::clone(&lock);
        task::Builder::new().name(name).label("tenant", evil).spawn(async move {
            let _guard = lock.lock().await;
            time::sleep(Duration::from_secs(3600)).await;
        });
    }
    super::until(|| runtime.handle().metrics().tasks.waiting == 3);
    let server = diagnostics::serve("127.0.0.1:0").unwrap();
    let profile = std::env::temp_dir().join(format!("wakeful-chromium-{}", std::process::id()));
    let dumped = Command::new("timeout")
        .args(["60", browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("http://{}/debug/tasks", server.local_addr()))
        .output()
        .unwrap();
    let _ = std::fs::remove_dir_all(profile);
    let page = String::from_utf8_lossy(&dumped.stdout);
    if page.is_empty() {
        eprintln!("skipped: {browser} does not start here: {:?}", dumped.status);
        return;
    }
    assert!(page.contains("<title>tasks of "), "{page}");
    assert!(!page.contains("<title>run"), "{page}");
    assert!(page.contains("<b>holder</b>"), "{page}");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert_eq!(page.matches("<img").count(), 0, "{page}");
    assert!(page.matches("<rect").count() >= 4, "three tasks and a lock are drawn: {page}");
    // The script has run: it leaves a mark.
    assert!(page.contains("id=\"hidden\" class=\"dim\" data-ready=\"\""), "{page}");
}
