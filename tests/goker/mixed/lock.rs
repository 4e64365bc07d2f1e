//! A lock is held while a channel is waited for, and who would serve the channel wants the lock.

mod balancer;
mod crowd;
mod pair;

use balancer::etcd_7443;
use crowd::{etcd_7902, kubernetes_1321, serving_2137};
use pair::{etcd_6873, grpc_1460, istio_16224, moby_28462};

use crate::kernel::Form::{BothEnds, Plain};
use crate::kernel::{Kernel, STUCK};

pub(crate) const KERNELS: [Kernel; 8] = [
    Kernel::new("grpc_1460", Plain, STUCK, |fixed| Box::pin(grpc_1460(fixed))),
    Kernel::new("etcd_7902", Plain, STUCK, |fixed| Box::pin(etcd_7902(fixed))),
    Kernel::new("etcd_7443", Plain, STUCK, |fixed| Box::pin(etcd_7443(fixed))),
    Kernel::new("etcd_6873", Plain, STUCK, |fixed| Box::pin(etcd_6873(fixed))),
    Kernel::new("istio_16224", BothEnds, STUCK, |fixed| Box::pin(istio_16224(fixed))),
    Kernel::new("serving_2137", Plain, STUCK, |fixed| Box::pin(serving_2137(fixed))),
    Kernel::new("kubernetes_1321", Plain, STUCK, |fixed| Box::pin(kubernetes_1321(fixed))),
    Kernel::new("moby_28462", Plain, STUCK, |fixed| Box::pin(moby_28462(fixed))),
];
