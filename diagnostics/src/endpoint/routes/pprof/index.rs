//! The page that leads to the others.

use std::fmt::Write as _;

use super::{PAGES, Page, ROOT};

pub(super) fn write() -> String {
    let mut rows = String::new();
    let mut abouts = String::new();
    for Page { name, about, count, .. } in PAGES {
        let count = count();
        let _ =
            writeln!(rows, "<tr><td>{count}</td><td><a href='{name}?debug=1'>{name}</a></td></tr>");
        let _ = writeln!(abouts, "<li><div class=profile-name>{name}: </div> {about}</li>");
    }
    format!(
        "<html>\n<head>\n<title>{ROOT}</title>\n<style>\n.profile-name{{display:inline-block;\
         width:6rem}}\n</style>\n</head>\n<body>\n{ROOT}<br>\n<p>debug=1 shows a profile as \
         text; without it, it is for <code>go tool pprof</code>; seconds=N shows what changed \
         meanwhile</p>\n<table>\n<thead><td>Count</td><td>Profile</td></thead>\n{rows}</table>\n\
         <a href=\"goroutine?debug=2\">every task in full</a>\n<br>\n<p>Profiles:</p>\n<ul>\n\
         {abouts}</ul>\n</body>\n</html>\n"
    )
}
