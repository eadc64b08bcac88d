//! What goes in comes out, in both forms; and what gets lost between versions.

use crate::{brokers, run};
use loopback::{MosquittoSub, PATIENCE, mosquitto_pub};
use mqc_client::Client;
use mqtt_core::{QoS, Version};
use patterns::CancellationToken;
use patterns::metadata::{self, Annotated, Form, Metadata, Options, TRACE_ID, UNIT};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tokio::sync::mpsc;

const FORMS: [Form; 2] = [Form::Properties, Form::Envelope];

#[test]
fn data_stays_as_it_is() {
    let bare: [&[u8]; 12] = [
        b"",
        b"null",
        b"21.50",
        b" 1",
        b"{\"a\": 1,  \"a\":2}",
        b"\"\\u0041\"",
        b"\xff\0",
        b"{",
        b"1 2",
        br#"{"meta":{},"data":1}"#,
        br#"{"meta":{"a":["b"]},"data_base64":"!"}"#,
        br#"{"meta":{}}"#,
    ];
    for data in bare {
        for form in FORMS {
            let annotated = Annotated::new(data);
            let read = Annotated::read(&annotated.write("a", form));
            assert_eq!(read, annotated, "{form:?}");
            let annotated = annotated.metadata(Metadata::default().with(UNIT, "bar"));
            assert_eq!(Annotated::read(&annotated.write("a", form)), annotated, "{form:?}");
        }
    }
}

#[test]
fn an_envelope_is_as_the_page_says() {
    let metadata = Metadata::default().with("tag", "a").with("tag", "b").with(UNIT, "bar");
    let annotated = Annotated::new(vec![0xff, 0]).content_type("image/x").metadata(metadata);
    let envelope =
        r#"{"meta":{"tag":["a","b"],"unit":"bar"},"content_type":"image/x","data_base64":"/wA="}"#;
    assert_eq!(annotated.write("a", Form::Envelope).payload, envelope);
}

fn annotated() -> impl Strategy<Value = Annotated> {
    let data = prop_oneof![
        vec(any::<u8>(), 0..20),
        "[ -~]{0,20}".prop_map(String::into_bytes),
        Just(br#"{"meta":{},"data":[1]}"#.to_vec()),
    ];
    let pairs = vec(("[a-c]{1,2}", "\\PC{0,5}"), 0..4);
    (data, option::of("[a-z/]{0,9}"), pairs).prop_map(|(data, content_type, pairs)| {
        let all = |all: Metadata, (name, value): (String, String)| all.with(name, value);
        let metadata = pairs.into_iter().fold(Metadata::default(), all);
        Annotated { data: data.into(), content_type, metadata }
    })
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(annotated in annotated()) {
        for form in FORMS {
            prop_assert_eq!(&Annotated::read(&annotated.write("a", form)), &annotated);
            // A letter in a letter.
            let letter = Annotated::new(annotated.write("a", Form::Envelope).payload);
            prop_assert_eq!(&Annotated::read(&letter.write("a", form)), &letter);
        }
    }
}

#[test]
fn metadata_crosses_the_broker_as_the_page_says() {
    for (_broker, common) in brokers() {
        for form in FORMS {
            if form == Form::Properties && common.version != Version::V5 {
                continue;
            }
            let envelope = form == Form::Envelope;
            let options = Options { common: common.clone(), envelope, count: 4 };
            let (summary, events) =
                run(async |stop, events| metadata::run(options, stop, events).await);
            assert_eq!(summary.read, 8);
            // The broker has no user properties for subscribers of 3.1.1, but the data is whole.
            for pair in events.chunks(2) {
                let [new, old] = pair else { panic!("{pair:?}") };
                assert_eq!((new.version, old.version), (Version::V5, Version::V311));
                assert!(new.read.metadata.get(TRACE_ID).is_some());
                match form {
                    Form::Envelope => assert_eq!(old.read, new.read),
                    Form::Properties => assert_eq!(old.read, Annotated::new(new.read.data.clone())),
                }
            }
        }
    }
}

#[test]
fn who_is_stopped_tells_what_was_read() {
    for (_broker, common) in brokers() {
        let options = Options { common, envelope: true, count: usize::MAX };
        let stop = CancellationToken::new();
        let (events, mut happened) = mpsc::unbounded_channel();
        let (summary, read) = crate::block_on(async {
            let count = async {
                let mut read = 0;
                while happened.recv().await.is_some() {
                    read += 1;
                    stop.cancel();
                }
                read
            };
            tokio::join!(metadata::run(options, stop.clone(), events), count)
        });
        assert!(read > 0);
        assert_eq!(summary.unwrap().read, read);
    }
}

/// Both ways to a stranger: user properties in 5.0, JSON before.
#[test]
fn others_read_and_write_the_same() {
    for (broker, common) in brokers() {
        let is_v5 = common.version == Version::V5;
        let form = Form::of(common.version);
        let annotated = Annotated::new("21.5")
            .content_type("application/json")
            .metadata(Metadata::default().with(UNIT, "celsius"));
        let envelope =
            r#"{"meta":{"unit":"celsius"},"content_type":"application/json","data":21.5}"#;
        let version = if is_v5 { "5" } else { "mqttv311" };
        let stranger = MosquittoSub::start(broker.port(), ["-V", version, "-t", "out"]).unwrap();
        let read = crate::block_on(async {
            let (client, mut messages) = Client::connect(common.options("")).await.unwrap();
            client.subscribe("in", QoS::AtMostOnce).await.unwrap();
            client.publish(annotated.write("out", form)).await.unwrap();
            let written = tokio::task::spawn_blocking(move || {
                let mut args = vec!["-V", version, "-t", "in"];
                if is_v5 {
                    args.extend(["-D", "publish", "user-property", "unit", "celsius"]);
                    args.extend(["-D", "publish", "content-type", "application/json"]);
                }
                let payload = if is_v5 { "21.5" } else { envelope };
                mosquitto_pub(broker.port(), args, payload.as_bytes()).map(|()| broker)
            });
            let broker = written.await.unwrap().unwrap();
            (messages.next().await.unwrap().message, broker)
        });
        assert_eq!(Annotated::read(&read.0), annotated);
        let seen = &stranger.wait_for(1, PATIENCE).unwrap()[0];
        if is_v5 {
            assert_eq!(seen.payload, b"21.5");
            assert_eq!(seen.properties.user_properties, [("unit".into(), "celsius".into())]);
        } else {
            assert_eq!(seen.payload, envelope.as_bytes());
        }
    }
}
