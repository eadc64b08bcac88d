//! Requests and their responses, which 5.0 has properties for.

use super::Seen;
use crate::stage::Stage;
use bytes::Bytes;
use core::time::Duration;
use mqc_client::{Client, Message, Messages};
use mqtt_core::{QoS, Version};
use std::time::Instant;

const REQUESTS: u8 = 10;

pub(super) async fn show(stage: &Stage) -> Seen {
    let version = Version::V5;
    let (questions, answers) = (stage.topic(version, "square"), stage.topic(version, "answers"));
    let (responder, to_answer) = stage.subscriber(version, &questions).await?;
    let responding = tokio::spawn(respond(responder.clone(), to_answer));
    let (requester, mut responses) = stage.subscriber(version, &answers).await?;
    let mut longest = Duration::ZERO;
    for number in 1..=REQUESTS {
        let asked = Instant::now();
        let mut request = Message::new(questions.as_str(), number.to_string());
        let correlation = Bytes::from(vec![0, number, 0xFF]);
        request.properties_mut().response_topic = Some(answers.clone());
        request.properties_mut().correlation_data = Some(correlation.clone());
        stage.publish(&requester, request.qos(QoS::AtLeastOnce)).await?;
        let response = stage.next(&mut responses, &answers).await?;
        longest = longest.max(asked.elapsed());
        if response.properties().correlation_data.as_ref() != Some(&correlation) {
            return Err(format!("request {number}: the response has other correlation data").into());
        }
        let square = (u32::from(number) * u32::from(number)).to_string();
        if response.text() != Some(square.as_str()) {
            return Err(format!("request {number}: the response is {:?}", response.payload).into());
        }
    }
    responses.done();
    stage.leave(&requester).await;
    stage.leave(&responder).await;
    responder.abort();
    let _ = responding.await;
    let longest = longest.as_secs_f64() * 1e3;
    Ok(format!(
        "{REQUESTS} of {REQUESTS} answered, each with its correlation data, within {longest:.1} ms"
    ))
}

/// Answers with squares, as long as there are questions.
async fn respond(client: Client, mut questions: Messages) {
    while let Some(question) = questions.next().await {
        let properties = question.message.properties();
        let number: u32 = question.message.text().and_then(|text| text.parse().ok()).unwrap_or(0);
        let Some(topic) = &properties.response_topic else { continue };
        let mut response = Message::new(topic.as_str(), (number * number).to_string());
        response.properties_mut().correlation_data.clone_from(&properties.correlation_data);
        // Who asks notices that there is none.
        let _ = client.post(response.qos(QoS::AtLeastOnce)).await;
    }
}
