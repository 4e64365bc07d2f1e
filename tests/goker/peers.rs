//! What the tools for Go find of the same classes, over the whole suite.

/// Of `kernels` of a class, those found in a natural run, and with random delays as well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) class: &'static str,
    pub(crate) kernels: u32,
    /// The deadlock detector of Go 1.27.3, goleak, go-deadlock, the goroutineleak profile.
    pub(crate) found: [(u32, u32); 4],
}

/// The columns of [`Peer::found`].
pub(crate) const TOOLS: [&str; 4] = ["built-in", "goleak", "go-deadlock", "leak prof."];

const fn peer(class: &'static str, kernels: u32, found: [(u32, u32); 4]) -> Peer {
    Peer { class, kernels, found }
}

/// Measured with Go 1.27.3 on two shared cores: a process for each run, up to 100 runs or 30 s.
pub(crate) const PEERS: [Peer; 10] = [
    peer("double lock", 12, [(7, 7), (6, 6), (12, 12), (12, 12)]),
    peer("AB-BA", 6, [(1, 2), (3, 4), (6, 6), (3, 5)]),
    peer("RWR", 5, [(0, 1), (3, 4), (4, 4), (2, 5)]),
    peer("channel", 17, [(6, 6), (10, 11), (0, 0), (17, 17)]),
    peer("channel + context", 8, [(0, 0), (8, 8), (0, 0), (7, 7)]),
    peer("channel + cond", 2, [(0, 1), (0, 1), (0, 0), (0, 2)]),
    peer("cond", 2, [(2, 2), (0, 0), (0, 0), (1, 1)]),
    peer("channel + lock", 13, [(3, 5), (7, 8), (11, 13), (11, 11)]),
    peer("channel + wait group", 2, [(1, 2), (0, 0), (1, 1), (2, 2)]),
    peer("wait group", 1, [(0, 0), (1, 1), (0, 0), (1, 1)]),
];
