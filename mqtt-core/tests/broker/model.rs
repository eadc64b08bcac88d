//! Clients at random against a model: who has subscribed to what, and what waits for whom.

use crate::naive;
use crate::texts::{Hello, V5, VERSIONS};
use crate::world::{Client, World};
use mqtt_core::Version;
use std::collections::BTreeMap;

const TOPICS: [&str; 6] = ["a", "a/b", "a/b/c", "b", "/", "b/\u{E9}"];
const FILTERS: [&str; 8] = ["a", "#", "a/#", "+", "+/b", "a/+/c", "b/+", "/"];

/// A client as it should be.
#[derive(Default)]
struct Expected {
    client: Option<Client>,
    version: Version,
    stays: bool,
    /// Whether there is a session.
    is_there: bool,
    filters: BTreeMap<&'static str, u8>,
    /// What waits for it, or has come.
    messages: Vec<String>,
}

struct Model {
    world: World,
    clients: Vec<Expected>,
    state: u64,
}

fn text(topic: &str, number: u32, qos: u8) -> String {
    let qos = if qos == 0 { String::new() } else { format!(" q{qos}") };
    format!("{topic}={number}{qos}")
}

impl Model {
    fn random(&mut self, below: usize) -> usize {
        let next = self.state.wrapping_mul(6_364_136_223_846_793_005);
        self.state = next.wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) as usize % below
    }

    fn connects(&mut self, at: usize) {
        let version = VERSIONS[self.random(3)];
        let (stays, clean) = (self.random(4) > 0, self.random(4) == 0);
        let mut hello = Hello::new(version, &format!("c{at}"));
        if stays {
            hello = hello.stays();
        }
        // Before 5.0 what begins anew ends with its connection.
        let clean = clean && version == V5 || !stays;
        if clean {
            hello = hello.clean();
        }
        let expected = &mut self.clients[at];
        let goes_on = expected.is_there && expected.stays && !clean;
        if !goes_on {
            expected.filters.clear();
            expected.messages.clear();
        }
        let client = self.world.accepted(&hello);
        let says = self.world.connack(client) == "connack present";
        assert_eq!(says, goes_on && version != Version::V31);
        let expected = &mut self.clients[at];
        (expected.client, expected.version) = (Some(client), version);
        (expected.stays, expected.is_there) = (stays, true);
    }

    fn goes(&mut self, at: usize) {
        let leaves = self.random(2) == 0;
        let expected = &mut self.clients[at];
        let Some(client) = expected.client.take() else { return };
        if leaves {
            self.world.leave(client);
        } else {
            self.world.cut(client);
        }
        expected.is_there = expected.stays;
        if !expected.stays {
            expected.filters.clear();
            expected.messages.clear();
        }
    }

    fn subscribes(&mut self, at: usize) {
        let (filter, qos) = (FILTERS[self.random(FILTERS.len())], self.random(3) as u8);
        let Some(client) = self.clients[at].client else { return };
        let words = if qos == 0 { filter.to_owned() } else { format!("{filter} q{qos}") };
        assert_eq!(self.world.subscribe(client, &[&words]), [qos]);
        self.clients[at].filters.insert(filter, qos);
    }

    fn unsubscribes(&mut self, at: usize) {
        let filter = FILTERS[self.random(FILTERS.len())];
        let Some(client) = self.clients[at].client else { return };
        let was = self.clients[at].filters.remove(filter).is_some();
        let codes = self.world.unsubscribe(client, &[filter]).expect("UNSUBACK");
        if self.clients[at].version == V5 {
            assert_eq!(codes, [if was { 0 } else { 0x11 }]);
        }
    }

    fn publishes(&mut self, at: usize, number: u32) {
        let (topic, qos) = (TOPICS[self.random(TOPICS.len())], self.random(3) as u8);
        let Some(client) = self.clients[at].client else { return };
        for expected in &mut self.clients {
            let matching = expected.filters.iter().filter(|(it, _)| naive::matches(it, topic));
            let Some(granted) = matching.map(|(_, qos)| *qos).max() else { continue };
            let qos = granted.min(qos);
            if expected.client.is_some() || qos > 0 {
                expected.messages.push(text(topic, number, qos));
            }
        }
        self.world.publish(client, &text(topic, number, qos));
    }

    /// All that are connected have got what they should.
    fn check(&mut self) {
        for expected in &mut self.clients {
            if let Some(client) = expected.client {
                assert_eq!(self.world.got(client), expected.messages);
                expected.messages.clear();
            }
        }
        let stats = self.world.broker.stats();
        let there = self.clients.iter().filter(|it| it.is_there).count();
        let connected = self.clients.iter().filter(|it| it.client.is_some()).count();
        let filters: usize = self.clients.iter().map(|it| it.filters.len()).sum();
        assert_eq!((stats.sessions, stats.connected), (there, connected));
        assert_eq!((stats.subscriptions, stats.connections), (filters, connected));
        if self.clients.iter().all(|it| it.messages.is_empty()) {
            assert_eq!(stats.queued_bytes, 0);
        }
    }
}

#[test]
fn clients_at_random_get_what_they_should() {
    for seed in 0..30 {
        let clients = (0..5).map(|_| Expected::default()).collect();
        let mut model = Model { world: World::new(), clients, state: seed };
        for number in 0..400 {
            let at = model.random(5);
            match model.random(12) {
                0 | 1 => model.connects(at),
                2 => model.goes(at),
                3..6 => model.subscribes(at),
                6 => model.unsubscribes(at),
                _ => model.publishes(at, number),
            }
            model.check();
        }
        for at in 0..5 {
            model.goes(at);
            model.clients[at] = Expected::default();
            model.world.broker.drop_session(&format!("c{at}"), model.world.now);
        }
        model.check();
    }
}
