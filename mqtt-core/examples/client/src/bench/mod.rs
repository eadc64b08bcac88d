//! Load for a broker, and what became of it: what `mqc-bench` does.
//!
//! Publishers and subscribers are clients of their own in one process, so that one clock times them.
//!
//! [`run`] does all of it. What it is made of is there for programs that publish or subscribe otherwise: [`Stamp`]
//! says in a payload which message it is, [`Tally`] tells what came from what is missing or came again, [`Window`]
//! knows what is on the way, and [`show`] draws bars.
//!
//! # Examples
//! ```no_run
//! use mqc_client::Options;
//! use mqc_client::bench::{Amount, Load, Meter, run};
//! use mqtt_core::QoS;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let load = Load {
//!     publishers: 5,
//!     qos: QoS::AtLeastOnce,
//!     amount: Amount::Messages(10_000),
//!     ..Load::new(Options::new("mqtt://localhost".parse()?))
//! };
//! let report = run(&load, &Meter::default()).await?;
//! println!("{report}");
//! assert_eq!(report.lost, 0);
//! # Ok(()) }
//! ```

mod bars;
mod load;
mod meter;
mod publisher;
mod report;
mod run;
mod stamp;
mod tally;
mod window;

pub use bars::show;
pub use load::{Amount, Load, Topics};
pub use meter::Meter;
pub use report::{Latency, Report};
pub use run::{Clients, last_ones, run};
pub use stamp::Stamp;
pub use tally::{Arrival, Tally, histogram};
pub use window::Window;
