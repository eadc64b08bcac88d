//! A retained message.

use super::Seen;
use crate::stage::{Stage, Trouble};
use mqc_client::{Client, Message};
use mqtt_core::{QoS, Version};

pub(super) async fn show(stage: &Stage, version: Version) -> Seen {
    let seen = tell(stage, version).await;
    if seen.is_err() {
        forget(stage, version).await;
    }
    seen
}

async fn tell(stage: &Stage, version: Version) -> Seen {
    let topic = topic(stage, version);
    let (publisher, _) = stage.connect(stage.options(version)).await?;
    let message = |payload| Message::new(topic.as_str(), payload).qos(QoS::AtLeastOnce);
    stage.publish(&publisher, message("21.5").retain(true)).await?;
    let first = first_of(stage, version, &topic).await?;
    if !first.retain || first.payload != "21.5" {
        return Err("it came without RETAIN, or with another payload".into());
    }
    delete(stage, &publisher, &topic).await?;

    // Who comes now gets only what is published from now on.
    let (later, mut messages) = stage.subscriber(version, &topic).await?;
    stage.publish(&publisher, message("22.0")).await?;
    let next = stage.next(&mut messages, &topic).await?;
    stage.leave(&later).await;
    stage.leave(&publisher).await;
    if next.retain || next.payload != "22.0" {
        return Err("it is still there after an empty one".into());
    }
    Ok("came to a later subscriber with RETAIN set; an empty message deleted it".to_owned())
}

fn topic(stage: &Stage, version: Version) -> String {
    stage.topic(version, "retained")
}

/// What one that subscribes now gets first.
async fn first_of(stage: &Stage, version: Version, topic: &str) -> Result<Message, Trouble> {
    let (subscriber, mut messages) = stage.subscriber(version, topic).await?;
    let first = stage.next(&mut messages, topic).await?;
    messages.done();
    stage.leave(&subscriber).await;
    Ok(first)
}

async fn delete(stage: &Stage, client: &Client, topic: &str) -> Result<(), String> {
    let empty = Message::new(topic, "").qos(QoS::AtLeastOnce).retain(true);
    stage.publish(client, empty).await
}

/// Has the broker forget the message, if it has it. Over another connection: the first may be what is wrong.
pub(super) async fn forget(stage: &Stage, version: Version) {
    if let Ok((client, _)) = stage.connect(stage.options(version)).await {
        // That is all that can be done.
        let _ = delete(stage, &client, &topic(stage, version)).await;
        stage.leave(&client).await;
    }
}
