//! A retained message.

use super::Seen;
use crate::stage::Stage;
use mqc_client::{Message, Received};
use mqtt_core::{QoS, Version};

pub(super) async fn show(stage: &Stage, version: Version) -> Seen {
    let topic = stage.topic(version, "retained");
    let (publisher, _) = stage.connect(stage.options(version)).await?;
    let message = |payload| Message::new(topic.as_str(), payload).qos(QoS::AtLeastOnce);
    stage.publish(&publisher, message("21.5").retain(true)).await?;
    let first = first_of(stage, version, &topic).await;
    // Whatever has come of it: nothing of ours is to stay at the broker.
    stage.publish(&publisher, message("").retain(true)).await?;
    let first = first?;
    if !first.message.retain || first.message.payload != "21.5" {
        return Err("it came without RETAIN, or with another payload".to_owned());
    }

    // Who comes now gets only what is published from now on.
    let (later, mut messages) = stage.subscriber(version, &topic).await?;
    stage.publish(&publisher, message("22.0")).await?;
    let next = stage.next(&mut messages).await?.message;
    stage.leave(&later).await;
    stage.leave(&publisher).await;
    if next.retain || next.payload != "22.0" {
        return Err("it is still there after an empty one".to_owned());
    }
    Ok("came to a later subscriber with RETAIN set; an empty message deleted it".to_owned())
}

/// What one that subscribes now gets first.
async fn first_of(stage: &Stage, version: Version, topic: &str) -> Result<Received, String> {
    let (subscriber, mut messages) = stage.subscriber(version, topic).await?;
    let first = stage.next(&mut messages).await?;
    messages.done();
    stage.leave(&subscriber).await;
    Ok(first)
}
