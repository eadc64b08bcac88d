//! Clients on real sockets, beside each other against the same broker: ours is the example `mqc-client`.
//!
//! Each run is a process of its own, so that its processor time is that of one client. It connects,
//! subscribes if need be, says that it is ready, and from then on both clocks run.
//!
//! - Publishing: by a task of its own, until the last message is acknowledged; of QoS 0, until one of QoS 1
//!   that is sent behind them is, for then the broker has read all. Nobody subscribes.
//! - Receiving: what a third process publishes, the same for all.
//! - Both: each message goes through the broker and comes back; so many are on the way.
//! - 5-to-1: five clients publish and one subscribes, all in the process, until the last message has come and the
//!   last acknowledgement. Ours is `mqc-bench`, which stamps each message besides and looks at each stamp.
//!
//! Both clients have the same window of messages on the way, room for as many orders, `TCP_NODELAY`, and the
//! runtime of tokio of the same kind. rumqttc is driven as its examples do: one task publishes, another
//! polls the event loop, which here counts acknowledgements. Ours gives each publisher what it was made for,
//! a future that completes with the acknowledgement; they are awaited in turn. Other options are those that
//! each has by itself.
//!
//! The row of the floor is no client: it shows what the system takes for being woken, reading and writing
//! whenever something has come.

mod floor;
mod job;
pub mod measure;
mod ours;
mod rumqttc;
pub mod run;
pub mod tables;
pub mod target;

pub use job::{Direction, Flavour, Job, Place};
