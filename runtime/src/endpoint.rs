//! The debug endpoint a configuration asks for, once per address and process.

use std::io;
use std::sync::{Mutex, PoisonError};

use wakeful_diagnostics::Config;

static SERVED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Serves where `config` says, for as long as the process lives.
pub(crate) fn start(config: &Config) -> io::Result<()> {
    let (Some(address), Some(endpoint)) = (config.wanted_http(), config.wanted_endpoint()) else {
        return Ok(());
    };
    let mut served = SERVED.lock().unwrap_or_else(PoisonError::into_inner);
    if !served.iter().any(|other| other == address) {
        let server = endpoint.serve().map_err(|error| {
            let cure =
                "`WAKEFUL=http=ADDRESS` moves the endpoint, `WAKEFUL=http=off` leaves it out";
            io::Error::new(error.kind(), format!("{error}; {cure}"))
        })?;
        server.detach();
        served.push(address.to_owned());
    }
    Ok(())
}
