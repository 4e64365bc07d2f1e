//! Channels at whose other end nobody is, or nobody comes.

use crate::kernel::Form::{BothEnds, Plain};
use crate::kernel::{Kernel, STUCK};

mod full;
mod result;
mod ring;

use full::{cockroach_24808, cockroach_35073, cockroach_35931};
use result::{grpc_660, grpc_1424, kubernetes_5316, moby_4395, moby_33293};
use ring::{cockroach_2448, kubernetes_70277};

pub(crate) const KERNELS: [Kernel; 10] = [
    Kernel::new("grpc_1424", BothEnds, STUCK, |fixed| Box::pin(grpc_1424(fixed))),
    Kernel::new("grpc_660", BothEnds, STUCK, |fixed| Box::pin(grpc_660(fixed))),
    Kernel::new("cockroach_35931", BothEnds, STUCK, |fixed| Box::pin(cockroach_35931(fixed))),
    Kernel::new("cockroach_35073", BothEnds, STUCK, |fixed| Box::pin(cockroach_35073(fixed))),
    Kernel::new("cockroach_24808", BothEnds, STUCK, |fixed| Box::pin(cockroach_24808(fixed))),
    Kernel::new("cockroach_2448", BothEnds, STUCK, |fixed| Box::pin(cockroach_2448(fixed))),
    Kernel::new("kubernetes_70277", Plain, STUCK, |fixed| Box::pin(kubernetes_70277(fixed))),
    Kernel::new("kubernetes_5316", BothEnds, STUCK, |fixed| Box::pin(kubernetes_5316(fixed))),
    Kernel::new("moby_33293", Plain, STUCK, |fixed| Box::pin(moby_33293(fixed))),
    Kernel::new("moby_4395", BothEnds, STUCK, |fixed| Box::pin(moby_4395(fixed))),
];
