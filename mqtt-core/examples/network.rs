//! A whole network in one thread: a broker and three clients under a clock of our own, with a cable that is cut.
//! Nothing here waits for anything, and each run prints the same.
//!
//! ```text
//! cargo run -p mqtt-core --example network
//! ```

use bytes::Buf;
use core::error::Error;
use mqtt_core::{
    Broker, BrokerConfig, BrokerEvent, ClientConfig, ClientSession, ConnId, Connect, Event,
    Instant, PacketId, Properties, Property, Publish, QoS, Subscribe, Subscription, Subscriptions,
    WhenFull, Will,
};
use std::hash::RandomState;

/// A client, and its cable to the broker while that is plugged in.
struct Client {
    name: &'static str,
    session: ClientSession,
    cable: Option<ConnId>,
}

struct Network {
    broker: Broker<RandomState>,
    clients: Vec<Client>,
    now: Instant,
}

const KITCHEN: usize = 0;
const PHONE: usize = 1;
const LOG: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let now = Instant::default();
    let config = BrokerConfig { sys_interval: None, ..BrokerConfig::default() };
    let client = |name| {
        let session = ClientSession::new(ClientConfig::default());
        Client { name, session, cable: None }
    };
    let clients = ["kitchen", "phone", "log"].map(client).into();
    let mut network = Network { broker: Broker::new(config, now), clients, now };

    for client in [KITCHEN, PHONE, LOG] {
        network.plug_in(client)?;
    }
    network.subscribe(PHONE, "home/+/temperature", QoS::AtLeastOnce)?;
    network.subscribe(LOG, "home/#", QoS::ExactlyOnce)?;
    network.publish(KITCHEN, "home/kitchen/temperature", "21.5")?;

    println!("-- the phone's cable is cut");
    network.cut(PHONE);
    network.publish(KITCHEN, "home/kitchen/temperature", "22.0")?;
    network.pass(40);
    println!("-- it is back");
    network.plug_in(PHONE)?;

    println!("-- the kitchen burns");
    network.cut(KITCHEN);
    network.pass(10);
    Ok(())
}

impl Network {
    /// A client connects; its session outlives the connection for an hour.
    fn plug_in(&mut self, client: usize) -> Result<(), Box<dyn Error>> {
        let Client { name, session, cable } = &mut self.clients[client];
        let will = Will { topic: "home/alarm", payload: name.as_bytes(), ..Will::default() };
        let delay = [Property::WillDelayInterval(5)];
        let will = Will { properties: Properties::new(&delay), ..will };
        let expiry = [Property::SessionExpiryInterval(3600)];
        let properties = Properties::new(&expiry);
        let connect =
            Connect { client_id: name, will: Some(will), properties, ..Connect::default() };
        session.connect(self.now, &Connect { clean_start: false, keep_alive: 60, ..connect })?;
        *cable = Some(self.broker.open(self.now)?);
        self.run();
        Ok(())
    }

    /// Both ends of a cable come to their ends.
    fn cut(&mut self, client: usize) {
        let Client { session, cable, .. } = &mut self.clients[client];
        session.handle_eof(self.now);
        if let Some(conn) = cable.take() {
            self.broker.handle_eof(conn, self.now);
        }
        self.run();
    }

    fn subscribe(&mut self, client: usize, filter: &str, qos: QoS) -> Result<(), Box<dyn Error>> {
        let filters = [Subscription::new(filter, qos)];
        let filters = Subscriptions::new(&filters);
        let subscribe = Subscribe { filters, ..Subscribe::new(PacketId::MIN) };
        self.clients[client].session.subscribe(self.now, &subscribe, 0)?;
        self.run();
        Ok(())
    }

    fn publish(&mut self, client: usize, topic: &str, payload: &str) -> Result<(), Box<dyn Error>> {
        let (qos, payload) = (QoS::ExactlyOnce, payload.as_bytes());
        let message = Publish { topic, qos, payload, ..Publish::default() };
        self.clients[client].session.publish(self.now, &message, 0, WhenFull::Queue)?;
        self.run();
        Ok(())
    }

    /// So many seconds pass, a second at a time.
    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = Instant::from_millis(self.now.as_millis() + 1000);
            self.broker.handle_timeout(self.now);
            for client in &mut self.clients {
                client.session.handle_timeout(self.now);
            }
            self.run();
        }
    }

    /// Carries bytes in both directions, until nobody has any.
    fn run(&mut self) {
        while self.carry() {}
        while let Some(event) = self.broker.poll_event() {
            if let BrokerEvent::Closed { reason, .. } = event {
                self.say("broker", &format!("a connection is over: {reason:?}"));
            }
        }
    }

    fn carry(&mut self) -> bool {
        let (mut moved, mut said) = (false, Vec::new());
        for Client { name, session, cable } in &mut self.clients {
            while let Some(event) = session.poll_event() {
                if let Event::Message { publish, .. } = event {
                    let payload = String::from_utf8_lossy(publish.payload);
                    said.push((*name, format!("{} {payload}", publish.topic)));
                }
            }
            let Some(conn) = *cable else { continue };
            let mut out = session.transmit();
            let taken = self.broker.handle_input(conn, self.now, out.chunk());
            moved |= taken > 0;
            out.advance(taken);
            let mut out = self.broker.transmit(conn);
            let taken = session.handle_input(self.now, out.chunk());
            moved |= taken > 0;
            out.advance(taken);
        }
        said.iter().for_each(|(name, text)| self.say(name, text));
        moved
    }

    fn say(&self, who: &str, what: &str) {
        println!("{:>5} s  {who}: {what}", self.now.as_millis() / 1000);
    }
}
