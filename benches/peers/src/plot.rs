//! A chart of the stream g, in SVG: nanoseconds per packet, the shorter the better.

use crate::job::Direction;
use crate::measure::Series;
use crate::report::version;
use crate::target::Results;
use mqtt_benches::corpus::{Case, Protocol};
use std::fmt::Write;

const BAR: usize = 22;
const LABEL: usize = 330;
const WIDTH: usize = 860;
const HEAD: usize = 40;

/// The four panels: each direction in each version.
pub fn svg(results: &Results, machine: &str) -> String {
    let mut body = String::new();
    let mut y = 50;
    for direction in Direction::ALL {
        for protocol in Protocol::ALL {
            let mut bars: Vec<&Series> = results.column(direction, protocol, Case::G).collect();
            bars.sort_by(|a, b| a.median().total_cmp(&b.median()));
            y += panel(&bars, direction, protocol, y, &mut body).expect("a string takes all");
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"17\" font-weight=\"bold\">10,000 mixed packets: \
         nanoseconds per packet (shorter is better)</text>\n\
         <text x=\"16\" y=\"44\" font-size=\"10\" fill=\"#666666\">{machine}</text>\n\
         {body}</svg>\n",
        height = y + 16,
        machine = escaped(machine),
    )
}

/// Draws one panel at height `y`; how high it is.
fn panel(
    bars: &[&Series],
    direction: Direction,
    protocol: Protocol,
    y: usize,
    body: &mut String,
) -> Result<usize, std::fmt::Error> {
    let longest = bars.iter().map(|series| series.median()).fold(0.0, f64::max);
    let (direction, protocol) = (direction.name(), protocol.name());
    writeln!(
        body,
        "<text x=\"16\" y=\"{}\" font-weight=\"bold\">{direction}, MQTT {protocol}</text>",
        y + 28
    )?;
    for (index, series) in bars.iter().enumerate() {
        let top = y + HEAD + index * BAR;
        let value = series.median();
        let length = value / longest * (WIDTH - LABEL - 80) as f64;
        let fill = if series.row.is_ours() { "#c2410c" } else { "#64748b" };
        let how = series.row.how.replace('`', "");
        let comma = if how.is_empty() { "" } else { ", " };
        let name = format!("{} {}{comma}{how}", series.row.peer, version(series.row.peer));
        writeln!(
            body,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-size=\"11\">{}</text>\
             <rect x=\"{LABEL}\" y=\"{}\" width=\"{length:.1}\" height=\"{}\" fill=\"{fill}\"/>\
             <text x=\"{:.1}\" y=\"{}\" font-size=\"11\">{value:.1}</text>",
            LABEL - 8,
            top + 14,
            escaped(&name),
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
