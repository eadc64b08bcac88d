//! Alerts, and the status of devices that live, leave and die.

use crate::{brokers, run};
use loopback::{MosquittoSub, PATIENCE, mosquitto_pub};
use patterns::fleet::{
    self, Alert, Event, Monitor, Options, Reading, Sample, Simulation, Status, Thresholds, Trouble,
};
use std::collections::BTreeSet;

const DEVICES: u64 = 10;
const KILLED: u64 = 2;
const COUNT: usize = 150;
const KILL_AFTER: u64 = 60;

#[test]
fn what_goes_wrong_is_told() {
    for (broker, common) in brokers() {
        let on_duty = MosquittoSub::start(broker.port(), ["-q", "1", "-t", "alerts/#"]).unwrap();
        // Somebody has said something else before.
        let other = ["-r", "-t", "fleet/device-01/door"];
        mosquitto_pub(broker.port(), other, b"open").unwrap();
        let options = Options {
            common,
            devices: DEVICES,
            seed: 1,
            speed: 500.0,
            count: Some(COUNT),
            kill: KILLED,
            kill_after: KILL_AFTER,
            thresholds: Thresholds::default(),
        };
        let (table, events) = run(async |stop, events| fleet::run(options, stop, events).await);
        let mut alerts = Vec::new();
        let mut unreadable = Vec::new();
        for event in events {
            match event {
                Event::Alert(alert) => alerts.push(alert),
                Event::Unreadable { topic } => unreadable.push(topic),
            }
        }
        assert_eq!(unreadable, ["fleet/device-01/door"]);
        let raised = |trouble| raised(&alerts, trouble);

        let gone: BTreeSet<_> = (1..=KILLED).map(name).collect();
        assert_eq!(raised(Trouble::Offline), gone);
        for (name, device) in table.devices() {
            let status = if gone.contains(name) { Status::Offline } else { Status::Left };
            assert_eq!(device.status, Some(status), "{name}");
        }
        assert_eq!(table.devices().len() as u64, DEVICES);

        let expected = expected();
        for trouble in [Trouble::Hot, Trouble::BatteryLow] {
            assert_eq!(raised(trouble), self::raised(&expected, trouble), "{trouble:?}");
            assert!(!raised(trouble).is_empty(), "{trouble:?}");
        }
        // An event of QoS 1 may be behind temperatures of QoS 0 that came later.
        let doors = self::raised(&expected, Trouble::DoorOpen);
        assert!(raised(Trouble::DoorOpen).is_superset(&doors));
        assert!(!doors.is_empty());

        let published = on_duty.wait_for(alerts.len(), PATIENCE).unwrap();
        let published: Vec<Alert> = published
            .iter()
            .map(|message| serde_json::from_slice(&message.payload).unwrap())
            .collect();
        assert_eq!(published, alerts);

        // Who comes later learns what became of them.
        let later = MosquittoSub::start(broker.port(), ["-t", "fleet/+/status"]).unwrap();
        for message in later.wait_for(DEVICES as usize, PATIENCE).unwrap() {
            let name = message.topic.split('/').nth(1).unwrap();
            let expected = if gone.contains(name) { "offline" } else { "left" };
            assert_eq!((message.payload.as_slice(), message.retain), (expected.as_bytes(), true));
        }
    }
}

fn name(number: u64) -> String {
    format!("device-{number:02}")
}

/// Alerts by the samples alone, without a network.
fn expected() -> Vec<Alert> {
    let mut monitor = Monitor::new(Thresholds::default());
    let mut alerts = Vec::new();
    for number in 1..=DEVICES {
        for sample in Simulation::new(1, number).take(COUNT) {
            alerts.extend(monitor.sample(&name(number), sample));
            if number <= KILLED && sample.at >= KILL_AFTER {
                break;
            }
        }
    }
    alerts
}

fn raised(alerts: &[Alert], trouble: Trouble) -> BTreeSet<String> {
    let those = alerts.iter().filter(|alert| alert.raised && alert.trouble == trouble);
    those.map(|alert| alert.device.clone()).collect()
}

#[test]
fn alerts_begin_and_end() {
    let mut monitor = Monitor::new(Thresholds::default());
    let mut told = |at, reading| {
        let alerts = monitor.sample("d", Sample { at, reading });
        alerts.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(told(0, Reading::Temperature(30.0)), ["    0 s  ALERT  d hot"]);
    assert_eq!(told(10, Reading::Temperature(29.5)), none);
    assert_eq!(told(20, Reading::Temperature(28.9)), ["   20 s  over   d hot"]);
    assert_eq!(told(30, Reading::Door(true)), none);
    assert_eq!(told(150, Reading::Humidity(40.0)), none);
    assert_eq!(told(151, Reading::Humidity(40.0)), ["  151 s  ALERT  d door-open"]);
    // Late, and of the same opening.
    assert_eq!(told(31, Reading::Door(true)), none);
    assert_eq!(told(160, Reading::Door(false)), ["  160 s  over   d door-open"]);
    assert_eq!(told(170, Reading::Battery(20.0)), ["  170 s  ALERT  d battery-low"]);
    assert_eq!(told(180, Reading::Battery(24.0)), none);
    assert_eq!(told(190, Reading::Battery(26.0)), ["  190 s  over   d battery-low"]);
}

#[test]
fn a_device_that_is_back_is_no_trouble_any_more() {
    let mut monitor = Monitor::new(Thresholds::default());
    let mut told = |status| monitor.status("d", status).map(|alert| alert.raised);
    assert_eq!(told(Status::Offline), None);
    assert_eq!(told(Status::Online), None);
    assert_eq!(told(Status::Offline), Some(true));
    assert_eq!(told(Status::Offline), None);
    assert_eq!(told(Status::Online), Some(false));
    assert_eq!(told(Status::Left), None);
    assert_eq!(told(Status::Offline), None);
}
