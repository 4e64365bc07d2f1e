//! The kernels of the suite that nobody wrote down beforehand: from the public bugs, by memory.
//!
//! What Go's own tools say of these was not measured, so the table has them apart.

mod ab_ba;
mod channel;
mod channel_end;
mod cond;
mod context;
mod double_lock;
mod lock;
mod lock_loop;
mod non_blocking;

use crate::kernel::Form::{BothEnds, Forgotten, Plain};
use crate::kernel::{Class, Kernel, LOCKS, STUCK};

/// Their classes, in the order of the table.
pub(crate) static CLASSES: [Class; 9] = [
    Class { name: "double lock", kernels: &DOUBLE_LOCK },
    Class { name: "AB-BA", kernels: &AB_BA },
    Class { name: "RWR", kernels: &RWR },
    Class { name: "channel", kernels: &CHANNEL },
    Class { name: "channel + context", kernels: &CONTEXT },
    Class { name: "cond, with channels", kernels: &COND },
    Class { name: "channel + lock", kernels: &LOCK },
    Class { name: "channel + wait group", kernels: &GROUP },
    Class { name: "non-blocking", kernels: &non_blocking::KERNELS },
];

static DOUBLE_LOCK: [Kernel; 5] = [
    Kernel::new("cockroach_584", Forgotten, LOCKS, |f| Box::pin(double_lock::cockroach_584(f))),
    Kernel::new("cockroach_9935", Plain, LOCKS, |f| Box::pin(double_lock::cockroach_9935(f))),
    Kernel::new("etcd_10492", Plain, LOCKS, |f| Box::pin(double_lock::etcd_10492(f))),
    Kernel::new("moby_17176", Forgotten, LOCKS, |f| Box::pin(double_lock::moby_17176(f))),
    Kernel::new("syncthing_4829", Plain, LOCKS, |f| Box::pin(double_lock::syncthing_4829(f))),
];

static AB_BA: [Kernel; 2] = [
    Kernel::new("cockroach_10214", Plain, LOCKS, |f| Box::pin(ab_ba::cockroach_10214(f))),
    Kernel::new("kubernetes_13135", Plain, LOCKS, |f| Box::pin(ab_ba::kubernetes_13135(f))),
];

static RWR: [Kernel; 2] = [
    Kernel::new("cockroach_16167", Plain, LOCKS, |f| Box::pin(ab_ba::cockroach_16167(f))),
    Kernel::new("kubernetes_58107", Plain, LOCKS, |f| Box::pin(ab_ba::kubernetes_58107(f))),
];

static CHANNEL: [Kernel; 7] = [
    Kernel::new("cockroach_25456", BothEnds, STUCK, |f| Box::pin(channel::cockroach_25456(f))),
    Kernel::new("etcd_6857", BothEnds, STUCK, |f| Box::pin(channel::etcd_6857(f))),
    Kernel::new("grpc_1275", BothEnds, STUCK, |f| Box::pin(channel::grpc_1275(f))),
    Kernel::new("istio_17860", BothEnds, STUCK, |f| Box::pin(channel::istio_17860(f))),
    Kernel::new("kubernetes_38669", BothEnds, STUCK, |f| {
        Box::pin(channel_end::kubernetes_38669(f))
    }),
    Kernel::new("moby_21233", BothEnds, STUCK, |f| Box::pin(channel_end::moby_21233(f))),
    Kernel::new("syncthing_5795", Plain, STUCK, |f| Box::pin(channel_end::syncthing_5795(f))),
];

static CONTEXT: [Kernel; 3] = [
    Kernel::new("cockroach_18101", BothEnds, STUCK, |f| Box::pin(context::cockroach_18101(f))),
    Kernel::new("istio_18454", BothEnds, STUCK, |f| Box::pin(context::istio_18454(f))),
    Kernel::new("kubernetes_25331", BothEnds, STUCK, |f| Box::pin(context::kubernetes_25331(f))),
];

static COND: [Kernel; 2] = [
    Kernel::new("kubernetes_11298", Plain, STUCK, |f| Box::pin(cond::kubernetes_11298(f))),
    Kernel::new("moby_29733", Plain, STUCK, |f| Box::pin(cond::moby_29733(f))),
];

static LOCK: [Kernel; 5] = [
    Kernel::new("etcd_7492", Plain, STUCK, |f| Box::pin(lock::etcd_7492(f))),
    Kernel::new("grpc_1353", Plain, STUCK, |f| Box::pin(lock::grpc_1353(f))),
    Kernel::new("kubernetes_6632", Plain, STUCK, |f| Box::pin(lock_loop::kubernetes_6632(f))),
    Kernel::new("kubernetes_10182", Plain, STUCK, |f| Box::pin(lock_loop::kubernetes_10182(f))),
    Kernel::new("kubernetes_26980", BothEnds, STUCK, |f| Box::pin(lock_loop::kubernetes_26980(f))),
];

static GROUP: [Kernel; 1] =
    [Kernel::new("cockroach_1462", BothEnds, STUCK, |f| Box::pin(lock::cockroach_1462(f)))];
