//! Plain variables that two tasks touch at once. What is left in Rust is the cure.
//!
//! A value that one task writes while another one has it is refused by the compiler (E0596, E0373,
//! E0277): it must be in a lock, or atomic. So these are run for what may not be told of them.

mod early;
mod shared;

use early::{etcd_4876, grpc_3090, kubernetes_49404, serving_3148, serving_6472};
use shared::{
    etcd_9446, istio_8144, istio_16742, kubernetes_77796, kubernetes_81091, kubernetes_82239,
    kubernetes_89164,
};

use crate::kernel::Form::Prevented;
use crate::kernel::{Kernel, NOTHING};

pub(crate) const KERNELS: [Kernel; 12] = [
    Kernel::new("grpc_3090", Prevented, NOTHING, |_| Box::pin(grpc_3090())),
    Kernel::new("etcd_9446", Prevented, NOTHING, |_| Box::pin(etcd_9446())),
    Kernel::new("etcd_4876", Prevented, NOTHING, |_| Box::pin(etcd_4876())),
    Kernel::new("istio_16742", Prevented, NOTHING, |_| Box::pin(istio_16742())),
    Kernel::new("istio_8144", Prevented, NOTHING, |_| Box::pin(istio_8144())),
    Kernel::new("serving_6472", Prevented, NOTHING, |_| Box::pin(serving_6472())),
    Kernel::new("serving_3148", Prevented, NOTHING, |_| Box::pin(serving_3148())),
    Kernel::new("kubernetes_89164", Prevented, NOTHING, |_| Box::pin(kubernetes_89164())),
    Kernel::new("kubernetes_82239", Prevented, NOTHING, |_| Box::pin(kubernetes_82239())),
    Kernel::new("kubernetes_81091", Prevented, NOTHING, |_| Box::pin(kubernetes_81091())),
    Kernel::new("kubernetes_77796", Prevented, NOTHING, |_| Box::pin(kubernetes_77796())),
    Kernel::new("kubernetes_49404", Prevented, NOTHING, |_| Box::pin(kubernetes_49404())),
];
