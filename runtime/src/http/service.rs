//! What can be served: tower's services and hyper's.

use hyper::Request;
use hyper::body::Incoming;
use hyper_util::service::TowerToHyperService;

/// What can be served. `Kind` is inferred: [`Tower`] for axum's `Router`, tonic's `Routes` and all
/// of tower, [`Plain`] for hyper's own `service_fn`.
pub trait IntoService<Kind> {
    /// The service as hyper knows it.
    type Service: hyper::service::Service<Request<Incoming>>;

    /// The service as hyper knows it.
    fn into_service(self) -> Self::Service;
}

/// Services as tower knows them.
#[derive(Debug)]
pub enum Tower {}

/// Services as hyper knows them.
#[derive(Debug)]
pub enum Plain {}

impl<S> IntoService<Tower> for S
where
    S: tower_service::Service<Request<Incoming>> + Clone,
{
    type Service = TowerToHyperService<S>;

    fn into_service(self) -> Self::Service {
        TowerToHyperService::new(self)
    }
}

impl<S> IntoService<Plain> for S
where
    S: hyper::service::Service<Request<Incoming>>,
{
    type Service = S;

    fn into_service(self) -> S {
        self
    }
}
