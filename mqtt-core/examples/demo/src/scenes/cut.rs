//! Sessions whose connections are cut in the middle of their messages.

use super::Seen;
use crate::content::{Content, SIZE};
use crate::cutter::Cutter;
use crate::lane::Lane;
use crate::stage::{Stage, enough, is_of};
use core::time::Duration;
use mqc_client::bench::{Meter, Stamp, Tally, Window};
use mqc_client::{Client, Filter, Message, Messages, Options, Status, Tls};
use mqtt_core::{Backoff, QoS, SessionStart, Version};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Messages of each QoS.
const MESSAGES: u64 = 500;
/// Both connections are cut when so many have come.
const CUTS: [u64; 3] = [250, 500, 750];
/// For how many seconds a broker keeps the sessions, if this program is killed before it ends them.
const EXPIRY: u32 = 300;
const LEVELS: [QoS; 2] = [QoS::AtLeastOnce, QoS::ExactlyOnce];
const NAMES: [&str; 2] = ["sub", "pub"];

pub(super) async fn show(stage: &Stage, version: Version) -> Seen {
    let seen = survive(stage, version).await;
    forget(stage, version).await;
    seen
}

async fn survive(stage: &Stage, version: Version) -> Seen {
    let cutter = Cutter::start(&stage.address).await.map_err(|why| why.to_string())?;
    let options = |name| Options {
        address: cutter.address.clone(),
        // The certificate is the broker's.
        tls: Tls { server_name: Some(stage.address.host.clone()), ..Tls::default() },
        clean_start: false,
        session_expiry: EXPIRY,
        reconnect: Some(Backoff { initial: Duration::from_millis(20), ..Backoff::default() }),
        ..stage.options_of(version, name)
    };
    let [sub, publ] = NAMES;
    let (subscriber, messages) = stage.connect(options(sub)).await?;
    let subscriber = Aborted(subscriber);
    let topic = stage.topic(version, "cut");
    let filter = Filter::new(format!("{topic}/+"), QoS::ExactlyOnce);
    let granted = stage.subscribe(&subscriber.0, version, vec![filter.clone()]).await?;
    enough(QoS::ExactlyOnce, granted)?;
    let (publisher, _messages) = stage.connect(options(publ)).await?;
    let publisher = Aborted(publisher);

    let (content, lane, start) =
        (Content::new(), Arc::new(Lane::new(1, stage.window)), Instant::now());
    let mut sending = JoinSet::new();
    sending.spawn(publish(publisher.0.clone(), content, lane.clone(), topic.clone(), start));
    let sessions = [subscriber.0.status(), publisher.0.status()];
    let mut receiver = Receiver { stage, cutter, sessions, content, topic, lane, messages, start };
    let mut tallies = receiver.receive().await?;
    // What comes again has come before the answer to this.
    stage.wait("unsubscribing", subscriber.0.unsubscribe(vec![filter.filter])).await?;
    stage.leave(&subscriber.0).await;
    subscriber.0.abort();
    while let Some(received) = receiver.messages.next().await {
        receiver.note(&mut tallies, &received.message)?;
    }
    sending.abort_all();
    stage.leave(&publisher.0).await;
    let [once, exactly] = tallies;
    if exactly.duplicates > 0 {
        return Err(format!("{} messages of QoS 2 came again", exactly.duplicates).into());
    }
    Ok(format!(
        "present after {} cuts; QoS 1: {} of {MESSAGES}, {} again; QoS 2: {} of {MESSAGES}, none again",
        CUTS.len(),
        once.received,
        once.duplicates,
        exactly.received,
    ))
}

/// A client that ends with this, however that comes: else it would connect again and again.
struct Aborted(Client);

impl Drop for Aborted {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Takes messages, and cuts.
struct Receiver<'a> {
    stage: &'a Stage,
    cutter: Cutter,
    /// Of both clients.
    sessions: [watch::Receiver<Status>; 2],
    content: Content,
    /// What topics begin with.
    topic: String,
    lane: Arc<Lane>,
    messages: Messages,
    start: Instant,
}

impl Receiver<'_> {
    /// Until all have come: counts for each QoS.
    async fn receive(&mut self) -> Result<[Tally; 2], String> {
        let mut tallies = [0, 1].map(|number| Tally::new(number, SIZE, LEVELS.len()));
        let mut cuts = CUTS.into_iter().peekable();
        loop {
            let received: u64 = tallies.iter().map(|tally| tally.received).sum();
            if received >= MESSAGES * LEVELS.len() as u64 {
                return Ok(tallies);
            }
            if cuts.next_if(|cut| received >= *cut).is_some() {
                self.sessions.iter_mut().for_each(watch::Receiver::mark_unchanged);
                self.cutter.cut();
                for session in &mut self.sessions {
                    self.stage.wait("coming back after a cut", come_back(session)).await?;
                }
            }
            let next = self.stage.any(&mut self.messages).await;
            let next = next.map_err(|why| format!("{received} have come, then {why}"))?;
            self.note(&mut tallies, &next)?;
        }
    }

    fn note(&self, tallies: &mut [Tally; 2], message: &Message) -> Result<(), String> {
        let stamp = self.content.read(&message.payload).ok_or("a message was changed")?;
        let tally = tallies.get_mut(stamp.publisher).ok_or("a message was changed")?;
        let topic = topic_of(&self.topic, stamp.publisher);
        is_of(message, &topic, LEVELS[stamp.publisher])?;
        tally.note(&message.payload, self.start.elapsed());
        self.lane.leave(0, stamp.sequence * LEVELS.len() as u64 + stamp.publisher as u64);
        Ok(())
    }
}

/// Where the messages of a level go.
fn topic_of(topic: &str, level: usize) -> String {
    format!("{topic}/{level}")
}

/// Publishes both levels in turn. The stamp has the level as its publisher.
async fn publish(client: Client, content: Content, lane: Arc<Lane>, topic: String, start: Instant) {
    let (mut window, meter) = (Window::default(), Meter::default());
    for sequence in 0..MESSAGES {
        for (publisher, qos) in LEVELS.into_iter().enumerate() {
            lane.enter().await;
            let sent = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let payload = content.payload(Stamp { publisher, sequence, sent });
            let message = Message::new(topic_of(&topic, publisher), payload).qos(qos);
            window.send(&client, message, &meter).await;
        }
    }
    window.drain(&meter).await;
}

/// Waits for the next connection: it is to find its session.
async fn come_back(status: &mut watch::Receiver<Status>) -> Result<(), String> {
    loop {
        status.changed().await.map_err(|_| "the client has ended".to_owned())?;
        match &*status.borrow_and_update() {
            Status::Connected(connected) => {
                return match connected.session {
                    SessionStart::Resumed => Ok(()),
                    _ => Err("the session is lost".to_owned()),
                };
            }
            Status::Ended(error) => {
                let why = error.as_ref().map(ToString::to_string);
                return Err(why.unwrap_or_else(|| "the client has ended".to_owned()));
            }
            _ => {}
        }
    }
}

/// Has the broker forget both sessions, if it has them.
pub(super) async fn forget(stage: &Stage, version: Version) {
    for name in NAMES {
        if let Ok((client, _)) = stage.connect(stage.options_of(version, name)).await {
            stage.leave(&client).await;
        }
    }
}
