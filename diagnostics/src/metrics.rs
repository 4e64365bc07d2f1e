//! What the house counts, for people and for Prometheus.
//!
//! Whoever runs tasks keeps counters of its own and tells of them when asked; this crate asks,
//! adds what the registry knows, and writes it down. A worker counts by plain stores to a line of
//! its own, and times one poll in 61; so the histograms are of a sample, and their counts are those
//! of the sample.
//!
//! At `/metrics` these names stand, and they stay. What ends in `_total` only grows.
//!
//! | name | type | labels | what it is |
//! |---|---|---|---|
//! | `wakeful_info` | gauge | `version` | 1 |
//! | `wakeful_workers` | gauge | `runtime` | workers |
//! | `wakeful_workers_idle` | gauge | `runtime` | workers that sleep |
//! | `wakeful_workers_starved` | gauge | `runtime` | 1 while every worker is stuck and tasks are ready |
//! | `wakeful_tasks` | gauge | `runtime`, `state` | tasks that are `running`, `runnable`, `waiting`, or `done` with a result that nobody has taken |
//! | `wakeful_tasks_waiting` | gauge | `operation` | tasks that sleep, by what they wait to do |
//! | `wakeful_tasks_spawned_total` | counter | `runtime` | tasks and blocking jobs that were spawned |
//! | `wakeful_tasks_finished_total` | counter | `runtime` | those that have ended, however |
//! | `wakeful_tasks_panicked_total` | counter | `runtime` | those that ended by a panic |
//! | `wakeful_tasks_aborted_total` | counter | `runtime` | those that ended by `abort` or with their runtime |
//! | `wakeful_worker_polls_total` | counter | `runtime`, `worker` | polls |
//! | `wakeful_worker_parks_total` | counter | `runtime`, `worker` | times it went to sleep |
//! | `wakeful_worker_unparks_total` | counter | `runtime`, `worker` | times it was awake again |
//! | `wakeful_worker_steals_total` | counter | `runtime`, `worker` | times it took tasks from another worker |
//! | `wakeful_worker_queue_depth` | gauge | `runtime`, `worker` | tasks in its queue |
//! | `wakeful_global_queue_depth` | gauge | `runtime` | tasks in the queue of all workers |
//! | `wakeful_budget_yields_total` | counter | `runtime` | polls that were cut short because their budget was used up |
//! | `wakeful_poll_seconds` | histogram | `runtime` | how long a poll lasts: one in 61 of each worker |
//! | `wakeful_schedule_latency_seconds` | histogram | `runtime` | from a worker's queue to the poll: at most one in 61 |
//! | `wakeful_timers` | gauge | `runtime` | deadlines that somebody waits for |
//! | `wakeful_io_registered_fds` | gauge | `runtime` | file descriptors the driver knows |
//! | `wakeful_blocking_threads` | gauge | `runtime` | threads of the blocking pool |
//! | `wakeful_blocking_threads_idle` | gauge | `runtime` | those of them without a job |
//! | `wakeful_blocking_threads_max` | gauge | `runtime` | how many there may be |
//! | `wakeful_blocking_queue_depth` | gauge | `runtime` | jobs that wait for a thread |
//! | `wakeful_blocking_jobs_total` | counter | `runtime` | jobs that have begun |
//! | `wakeful_blocking_exhausted` | gauge | `runtime` | 1 while every job waits for one that has no thread |
//! | `wakeful_resources` | gauge | `kind` | channels, locks and groups that were waited for or held |
//! | `wakeful_resources_contended` | gauge | `kind` | locks, semaphores and the like that somebody waits for |
//! | `wakeful_findings_total` | counter | `kind` | different faults found |
//! | `wakeful_findings_dropped_total` | counter | | those beyond what is kept |
//! | `wakeful_grants_taken_back_total` | counter | | locks and values taken back from futures that were left unpolled |
//! | `wakeful_misuses_total` | counter | | calls that are never right, such as a send on a closed channel |
//! | `wakeful_dumps_total` | counter | | dumps that were written |

mod census;
mod data;
mod histogram;
mod source;
mod text;

pub use census::{Census, census};
pub use data::{BlockingMetrics, RuntimeMetrics, TaskCounts, WorkerMetrics};
pub use histogram::{BOUNDS, Histogram, bucket};
pub(crate) use source::read_all;
#[doc(hidden)]
pub use source::{Source, register};
pub use source::{metrics, metrics_of};
pub use text::exposition;
