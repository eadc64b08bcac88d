//! Each pattern against mosquitto, in both versions, from the outside: by its events, and by what
//! mosquitto's own clients see.

mod fleet;
mod metadata;
mod programs;
mod request_response;
mod routing;
mod workers;

use loopback::{Broker, BrokerOptions};
use mqc_client::Address;
use mqtt_core::Version;
use patterns::{CancellationToken, Common, Events, Outcome};
use tokio::sync::mpsc;

/// A broker of its own for each version; none if there is no mosquitto and that is allowed.
fn brokers() -> impl Iterator<Item = (Broker, Common)> {
    let versions: &[_] = match loopback::mosquitto_is_here() {
        true => &[Version::V5, Version::V311],
        false => &[],
    };
    versions.iter().map(|&version| {
        // With what clients subscribe to.
        let broker = Broker::start(BrokerOptions::default().line("log_type all")).unwrap();
        let common = Common::new(Address::tcp("127.0.0.1", broker.port()), version);
        (broker, common)
    })
}

/// Runs a pattern to its end; what it comes to, and all its events.
fn run<E, S>(pattern: impl AsyncFnOnce(CancellationToken, Events<E>) -> Outcome<S>) -> (S, Vec<E>) {
    let (events, mut happened) = mpsc::unbounded_channel();
    let result = block_on(pattern(CancellationToken::new(), events)).unwrap();
    let mut list = Vec::new();
    while let Ok(event) = happened.try_recv() {
        list.push(event);
    }
    (result, list)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}
