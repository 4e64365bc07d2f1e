//! How far each backend is from wakeful, as a drawing.

use std::fmt::Write as _;

use crate::list::BACKENDS;
use crate::table::Line;

const LEFT: f64 = 150.0;
const WIDTH: f64 = 620.0;
const TOP: f64 = 64.0;
const STEP: f64 = 20.0;
/// From a sixteenth of wakeful's figure to 64 times; what is beyond stands at the edge.
const RANGE: (f64, f64) = (-4.0, 6.0);
pub const COLOURS: [&str; 6] = ["#111", "#2563eb", "#d97706", "#0d9488", "#9333ea", "#db2777"];

fn x(ratio: f64) -> f64 {
    let (from, to) = RANGE;
    LEFT + (ratio.log2().clamp(from, to) - from) / (to - from) * WIDTH
}

/// One line per row, one dot per peer: right of the rule it is slower, or greater, than wakeful.
pub fn of(lines: &[Line]) -> String {
    let bottom = TOP + STEP * lines.len() as f64;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{:.0}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"20\" font-size=\"14\">Time or bytes, times wakeful's: \
         right of the line wakeful is ahead</text>\n",
        LEFT + WIDTH + 24.0,
        bottom + 30.0
    );
    let mut put = |line: String| text.push_str(&line);
    for (number, backend) in BACKENDS.iter().enumerate().skip(1) {
        let at = LEFT + 80.0 * (number as f64 - 1.0);
        put(format!(
            "<circle cx=\"{at:.0}\" cy=\"38\" r=\"4.5\" fill=\"{}\"/>\
             <text x=\"{:.0}\" y=\"42\">{}</text>\n",
            COLOURS[number],
            at + 9.0,
            backend.name
        ));
    }
    for power in (RANGE.0 as i32..=RANGE.1 as i32).step_by(2) {
        let (at, ratio) = (x(2_f64.powi(power)), 2_f64.powi(power));
        let (colour, width) = if power == 0 { ("#111", 1.5) } else { ("#ddd", 1.0) };
        put(format!(
            "<path d=\"M{at:.1} {:.1}V{bottom:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">×{ratio}</text>\n",
            TOP - 8.0,
            bottom + 18.0
        ));
    }
    for (number, line) in lines.iter().enumerate() {
        put(row(line, TOP + STEP * number as f64 + 4.0));
    }
    text + "</svg>\n"
}

fn row(line: &Line, y: f64) -> String {
    let mut text = format!(
        "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
        LEFT - 10.0,
        y + 4.0,
        line.row.name
    );
    let Some(subject) = line.cells[0].median(0) else { return text };
    for (number, cell) in line.cells.iter().enumerate().skip(1) {
        let Some(median) = cell.median(0) else { continue };
        write!(
            text,
            "<circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"{}\" fill-opacity=\"0.85\"/>",
            x(median / subject),
            COLOURS[number]
        )
        .expect("a string takes everything");
    }
    text.push('\n');
    text
}
