//! `mqc-bench` against mosquitto.

use core::error::Error;
use core::time::Duration;
use loopback::{Broker, BrokerOptions, MosquittoSub, PATIENCE, Program, free_port};
use mqc_client::Options;
use mqc_client::bench::{Amount, Load, Meter, Report, Topics, run};
use mqtt_core::{QoS, Version};
use serde_json::Value;
use std::process::{Command, Output};

type Outcome = Result<(), Box<dyn Error>>;

fn load(broker: &Broker, version: Version, qos: QoS) -> Load {
    let address = format!("mqtt://127.0.0.1:{}", broker.port()).parse().expect("a URL");
    let options = Options { version, reconnect: None, ..Options::new(address) };
    Load { qos, size: 64, amount: Amount::Messages(50), ..Load::new(options) }
}

#[track_caller]
fn assert_counts(report: &Report, sent: u64, received: u64) {
    assert_eq!((report.sent, report.received, report.expected), (sent, received, received));
    assert_eq!((report.lost, report.failed, &report.error), (0, 0, &None));
    assert_eq!((report.duplicates, report.out_of_order), (Some(0), Some(0)));
    let latency = report.latency.expect("payloads are large enough");
    assert!(latency.min_us <= latency.p50_us && latency.p999_us <= latency.max_us);
}

#[tokio::test]
async fn counts_are_right_in_both_versions_and_each_qos() -> Outcome {
    // By default it drops messages of a subscriber that is slow.
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("max_queued_messages 0"))
    else {
        return Ok(());
    };
    for version in [Version::V311, Version::V5] {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            for (topics, received) in
                [(Topics::Own, 450), (Topics::Pairs, 150), (Topics::Shared, 450)]
            {
                let load =
                    Load { publishers: 3, subscribers: 3, topics, ..load(&broker, version, qos) };
                let report = run(&load, &Meter::default()).await?;
                assert_counts(&report, 150, received);
                assert!(report.is_good());
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_rate_is_kept_and_a_stop_ends_a_run() -> Outcome {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let base = load(&broker, Version::V5, QoS::AtLeastOnce);
    let paced = Load { rate: Some(1000.0), amount: Amount::Messages(101), ..base.clone() };
    let report = run(&paced, &Meter::default()).await?;
    assert_counts(&report, 101, 101);
    assert!(report.sending_seconds >= 0.1, "the last one is due then: {report}");

    let timed = Load { amount: Amount::Time(Duration::from_millis(50)), ..base.clone() };
    let report = run(&timed, &Meter::default()).await?;
    assert!(report.sent > 0);
    assert_counts(&report, report.sent, report.sent);

    let meter = Meter::default();
    let endless = Load { amount: Amount::Messages(u64::MAX), rate: Some(100.0), ..base };
    let ((), report) = tokio::join!(
        async {
            while meter.received() == 0 {
                tokio::task::yield_now().await;
            }
            meter.stop();
        },
        run(&endless, &meter)
    );
    let report = report?;
    assert!(report.is_stopped && report.received >= 1 && report.lost == 0, "{report}");
    Ok(())
}

fn program(arguments: &str) -> std::io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-bench"));
    Program::run(command.args(arguments.split_whitespace()), b"", PATIENCE)
}

#[test]
fn the_report_is_json_too() -> Outcome {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    for version in ["3.1", "3.1.1"] {
        let file = tempfile::NamedTempFile::new()?;
        let load = format!("--version {version} --qos 2 --messages 20 --size 15");
        let output = program(&format!("--url {url} {load} --json {}", file.path().display()))?;
        let text = String::from_utf8(output.stdout)?;
        assert!(output.status.success(), "{text}");
        assert!(text.contains("\nlost                     0\n"), "{text}");
        assert!(text.contains("smaller than 16 bytes"), "{text}");
        assert!(output.stderr.is_empty(), "no bars without a terminal");
        let report: Value = serde_json::from_slice(&std::fs::read(file.path())?)?;
        assert_eq!(report["version"], version);
        assert_eq!((&report["sent"], &report["received"]), (&20.into(), &20.into()));
        assert_eq!((&report["duplicates"], &report["latency"]), (&0.into(), &Value::Null));
        assert!(report["cpu_us_per_message"].as_f64().is_some_and(|cpu| cpu > 0.0));
    }
    Ok(())
}

/// Each publisher stores its session in a place of its own, which the next run takes up.
#[test]
fn publishers_may_have_a_store() -> Outcome {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let directory = tempfile::tempdir()?;
    let (url, place) = (format!("mqtt://127.0.0.1:{}", broker.port()), directory.path().display());
    let load = "--publishers 2 --qos 1 --messages 50";
    for store in ["memory:".to_owned(), format!("file:{place}/f"), format!("sqlite:{place}/s")] {
        for version in ["3.1.1", "5"] {
            let output =
                program(&format!("--url {url} {load} --version {version} --store {store}"))?;
            let text = String::from_utf8(output.stdout)?;
            assert!(output.status.success(), "{text}");
            assert!(text.contains(&format!("; stored in {store}\n")), "{text}");
            assert!(text.contains("received               100 "), "{text}");
        }
    }
    for name in ["f", "f-1", "s", "s-1"] {
        assert!(directory.path().join(name).exists(), "{name}");
    }
    let output = program(&format!("--url {url} --store redis:here"))?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}

/// A broker that has no room for more messages of a subscriber that does not acknowledge drops them.
#[test]
fn the_exit_code_tells_of_loss_and_trouble() -> Outcome {
    let url = format!("mqtt://127.0.0.1:{}", free_port()?);
    assert_eq!(program(&format!("--url {url}"))?.status.code(), Some(2));
    assert_eq!(program("--version 4")?.status.code(), Some(2));

    let options = BrokerOptions::default().line("max_queued_messages 1");
    let Some(broker) = Broker::for_test(options.line("max_inflight_messages 1")) else {
        return Ok(());
    };
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let load = "--messages 500 --publishers 4 --quiet 0.1 --version 3.1.1";
    let flood = |qos: u8| program(&format!("--url {url} {load} --qos {qos}"));
    let lossy = flood(1)?;
    let text = String::from_utf8_lossy(&lossy.stdout).into_owned();
    assert_eq!(lossy.status.code(), Some(1), "{text}");
    assert!(text.contains(" %\n"), "{text}");
    assert_eq!(flood(0)?.status.code(), Some(0));
    Ok(())
}

/// Somebody else hears the same.
#[test]
fn others_may_subscribe() -> Outcome {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let sub = MosquittoSub::start(broker.port(), ["-V", "5", "-q", "1", "-t", "load/#"])?;
    let url = format!("mqtt://127.0.0.1:{}", broker.port());
    let load = "--subscribers 0 --publishers 2 --messages 5 --qos 1 --topic load --size 3";
    let output = program(&format!("--url {url} {load}"))?;
    assert!(output.status.success());
    let messages = sub.wait_for(10, PATIENCE)?;
    assert!(messages.iter().all(|message| message.payload.len() == 3));
    let of = |topic| messages.iter().filter(|message| message.topic == topic).count();
    assert_eq!((of("load/0"), of("load/1")), (5, 5));
    Ok(())
}

#[tokio::test]
async fn a_lost_connection_ends_a_run() -> Outcome {
    let Some(mut broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
    let load = load(&broker, Version::V5, QoS::AtLeastOnce);
    let endless = Load {
        amount: Amount::Messages(u64::MAX),
        rate: Some(1000.0),
        quiet: Duration::from_millis(100),
        ..load
    };
    let meter = Meter::default();
    let (killed, report) = tokio::join!(
        async {
            while meter.received() == 0 {
                tokio::task::yield_now().await;
            }
            broker.kill()
        },
        run(&endless, &meter)
    );
    killed?;
    let report = report?;
    assert!(report.failed > 0 && !report.is_good(), "{report}");
    assert!(report.error.as_ref().is_some_and(|error| error != "the client has ended"), "{report}");
    Ok(())
}
