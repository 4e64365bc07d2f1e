//! A graph as SVG.

use std::fmt::Write as _;

use super::layout::layout;
use super::{Graph, Means};
use crate::report::page::html::text;

/// Of a box, and between two, in pixels.
const WIDTH: usize = 210;
const HEIGHT: usize = 44;
const ACROSS: usize = 64;
const DOWN: usize = 18;
/// Room around, and below for what leads back.
const EDGE: usize = 12;
const BELOW: usize = 26;

pub(super) fn write(out: &mut String, graph: &Graph) {
    let laid = layout(graph);
    let back = |from: usize, to: usize| laid.at[to].0 <= laid.at[from].0;
    let any_back = graph.arrows.iter().any(|arrow| back(arrow.from, arrow.to));
    let width = laid.columns * (WIDTH + ACROSS) - ACROSS + 2 * EDGE;
    let lanes = if any_back { BELOW } else { 0 };
    let height = laid.rows * (HEIGHT + DOWN) - DOWN + 2 * EDGE + lanes;
    let corner = |node: usize| {
        let (column, row) = laid.at[node];
        (EDGE + column * (WIDTH + ACROSS), EDGE + row * (HEIGHT + DOWN))
    };
    let _ = writeln!(
        out,
        "<div class=\"wide\"><svg role=\"img\" aria-label=\"who waits for whom\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<defs>{}{}</defs>",
        marker("tip", ""),
        marker("tip-cause", "cause"),
    );
    for arrow in &graph.arrows {
        let ((x1, y1), (x2, y2)) = (corner(arrow.from), corner(arrow.to));
        let is_cause = graph.nodes[arrow.from].is_cause && graph.nodes[arrow.to].is_cause;
        let path = if back(arrow.from, arrow.to) {
            let (x1, x2) = (x1 + WIDTH / 2, x2 + WIDTH / 2);
            let (y1, y2) = (y1 + HEIGHT, y2 + HEIGHT);
            let low = y1.max(y2) + BELOW + 8;
            format!("M{x1} {y1} C{x1} {low} {x2} {low} {x2} {}", y2 + 7)
        } else {
            let (x1, y1, y2) = (x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2);
            let half = (x2 - x1) / 2;
            format!("M{x1} {y1} C{} {y1} {} {y2} {} {y2}", x1 + half, x2 - half, x2 - 7)
        };
        let holds = if arrow.means == Means::Holds { " holds" } else { "" };
        let (class, tip) = if is_cause { (" cause", "tip-cause") } else { ("", "tip") };
        let _ = writeln!(
            out,
            "<path class=\"arrow{holds}{class}\" d=\"{path}\" marker-end=\"url(#{tip})\"/>"
        );
    }
    for (place, node) in graph.nodes.iter().enumerate() {
        let (x, y) = corner(place);
        let kind = if node.is_thing { "thing" } else { "task" };
        let cause = if node.is_cause { " cause" } else { "" };
        let link = node.task.map(|id| format!("<a href=\"/debug/tasks?id={}\">", id.0));
        let _ = writeln!(
            out,
            "{}<g class=\"{kind}{cause}\"><rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" \
             height=\"{HEIGHT}\" rx=\"5\"/><text x=\"{tx}\" y=\"{}\">{}</text><text class=\"sub\" \
             x=\"{tx}\" y=\"{}\">{}</text></g>{}",
            link.as_deref().unwrap_or(""),
            y + 18,
            text(&node.title),
            y + 34,
            text(&node.sub),
            if link.is_some() { "</a>" } else { "" },
            tx = x + 10,
        );
    }
    out.push_str("</svg></div>\n");
}

fn marker(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}\" class=\"{class}\" viewBox=\"0 0 8 8\" refX=\"1\" refY=\"4\" \
         markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\"/></marker>"
    )
}
