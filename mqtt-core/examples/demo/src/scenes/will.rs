//! A will.

use super::Seen;
use crate::stage::Stage;
use mqc_client::{Message, Options};
use mqtt_core::{QoS, Version};
use std::time::Instant;

pub(super) async fn show(stage: &Stage, version: Version) -> Seen {
    let filter = stage.topic(version, "will/+");
    let (watcher, mut messages) = stage.subscriber(version, &filter).await?;
    let topic = |name: &str| stage.topic(version, &format!("will/{name}"));
    let message = |name: &str, text: String| Message::new(topic(name), text).qos(QoS::AtLeastOnce);
    let with_will = |name: &str| {
        let will = message(name, format!("{name} is gone"));
        Options { will: Some(will), ..stage.options(version) }
    };
    let (polite, _) = stage.connect(with_will("polite")).await?;
    stage.wait("leaving", polite.disconnect()).await?;
    let (doomed, _) = stage.connect(with_will("doomed")).await?;
    let cut = Instant::now();
    doomed.abort();
    let will = stage.next(&mut messages, &topic("doomed")).await?;
    let took = cut.elapsed().as_secs_f64() * 1e3;
    if will.text() != Some("doomed is gone") {
        return Err(format!("the will is another: {:?}", will.payload).into());
    }
    // A second one, or that of the other client, would be there before this.
    stage.publish(&watcher, message("marker", "no more wills".to_owned())).await?;
    let next = stage.any(&mut messages).await?;
    if next.topic != topic("marker") {
        return Err(format!("behind the will came another: {:?}", next.payload).into());
    }
    messages.done();
    stage.leave(&watcher).await;
    Ok(format!("came {took:.1} ms after the connection broke; none of one that said DISCONNECT"))
}
