use crate::kernel::Kernel;
pub(crate) const KERNELS: [Kernel; 0] = [];
