//! What a terminal shows of a run.

use super::meter::Meter;
use core::convert::Infallible;
use core::fmt;
use core::time::Duration;
use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use tokio::time;

/// How often they are drawn.
const REDRAW: Duration = Duration::from_millis(100);

/// Draws how much of a run is done: two bars on standard error, if that is a terminal. Of how many, if that is known.
/// What they are of stands before them. It has no end; dropped, it takes the bars away.
///
/// # Examples
/// ```no_run
/// use mqc_client::Options;
/// use mqc_client::bench::{Load, Meter, run, show};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let (load, meter) = (Load::new(Options::new("mqtt://localhost".parse()?)), Meter::default());
/// let report = tokio::select! {
///     report = run(&load, &meter) => report?,
///     never = show(&meter, "QoS 0 ", Some(10_000), Some(10_000)) => match never {},
/// };
/// println!("{report}");
/// # Ok(()) }
/// ```
pub async fn show(meter: &Meter, of: &str, sent: Option<u64>, received: Option<u64>) -> Infallible {
    let all = MultiProgress::new();
    let bars = Bars {
        sent: bar(&all, format!("{of}sent    "), sent),
        received: bar(&all, format!("{of}received"), received),
    };
    loop {
        bars.sent.set_position(meter.sent());
        bars.received.set_position(meter.received());
        time::sleep(REDRAW).await;
    }
}

fn bar(all: &MultiProgress, name: String, total: Option<u64>) -> ProgressBar {
    // As wide as others, so that they stand one below the other.
    let (bar, shape) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{prefix} {wide_bar:.cyan} {human_pos:>11} of {human_len:11} {rate:>11}",
        ),
        None => {
            (ProgressBar::no_length(), "{prefix} {spinner} {human_pos:>11} {rate:>11} {elapsed}")
        }
    };
    let style = ProgressStyle::with_template(shape)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // What is not written is not seen.
            let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
        });
    all.add(bar.with_style(style)).with_prefix(name)
}

struct Bars {
    sent: ProgressBar,
    received: ProgressBar,
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.sent.finish_and_clear();
        self.received.finish_and_clear();
    }
}
