//! A service: notes over HTTP, by axum on wakeful, with redb as storage behind a bounded queue.
//!
//! Environment: `SERVICE_ADDR`, where it listens (127.0.0.1:8080); `SERVICE_DATA`, its database
//! file (notes.redb); `WAKEFUL=http=ADDRESS`, its debug endpoint (127.0.0.1:6060).
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use redb::{Database, ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};
use wakeful::channels::{self, Receiver, Sender, TrySendError, oneshot};
use wakeful::{http, net, signal, task};

const BODY_LIMIT_BYTES: usize = 64 * 1024;
/// Writes that may wait for the disk; one more is told to come back later.
const QUEUE: usize = 1024;
/// Writes that share one commit, which is what takes long.
const BATCH: usize = 128;
const PAGE: usize = 100;

type Failure = Box<dyn Error + Send + Sync>;

#[wakeful::main(http = "127.0.0.1:6060")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let address = env::var("SERVICE_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".into());
    let data = env::var("SERVICE_DATA").unwrap_or_else(|_| "notes.redb".into());

    let listener = net::TcpListener::bind(&*address).await.map_err(|error| {
        format!("cannot listen on {address}: {error}; set SERVICE_ADDR to another address")
    })?;
    let (store, writer) = Store::open(data.clone()).await.map_err(|error| {
        format!("cannot open {data}: {error}; set SERVICE_DATA to another file")
    })?;

    println!("notes on http://{}", listener.local_addr()?);
    http::serve(listener, router(store)).with_graceful_shutdown(stopped()).await?;
    // The router is gone, and with it the queue's only sender: the writer ends once it is empty.
    writer.await?;
    println!("stopped");
    Ok(())
}

/// Ready at the first Ctrl-C.
async fn stopped() {
    match signal::ctrl_c().await {
        Ok(()) => println!("stopping: requests that have begun are finished"),
        Err(error) => eprintln!("service: cannot wait for Ctrl-C: {error}"),
    }
}

fn router(store: Store) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/notes", post(add).get(list))
        .route("/notes/{id}", get(read))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing here"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "not with this method")
        })
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(store)
}

#[derive(Serialize)]
struct Note {
    id: u64,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewNote {
    text: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    after: u64,
}

async fn add(
    State(store): State<Store>,
    body: Result<Json<NewNote>, JsonRejection>,
) -> Result<Response, Problem> {
    let Json(NewNote { text }) = body?;
    if text.trim().is_empty() {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "a note needs a text"));
    }
    let id = store.add(text.clone()).await?;
    let location = [(header::LOCATION, format!("/notes/{id}"))];
    Ok((StatusCode::CREATED, location, Json(Note { id, text })).into_response())
}

async fn read(
    State(store): State<Store>,
    id: Result<Path<u64>, PathRejection>,
) -> Result<Json<Note>, Problem> {
    let Path(id) = id.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "an id is a number"))?;
    let note = store.read(id).await?;
    note.map(Json).ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, format!("no note {id}")))
}

async fn list(
    State(store): State<Store>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Vec<Note>>, Problem> {
    let Query(page) =
        page.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "`after` takes the id of a note"))?;
    Ok(Json(store.list(page.after).await?))
}

/// What went wrong, as the client is told: `{"error": ".."}`.
struct Problem {
    status: StatusCode,
    text: String,
}

impl Problem {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let text = format!("too large: a body has at most {BODY_LIMIT_BYTES} bytes");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, text)
            }
            status => Self::new(status, rejection.body_text()),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy: try again soon"),
            StoreError::Failed(error) => {
                eprintln!("service: storage: {error}");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the storage failed")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(serde_json::json!({ "error": self.text }))).into_response()
    }
}

const NOTES: TableDefinition<'_, u64, &str> = TableDefinition::new("notes");

/// The notes. Reads run beside each other; writes go through a queue to one writer.
#[derive(Clone)]
struct Store {
    database: Arc<Database>,
    queue: Sender<Write>,
}

struct Write {
    text: String,
    done: oneshot::Sender<Result<u64, StoreError>>,
}

#[derive(Clone)]
enum StoreError {
    Busy,
    Failed(String),
}

impl<E: Error> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Store {
    async fn open(path: String) -> Result<(Self, task::JoinHandle<()>), Failure> {
        let open = move || -> Result<Database, Failure> {
            let database = Database::create(path)?;
            let transaction = database.begin_write()?;
            transaction.open_table(NOTES)?;
            transaction.commit()?;
            Ok(database)
        };
        let database = Arc::new(task::spawn_blocking(open).await??);
        let (queue, writes) = channels::Builder::new().name("writes").bounded(QUEUE);
        let writer = task::Builder::new().name("writer").spawn(write(database.clone(), writes));
        Ok((Self { database, queue }, writer))
    }

    async fn add(&self, text: String) -> Result<u64, StoreError> {
        let (done, result) = oneshot();
        self.queue.try_send(Write { text, done }).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Closed(_) => StoreError::Failed("the writer has ended".into()),
        })?;
        result.await?
    }

    async fn read(&self, id: u64) -> Result<Option<Note>, StoreError> {
        let database = Arc::clone(&self.database);
        let read = move || {
            let notes = database.begin_read()?.open_table(NOTES)?;
            let text = notes.get(id)?.map(|text| text.value().to_owned());
            Ok(text.map(|text| Note { id, text }))
        };
        task::spawn_blocking(read).await?
    }

    async fn list(&self, after: u64) -> Result<Vec<Note>, StoreError> {
        let database = Arc::clone(&self.database);
        let list = move || {
            let notes = database.begin_read()?.open_table(NOTES)?;
            let mut page = Vec::new();
            for note in notes.range(after.saturating_add(1)..)?.take(PAGE) {
                let (id, text) = note?;
                page.push(Note { id: id.value(), text: text.value().to_owned() });
            }
            Ok(page)
        };
        task::spawn_blocking(list).await?
    }
}

/// Writes what is queued, until no sender is left.
async fn write(database: Arc<Database>, queue: Receiver<Write>) {
    while let Some(first) = queue.recv().await {
        // What has queued up during the last commit shares the next one.
        let rest = std::iter::from_fn(|| queue.try_recv().ok()).take(BATCH - 1);
        let batch: Vec<Write> = std::iter::once(first).chain(rest).collect();
        let database = Arc::clone(&database);
        let job = move || {
            let first_id = insert(&database, &batch);
            for (write, offset) in batch.into_iter().zip(0..) {
                // A client that has gone away does not hear of it.
                let _ = write.done.send(first_id.clone().map(|id| id + offset));
            }
        };
        if let Err(error) = task::spawn_blocking(job).await {
            eprintln!("service: a batch of writes was lost: {error}");
        }
    }
}

/// Appends the notes of a batch; returns the id of the first.
fn insert(database: &Database, batch: &[Write]) -> Result<u64, StoreError> {
    let transaction = database.begin_write()?;
    let first_id = {
        let mut notes = transaction.open_table(NOTES)?;
        let first_id = notes.last()?.map_or(1, |(id, _)| id.value() + 1);
        for (write, id) in batch.iter().zip(first_id..) {
            notes.insert(id, &*write.text)?;
        }
        first_id
    };
    transaction.commit()?;
    Ok(first_id)
}

// notes on http://127.0.0.1:8080
//
// GET /healthz
//   200 ok
// POST /notes {"text":"buy milk"}
//   201 {"id":1,"text":"buy milk"}
// POST /notes {"text":"sell cow"}
//   201 {"id":2,"text":"sell cow"}
// GET /notes/1
//   200 {"id":1,"text":"buy milk"}
// GET /notes?after=1
//   200 [{"id":2,"text":"sell cow"}]
// GET /notes/7
//   404 {"error":"no note 7"}
// GET /notes/seven
//   400 {"error":"an id is a number"}
// GET /nowhere
//   404 {"error":"there is nothing here"}
// DELETE /notes
//   405 {"error":"not with this method"}
// POST /notes {"text":
//   400 {"error":"Failed to parse the request body as JSON: text: EOF while parsing a value at line 1 column 8"}
// POST /notes {"title":"buy milk"}
//   422 {"error":"Failed to deserialize the JSON body into the target type: title: unknown field `title`, expected `text` at line 1 column 8"}
// POST /notes {"text":" "}
//   422 {"error":"a note needs a text"}
//
// stopping: requests that have begun are finished
// stopped
