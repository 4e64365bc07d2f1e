//! A group that counts more than will ever be done.

use wakeful::spawn;
use wakeful::sync::WaitGroup;

use crate::kernel::Form::Plain;
use crate::kernel::{Kernel, STUCK};

pub(crate) const KERNELS: [Kernel; 1] =
    [Kernel::new("moby_25384", Plain, STUCK, |fixed| Box::pin(moby_25384(fixed)))];

/// All are waited for before the second one is started.
async fn moby_25384(fixed: bool) {
    spawn(async move {
        let group = WaitGroup::new();
        group.add(2);
        for _plugin in 0..2 {
            let member = group.clone();
            spawn(async move { member.done() });
            if !fixed {
                group.wait().await;
            }
        }
        group.wait().await;
    });
}
