//! Which of Go's tools find the same kernels in Go.
//!
//! Measured with Go 1.27.3 on two shared cores: a process for each run, up to 100 runs or 30 s.

/// The tools: a letter, and a name.
pub(crate) const TOOLS: [(char, &str); 5] =
    [('b', "built-in"), ('l', "goleak"), ('d', "go-deadlock"), ('p', "leak prof."), ('r', "-race")];

/// What they find of the whole suite: 68 kernels that block, 35 that do not.
pub(crate) const WHOLE_SUITE: &str =
    "whole suite, 68 that block: 20 (26), 38 (43), 34 (36), 56 (63); 35 that do not: -race 32";

/// Of each kernel, who reports it in a natural run, and who only with random delays.
const REPORTED: [(&str, &str, &str); 62] = [
    ("hugo_5379", "bdp", ""),
    ("grpc_3017", "bldp", ""),
    ("grpc_795", "bdp", ""),
    ("etcd_6708", "bdp", ""),
    ("etcd_5509", "bdp", ""),
    ("moby_36114", "ldp", ""),
    ("moby_7559", "ldp", ""),
    ("cockroach_7504", "d", "bp"),
    ("kubernetes_30872", "ldp", ""),
    ("moby_4951", "ldp", ""),
    ("hugo_3251", "bd", ""),
    ("cockroach_6181", "ldp", ""),
    ("cockroach_3710", "d", "lp"),
    ("kubernetes_62464", "ld", "p"),
    ("grpc_1424", "lp", ""),
    ("grpc_660", "lp", ""),
    ("cockroach_35931", "bp", ""),
    ("cockroach_35073", "bp", ""),
    ("cockroach_24808", "bp", ""),
    ("cockroach_2448", "lp", ""),
    ("kubernetes_70277", "bp", ""),
    ("kubernetes_5316", "lp", ""),
    ("moby_33293", "lp", ""),
    ("moby_4395", "lp", ""),
    ("grpc_862", "l", ""),
    ("cockroach_13755", "lp", ""),
    ("cockroach_13197", "lp", ""),
    ("cockroach_10790", "lp", ""),
    ("moby_33781", "lp", ""),
    ("moby_27782", "", "lp"),
    ("moby_30408", "bp", ""),
    ("grpc_1460", "ldp", ""),
    ("etcd_7902", "ldp", ""),
    ("etcd_7443", "", "bd"),
    ("etcd_6873", "ldp", ""),
    ("istio_16224", "bdp", ""),
    ("serving_2137", "p", "bd"),
    ("kubernetes_1321", "dp", "l"),
    ("moby_28462", "ldp", ""),
    ("cockroach_1055", "bdp", ""),
    ("moby_25384", "lp", ""),
    ("grpc_3090", "r", ""),
    ("etcd_9446", "r", ""),
    ("etcd_4876", "r", ""),
    ("istio_16742", "r", ""),
    ("istio_8144", "r", ""),
    ("serving_6472", "r", ""),
    ("serving_3148", "r", ""),
    ("kubernetes_89164", "r", ""),
    ("kubernetes_82239", "r", ""),
    ("kubernetes_81091", "r", ""),
    ("kubernetes_77796", "r", ""),
    ("kubernetes_49404", "r", ""),
    ("moby_18412", "r", ""),
    ("grpc_1687", "", ""),
    ("etcd_3077", "r", ""),
    ("istio_8967", "r", ""),
    ("serving_3068", "r", ""),
    ("cockroach_35501", "r", ""),
    ("moby_22941", "r", ""),
    ("serving_6171", "r", ""),
    ("cockroach_4407", "r", ""),
];

/// How many of these kernels a tool reports, in natural runs, and with random delays as well.
pub(crate) fn found(tool: char, kernels: &[&str]) -> (usize, usize) {
    let of_these = REPORTED.iter().filter(|(id, ..)| kernels.contains(id));
    of_these.fold((0, 0), |(natural, all), (_, at_once, with_delays)| {
        let at_once = at_once.contains(tool);
        let at_all = at_once || with_delays.contains(tool);
        (natural + usize::from(at_once), all + usize::from(at_all))
    })
}
