//! Charts in SVG: a bar for each row, nanoseconds, the shorter the better.

use crate::measure::Series;
use crate::report::version;
use std::fmt::Write;

const BAR: usize = 22;
const LABEL: usize = 330;
const WIDTH: usize = 860;
const HEAD: usize = 40;

/// One row of a panel.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Who.
    pub name: String,
    /// How much.
    pub value: f64,
    /// Whether it is in our colour.
    pub is_ours: bool,
}

impl Bar {
    /// The median of a series.
    pub fn of<P>(series: &Series<P>) -> Self {
        let row = series.row;
        let how = row.how.replace('`', "");
        let comma = if how.is_empty() { "" } else { ", " };
        Bar {
            name: format!("{} {}{comma}{how}", row.peer, version(row.peer)),
            value: series.median(),
            is_ours: row.is_ours(),
        }
    }
}

/// Bars that are compared with each other.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What was measured.
    pub title: String,
    /// In any order.
    pub bars: Vec<Bar>,
}

/// A chart of panels, one below the other.
pub fn svg(title: &str, machine: &str, panels: &[Panel]) -> String {
    let mut body = String::new();
    let mut y = 50;
    for panel in panels {
        y += draw(panel, y, &mut body).expect("a string takes all");
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"17\" font-weight=\"bold\">{title} \
         (shorter is better)</text>\n\
         <text x=\"16\" y=\"44\" font-size=\"10\" fill=\"#666666\">{machine}</text>\n\
         {body}</svg>\n",
        height = y + 16,
        title = escaped(title),
        machine = escaped(machine),
    )
}

/// Draws one panel at height `y`, the shortest bar first; how high it is.
fn draw(panel: &Panel, y: usize, body: &mut String) -> Result<usize, std::fmt::Error> {
    let mut bars = panel.bars.clone();
    bars.sort_by(|a, b| a.value.total_cmp(&b.value));
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    writeln!(
        body,
        "<text x=\"16\" y=\"{}\" font-weight=\"bold\">{}</text>",
        y + 28,
        escaped(&panel.title)
    )?;
    for (index, bar) in bars.iter().enumerate() {
        let top = y + HEAD + index * BAR;
        let value = bar.value;
        let digits = if value < 1_000.0 { 1 } else { 0 };
        let length = value / longest * (WIDTH - LABEL - 80) as f64;
        let fill = if bar.is_ours { "#c2410c" } else { "#64748b" };
        writeln!(
            body,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-size=\"11\">{}</text>\
             <rect x=\"{LABEL}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\" fill=\"{fill}\"/>\
             <text x=\"{:.1}\" y=\"{}\" font-size=\"11\">{value:.digits$}</text>",
            LABEL - 8,
            top + 14,
            escaped(&bar.name),
            top + 2,
            BAR - 6,
            LABEL as f64 + length + 5.0,
            top + 14,
        )?;
    }
    Ok(HEAD + bars.len() * BAR)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
