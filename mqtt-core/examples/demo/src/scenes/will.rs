//! A will.

use super::Seen;
use crate::stage::Stage;
use mqc_client::{Message, Options};
use mqtt_core::{QoS, Version};
use std::time::Instant;

pub(super) async fn show(stage: &Stage, version: Version) -> Seen {
    let filter = stage.topic(version, "will/+");
    let (watcher, mut messages) = stage.subscriber(version, &filter).await?;
    let with_will = |name: &str| {
        let topic = stage.topic(version, &format!("will/{name}"));
        let will = Message::new(topic, format!("{name} is gone")).qos(QoS::AtLeastOnce);
        Options { will: Some(will), ..stage.options(version) }
    };
    let (polite, _) = stage.connect(with_will("polite")).await?;
    stage.wait("leaving", polite.disconnect()).await?;
    let (doomed, _) = stage.connect(with_will("doomed")).await?;
    let cut = Instant::now();
    doomed.abort();
    let will = stage.next(&mut messages).await?.message;
    let took = cut.elapsed();
    messages.done();
    stage.leave(&watcher).await;
    match will.text() {
        Some("doomed is gone") => {
            let took = took.as_secs_f64() * 1e3;
            Ok(format!(
                "came {took:.1} ms after the connection broke; none of one that said DISCONNECT"
            ))
        }
        _ => Err(format!("another came first: {:?}", will.payload)),
    }
}
