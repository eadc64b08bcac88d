//! Every request gets its own response, or none.

use crate::{block_on, brokers, run};
use bytes::Bytes;
use core::time::Duration;
use loopback::{MosquittoSub, PATIENCE, mosquitto_pub, within};
use mqc_client::Client;
use mqtt_core::Version;
use patterns::Common;
use patterns::request_response::{
    self, Options, RequestError, Requester, Responder, Summary, respond,
};
use std::sync::Arc;
use tokio::sync::{Barrier, Notify};

#[test]
fn each_request_gets_its_own_response() {
    for (_broker, common) in brokers() {
        let options = Options { common, count: 100, parallel: 20, deadline: PATIENCE, slow: 0 };
        let (summary, events) =
            run(async |stop, events| request_response::run(options, stop, events).await);
        assert_eq!(summary, Summary { answered: 100, failed: 0, ignored: 0 });
        for event in events {
            assert_eq!(event.result.unwrap(), (event.number * event.number).to_string());
        }
    }
}

async fn requester(common: &Common) -> (Client, Requester) {
    let (client, messages) = Client::connect(common.options("requester")).await.unwrap();
    let requester = Requester::new(client.clone(), messages, common.version, "echo").await.unwrap();
    (client, requester)
}

async fn responder<F>(
    common: &Common,
    handler: impl Fn(Bytes) -> F + Send + Sync + 'static,
) -> (Client, Responder)
where
    F: Future<Output = Option<Bytes>> + Send + 'static,
{
    let (client, messages) = Client::connect(common.options("responder")).await.unwrap();
    let responder =
        respond(client.clone(), messages, common.version, "echo", handler).await.unwrap();
    (client, responder)
}

#[test]
fn many_are_under_way_at_once() {
    for (_broker, common) in brokers() {
        block_on(async {
            // Nobody gets a response before all have asked.
            let barrier = Arc::new(Barrier::new(50));
            let handler = move |request: Bytes| {
                let barrier = barrier.clone();
                async move {
                    barrier.wait().await;
                    Some(request)
                }
            };
            let _responder = responder(&common, handler).await;
            let (_client, requester) = requester(&common).await;
            let requests = (0..50).map(|number| {
                let requester = &requester;
                async move {
                    let text = number.to_string();
                    assert_eq!(requester.request(text.clone(), PATIENCE).await.unwrap(), text);
                }
            });
            futures_util::future::join_all(requests).await;
            assert_eq!(requester.ignored(), 0);
        });
    }
}

#[test]
fn a_late_response_is_ignored() {
    for (_broker, common) in brokers() {
        block_on(async {
            let release = Arc::new(Notify::new());
            let released = release.clone();
            let handler = move |request: Bytes| {
                let released = released.clone();
                async move {
                    if request == "late" {
                        released.notified().await;
                    }
                    Some(request)
                }
            };
            let _responder = responder(&common, handler).await;
            let (_client, requester) = requester(&common).await;
            let late = requester.request("late", Duration::from_millis(100)).await;
            assert!(matches!(late, Err(RequestError::TooLate)), "{late:?}");
            release.notify_one();
            // The next gets its own, not that of the one before.
            assert_eq!(requester.request("next", PATIENCE).await.unwrap(), "next");
            let is_ignored = tokio::task::block_in_place(|| {
                within(PATIENCE, || (requester.ignored() == 1).then_some(()))
            });
            assert!(is_ignored.is_some());
        });
    }
}

#[test]
fn without_a_responder_there_is_no_response() {
    for (_broker, common) in brokers() {
        block_on(async {
            let (_client, requester) = requester(&common).await;
            if common.version == Version::V5 {
                let refused = requester.request("1", PATIENCE).await;
                assert!(matches!(refused, Err(RequestError::NoResponder)), "{refused:?}");
            } else {
                let late = requester.request("1", Duration::from_millis(10)).await;
                assert!(matches!(late, Err(RequestError::TooLate)), "{late:?}");
            }
        });
    }
}

#[test]
fn strangers_speak_the_same() {
    for (broker, common) in brokers() {
        let is_v5 = common.version == Version::V5;
        let port = broker.port();
        block_on(async {
            let _responder = responder(&common, async |request| Some(request)).await;
            let (_client, requester) = requester(&common).await;
            tokio::task::block_in_place(|| {
                let version = if is_v5 { "5" } else { "mqttv311" };
                let send = |topic: &str, properties: &[&str]| {
                    let args = [&["-V", version, "-t", topic], properties].concat();
                    mosquitto_pub(port, args, b"hello").unwrap();
                };
                // As a requester.
                let answers =
                    MosquittoSub::start(port, ["-V", version, "-t", "echo/response/#"]).unwrap();
                if is_v5 {
                    let properties = ["-D", "publish", "response-topic", "echo/response/me"];
                    let correlation = ["-D", "publish", "correlation-data", "7"];
                    send("echo/request", &[properties, correlation].concat());
                    // It wants none.
                    send("echo/request", &[]);
                } else {
                    send("echo/request/me/7", &[]);
                }
                let answer = &answers.wait_for(1, PATIENCE).unwrap()[0];
                assert_eq!(answer.payload, b"hello");
                let topic = if is_v5 { "echo/response/me" } else { "echo/response/me/7" };
                assert_eq!(answer.topic, topic);
                let correlation = answer.properties.correlation_data.as_deref();
                assert_eq!(correlation, is_v5.then_some("7"));
            });
            // As a responder that nobody has asked.
            let answers = MosquittoSub::start(port, ["-t", "echo/response/+/#"]).unwrap();
            assert_eq!(requester.request("1", PATIENCE).await.unwrap(), "1");
            tokio::task::block_in_place(|| {
                let topic = answers.wait_for(1, PATIENCE).unwrap()[0].topic.clone();
                let topic = topic.split('/').take(3).collect::<Vec<_>>().join("/");
                if is_v5 {
                    let unknown =
                        ["-V", "5", "-t", &topic, "-D", "publish", "correlation-data", "12345678"];
                    mosquitto_pub(port, unknown, b"unknown").unwrap();
                    mosquitto_pub(port, ["-V", "5", "-t", &topic], b"nothing").unwrap();
                } else {
                    mosquitto_pub(port, ["-t", &format!("{topic}/ffff")], b"unknown").unwrap();
                    mosquitto_pub(port, ["-t", &format!("{topic}/?")], b"nothing").unwrap();
                }
                let ignored = within(PATIENCE, || (requester.ignored() == 2).then_some(()));
                assert!(ignored.is_some());
            });
            assert_eq!(requester.request("2", PATIENCE).await.unwrap(), "2");
        });
    }
}
