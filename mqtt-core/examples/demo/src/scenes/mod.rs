//! What MQTT promises beside delivery: each in a few messages, so that one can see how it goes.

mod cut;
mod request;
mod retained;
mod will;

use crate::VERSIONS;
use crate::report::{Check, Report};
use crate::screen::{Mark, Screen};
use crate::stage::{Stage, Trouble};
use mqtt_core::Version;

/// What was seen, or why not.
type Seen = Result<String, Trouble>;

/// All there are in a version.
pub(crate) async fn all(stage: &Stage, version: Version, screen: &Screen, report: &mut Report) {
    let mut note = |name: &str, guarantee, seen: Seen| {
        let (mark, text, broken) = match seen {
            Ok(text) => (Mark::Good, text, Some(Vec::new())),
            Err(Trouble::Broken(how)) => (Mark::Broken, how.clone(), Some(vec![how])),
            Err(Trouble::Less(qos)) => {
                (Mark::Note, format!("the broker grants QoS {}", qos as u8), None)
            }
        };
        screen.line(mark, &format!("{:<5}  {name}: {text}", version.to_string()));
        report.checks.extend(broken.map(|broken| Check { guarantee, version, broken }));
    };
    let named = |name| format!("{version}  {name}");

    let seen = screen.during(named("retained"), retained::show(stage, version)).await;
    note("retained", "a retained message waits for who subscribes later", seen);
    let seen = screen.during(named("will"), will::show(stage, version)).await;
    note("will", "a will is published when a client vanishes, not when it leaves", seen);
    let seen = screen.during(named("session"), cut::show(stage, version)).await;
    note("session", "a session survives cuts: nothing lost, QoS 2 nothing twice", seen);
    if version == Version::V5 {
        let seen = screen.during(named("request"), request::show(stage)).await;
        note("request", "a response comes to its request", seen);
    }
}

/// Has the broker forget what it may have of us, if this was ended half way.
pub(crate) async fn forget(stage: &Stage) {
    for version in VERSIONS {
        retained::forget(stage, version).await;
        cut::forget(stage, version).await;
    }
}
