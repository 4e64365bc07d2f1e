//! The debug endpoint, where it is served from the start.

use std::path::PathBuf;

use super::Config;
use crate::endpoint::{Endpoint, Token};

impl Config {
    /// Serves the debug endpoint at this address from the start. Port 0 takes any that is free.
    #[must_use]
    pub fn http(self, address: impl Into<String>) -> Self {
        Self { http: Some(address.into()), ..self }
    }

    /// The word without which that endpoint tells nothing; see [`Endpoint`].
    #[must_use]
    pub fn http_token(self, token: impl Into<Option<Token>>) -> Self {
        Self { http_token: token.into(), ..self }
    }

    /// The same in a file, which is read when the endpoint starts. It counts more than
    /// [`http_token`](Self::http_token).
    #[must_use]
    pub fn http_token_file<P: Into<PathBuf>>(self, path: impl Into<Option<P>>) -> Self {
        Self { http_token_file: path.into().map(Into::into), ..self }
    }

    /// See [`Config::http`].
    #[must_use]
    pub fn wanted_http(&self) -> Option<&str> {
        self.http.as_deref()
    }

    /// The endpoint that is asked for, with its token.
    #[must_use]
    pub fn wanted_endpoint(&self) -> Option<Endpoint> {
        let endpoint = Endpoint::at(self.http.as_deref()?);
        Some(match (&self.http_token_file, &self.http_token) {
            (Some(path), _) => endpoint.token_file(path),
            (None, Some(token)) => endpoint.with_token(token.clone()),
            (None, None) => endpoint,
        })
    }
}
