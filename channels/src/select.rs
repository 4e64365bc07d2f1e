//! Waiting for the first of several things, as `select!` does.
//!
//! A select polls its arms in a fair order. An arm that is itself a channel operation takes part in
//! the select's *claim*: whoever would serve its place in line has to win the claim first, so that
//! of all the operations exactly one takes effect. Other arms are futures like any.
//!
//! ```text
//! look:  one arm, then all that may be      a select that is ready at once allocates nothing, and
//!        ready; nothing parked              locks no channel whose hint says that it is not
//! park:  each operation joins its line      the claim is taken, and nobody can win it yet
//! open:  from here on it can be won         unless somebody came by meanwhile: then look again
//! ```
//!
//! This room knows no channel: what can be an arm says so itself, by being an [`Operation`].

mod arm;
mod dice;
mod driver;
mod forever;

pub(crate) use arm::{Alone, How, NotYet, Operation};
pub use arm::{ViaFuture, ViaOperation, probe};
pub use driver::{Choice, Select};
pub use forever::forever;
