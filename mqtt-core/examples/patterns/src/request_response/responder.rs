//! The side that answers.

use super::scheme::Scheme;
use bytes::Bytes;
use mqc_client::{Client, Messages, Outcome};
use mqtt_core::{QoS, Version};
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;

/// A service that runs until this is dropped.
///
/// # Examples
/// See [`respond`].
#[derive(Debug)]
pub struct Responder {
    _reader: AbortOnDropHandle<()>,
}

/// Answers the requests to a service, several at a time. Those that say not where the response goes, and
/// those for which `handler` has none, are ignored.
///
/// # Errors
/// The broker refuses, or the client has ended.
///
/// # Examples
/// ```no_run
/// use mqc_client::{Client, Options};
/// use mqtt_core::Version;
/// use patterns::request_response::respond;
/// # async fn example(options: Options) -> Result<(), Box<dyn std::error::Error>> {
/// let (client, messages) = Client::connect(options).await?;
/// let echo = respond(client, messages, Version::V5, "echo", async |request| Some(request)).await?;
/// # drop(echo);
/// # Ok(()) }
/// ```
pub async fn respond<H, F>(
    client: Client,
    mut messages: Messages,
    version: Version,
    service: &str,
    handler: H,
) -> Outcome<Responder>
where
    H: Fn(Bytes) -> F + Send + Sync + 'static,
    F: Future<Output = Option<Bytes>> + Send + 'static,
{
    let scheme = Scheme::new(version, service);
    client.subscribe(scheme.requests(), QoS::AtLeastOnce).await?;
    let handler = Arc::new(handler);
    let reader = tokio::spawn(async move {
        // With the service, its handlers end.
        let mut open = tokio::task::JoinSet::new();
        while let Some(received) = messages.next().await {
            while open.try_join_next().is_some() {}
            let Some(way_back) = scheme.way_back(&received.message) else { continue };
            let (client, handler) = (client.clone(), handler.clone());
            open.spawn(async move {
                if let Some(payload) = handler(received.message.payload).await {
                    // A response that cannot be sent, as to a topic that is none: the deadline tells it.
                    let _ = client.post(way_back.message(payload).qos(QoS::AtLeastOnce)).await;
                }
            });
        }
    });
    Ok(Responder { _reader: AbortOnDropHandle::new(reader) })
}
