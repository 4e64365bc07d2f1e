//! `#[wakeful::main]` and `#[wakeful::test]`.
//!
//! Both only take the function apart and put a call around its body: what a main or a test does
//! is in normal code, `wakeful_runtime::entry`. Tokens of the user keep their places, so errors in
//! the body point there.

#![forbid(unsafe_code)]

mod error;
mod expand;
mod function;
mod options;

use proc_macro::TokenStream;

use expand::Entry;

/// Runs an `async fn main` on a runtime of its own.
///
/// ```text
/// #[wakeful::main(flavor = "multi_thread", worker_threads = 4)]
/// ```
///
/// - `flavor`: `"multi_thread"` (unless set), or `"current_thread"`: no thread but this one.
/// - `worker_threads`: at least 1; one per available core unless set. Only for `multi_thread`.
/// - `clock`: `"real"` unless set; with `"virtual"`, on a current-thread runtime, time passes only
///   while every task sleeps, and then at once.
/// - `http`: the address where the debug endpoint is served; nowhere unless set. What the
///   environment variable `WAKEFUL` says counts more: `WAKEFUL=http=ADDRESS`.
/// - `crate`: the path of this library where it is not `::wakeful`, as in `crate = "my::wakeful"`.
///
/// It installs the signal handlers: SIGQUIT (ctrl-\\) prints a dump and exits with status 2, as Go
/// does; SIGUSR1 prints a dump and goes on. What the function returns is returned from `main`, so
/// an `Err` is printed and makes the exit status 1. When it returns, the runtime is dropped: tasks
/// that still sleep are ended, and what is being polled is waited for.
///
/// If the runtime cannot be started, for instance because of a word in `WAKEFUL` that nobody
/// knows, this is told on standard error, and the exit status is 1.
///
/// # Examples
///
/// ```
/// #[wakeful::main]
/// async fn main() -> Result<(), wakeful::task::JoinError> {
///     let answer = wakeful::spawn(async { 42 }).await?;
///     assert_eq!(answer, 42);
///     Ok(())
/// }
/// ```
///
/// It cannot run a function that is not async:
///
/// ```compile_fail
/// #[wakeful::main]
/// fn main() {}
/// ```
///
/// nor with an option or a flavor that it does not know, or with two that exclude each other:
///
/// ```compile_fail
/// #[wakeful::main(workers = 2)]
/// async fn main() {}
/// ```
///
/// ```compile_fail
/// #[wakeful::main(flavor = "threads")]
/// async fn main() {}
/// ```
///
/// ```compile_fail
/// #[wakeful::main(flavor = "current_thread", worker_threads = 2)]
/// async fn main() {}
/// ```
///
/// ```compile_fail
/// #[wakeful::main(worker_threads = 0)]
/// async fn main() {}
/// ```
///
/// # Panics
///
/// With `all tasks are asleep - deadlock!`, after a report on standard error, once every task
/// sleeps and nothing can wake one.
#[proc_macro_attribute]
pub fn main(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Entry::Main, options, item)
}

/// Makes an async function a test that runs on a runtime of its own.
///
/// It takes the options of [`main`], with `current_thread` as the flavor unless `flavor` or
/// `worker_threads` is given, and one more:
///
/// - `leak`: what is done about tasks that the test leaves, are no daemons and do not end within
///   100 ms. `"panic"` unless set: the test fails; `"report"`: they are told on standard error;
///   `"off"`: they are not looked for. `WAKEFUL=leak=..` counts more, for all tests.
///
/// `#[ignore]` and `#[should_panic]` work beside it. A test fails when it panics or returns an `Err`,
/// and when it leaves tasks, as far as `leak` says so.
///
/// # Examples
///
/// ```
/// #[wakeful::test]
/// async fn a_task_gives_its_result_to_who_awaits_it() {
///     assert_eq!(wakeful::spawn(async { 42 }).await.unwrap(), 42);
/// }
///
/// #[wakeful::test(worker_threads = 2)]
/// async fn a_test_may_return_an_error() -> Result<(), wakeful::task::JoinError> {
///     wakeful::spawn(async {}).await
/// }
///
/// #[wakeful::test(leak = "off")]
/// async fn a_test_may_leave_what_ends_with_the_process() {
///     drop(wakeful::spawn(std::future::pending::<()>()));
/// }
/// ```
///
/// A test is called without arguments, and is a test once:
///
/// ```compile_fail
/// #[wakeful::test]
/// async fn of_a_number(number: u32) {}
/// # fn main() {}
/// ```
///
/// ```compile_fail
/// #[wakeful::test(leak = "warn")]
/// async fn with_a_word_that_is_none() {}
/// # fn main() {}
/// ```
///
/// ```compile_fail
/// #[wakeful::test]
/// #[test]
/// async fn twice() {}
/// # fn main() {}
/// ```
#[proc_macro_attribute]
pub fn test(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Entry::Test, options, item)
}
