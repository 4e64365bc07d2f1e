//! Growth as a drawing: both axes logarithmic, so that what is linear is parallel to the diagonal.

use std::fmt::Write as _;

use crate::drawing::COLOURS;

/// One drawing of several.
pub struct Plot {
    pub title: String,
    pub curves: Vec<Curve>,
}

pub struct Curve {
    pub name: &'static str,
    /// Number, and what all of them cost.
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 250.0;
const HEIGHT: f64 = 190.0;
const GAP: f64 = 60.0;
const TOP: f64 = 70.0;
const COLUMNS: usize = 3;

/// The powers of ten that a plot shows.
struct Range {
    from: f64,
    to: f64,
}

impl Range {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let logs: Vec<f64> = values.map(f64::log10).collect();
        let least = logs.iter().copied().min_by(f64::total_cmp)?;
        let most = logs.iter().copied().max_by(f64::total_cmp)?;
        let (from, to) = (least.floor(), most.ceil());
        Some(Self { from, to: to.max(from + 1.0) })
    }

    /// From 0 to 1.
    fn place(&self, value: f64) -> f64 {
        (value.log10() - self.from) / (self.to - self.from)
    }

    fn powers(&self) -> impl Iterator<Item = i32> {
        self.from as i32..=self.to as i32
    }
}

pub fn of(plots: &[Plot]) -> String {
    let rows = plots.len().div_ceil(COLUMNS) as f64;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0}\" height=\"{:.0}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"12\" y=\"20\" font-size=\"14\">What all of them cost, by their number: what is \
         linear is parallel to the dotted line</text>\n",
        COLUMNS as f64 * (WIDTH + GAP) + 30.0,
        TOP + rows * (HEIGHT + GAP)
    );
    let names = plots.first().into_iter().flat_map(|plot| &plot.curves);
    for (number, curve) in names.enumerate() {
        let x = GAP + 90.0 * number as f64;
        writeln!(
            text,
            "<path d=\"M{x:.0} 38h20\" stroke=\"{}\" stroke-width=\"2\"/>\
             <text x=\"{:.0}\" y=\"42\">{}</text>",
            COLOURS[number],
            x + 26.0,
            curve.name
        )
        .expect("a string takes everything");
    }
    for (number, plot) in plots.iter().enumerate() {
        let left = GAP + (number % COLUMNS) as f64 * (WIDTH + GAP);
        let top = TOP + (number / COLUMNS) as f64 * (HEIGHT + GAP);
        text += &one(plot, left, top);
    }
    text + "</svg>\n"
}

fn one(plot: &Plot, left: f64, top: f64) -> String {
    let points = || plot.curves.iter().flat_map(|curve| &curve.points);
    let ranges =
        (Range::of(points().map(|point| point.0)), Range::of(points().map(|point| point.1)));
    let mut text = format!("<text x=\"{left:.0}\" y=\"{:.0}\">{}</text>\n", top - 8.0, plot.title);
    let (Some(across), Some(up)) = ranges else { return text };
    let bottom = top + HEIGHT;
    let at = |(x, y): (f64, f64)| (left + across.place(x) * WIDTH, bottom - up.place(y) * HEIGHT);
    for power in across.powers() {
        let x = at((10_f64.powi(power), 1.0)).0;
        text += &format!(
            "<path d=\"M{x:.1} {top:.1}V{bottom:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#555\">{}</text>\n",
            bottom + 14.0,
            number(power)
        );
    }
    for power in up.powers() {
        let y = at((1.0, 10_f64.powi(power))).1;
        text += &format!(
            "<path d=\"M{left:.1} {y:.1}H{:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#555\">{}</text>\n",
            left + WIDTH,
            left - 4.0,
            y + 4.0,
            amount(power, &plot.title)
        );
    }
    text += &diagonal(&across, &up, &at);
    for (number, curve) in plot.curves.iter().enumerate() {
        let places: Vec<_> = curve.points.iter().map(|point| at(*point)).collect();
        let corners: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let colour = COLOURS[number];
        text += &format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            corners.join(" ")
        );
        for (x, y) in places {
            text += &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        text.push('\n');
    }
    text
}

/// A line that doubles with the number, through the middle of the field and no further.
fn diagonal(across: &Range, up: &Range, at: &impl Fn((f64, f64)) -> (f64, f64)) -> String {
    let powers = (across.to - across.from).min(up.to - up.from);
    let start = up.from + (up.to - up.from - powers) / 2.0;
    let (x, y) = at((10_f64.powf(across.from), 10_f64.powf(start)));
    let (to_x, to_y) = at((10_f64.powf(across.from + powers), 10_f64.powf(start + powers)));
    format!(
        "<path d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\" stroke=\"#888\" stroke-dasharray=\"2 4\"/>\n"
    )
}

/// 1k, 10k, ..
fn number(power: i32) -> String {
    let unit = ["", "k", "M", "G"].get((power / 3) as usize).unwrap_or(&"");
    format!("{}{unit}", 10_i32.pow(power.unsigned_abs() % 3))
}

/// A power of ten nanoseconds, or bytes.
fn amount(power: i32, title: &str) -> String {
    let units =
        if title.contains("ns") { ["ns", "µs", "ms", "s"] } else { ["B", "kB", "MB", "GB"] };
    match usize::try_from(power.div_euclid(3)).ok().and_then(|unit| units.get(unit)) {
        Some(unit) => format!("{} {unit}", 10_i32.pow(power.rem_euclid(3) as u32)),
        None => format!("1e{power}"),
    }
}
