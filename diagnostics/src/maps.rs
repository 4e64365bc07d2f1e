//! How the kernel tells of a stretch of memory, in `/proc/self/maps`.

/// What a line says.
pub(crate) struct Line<'a> {
    pub(crate) start: usize,
    /// The first address behind it.
    pub(crate) end: usize,
    /// `rw-p`: read, write, execute, and private or shared.
    pub(crate) may: &'a str,
    /// Of a file, or what the kernel calls it, as `[heap]`; often nothing.
    pub(crate) path: &'a str,
}

impl<'a> Line<'a> {
    pub(crate) fn parse(line: &'a str) -> Option<Self> {
        let (range, rest) = line.split_once(' ')?;
        let (start, end) = range.split_once('-')?;
        Some(Self {
            start: usize::from_str_radix(start, 16).ok()?,
            end: usize::from_str_radix(end, 16).ok()?,
            may: rest.split(' ').next()?,
            path: rest.splitn(5, ' ').nth(4).map_or("", str::trim),
        })
    }
}
