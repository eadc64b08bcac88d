//! Many messages of one version and one QoS.

use crate::content::Content;
use crate::lane::Lane;
use crate::place::{Place, Run};
use crate::report::{Check, Report, Row, grouped};
use crate::screen::{Mark, Screen};
use crate::stage::Stage;
use core::time::Duration;
use mqc_client::bench::{Latency, Meter, Stamp, Tally, Window, histogram, last_ones, show};
use mqc_client::{Client, Filter, Message, Status, service};
use mqtt_core::{QoS, Version};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// How many publish.
pub(crate) const PUBLISHERS: usize = 5;
/// How many messages of a publisher wait for their acknowledgement.
const OPEN: usize = 64;

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) version: Version,
    pub(crate) qos: QoS,
    /// Of all publishers together.
    pub(crate) messages: u64,
    pub(crate) has_shares: bool,
}

impl Load<'_> {
    /// Runs it, and says what came of it.
    pub(crate) async fn run(self, screen: &Screen, report: &mut Report) {
        let Self { version, qos, .. } = self;
        let name = self.name();
        match self.measure(screen).await {
            Ok((row, checks)) => {
                let mark = match checks.iter().all(Check::is_good) {
                    false => Mark::Broken,
                    true if row.granted < qos => Mark::Note,
                    true => Mark::Good,
                };
                let (received, expected) = (grouped(row.received), grouped(row.expected));
                let (seconds, note) = (row.seconds, &row.note);
                let text =
                    format!("{name}  {received} of {expected} messages in {seconds:.2} s{note}");
                screen.line(mark, &text);
                report.rows.push(row);
                report.checks.extend(checks);
            }
            Err(why) => {
                screen.line(Mark::Broken, &format!("{name}  {why}"));
                let guarantee = promise(qos, false);
                report.checks.push(Check { guarantee, version, broken: vec![why] });
            }
        }
    }

    fn name(&self) -> String {
        format!("{:<5}  QoS {}", self.version.to_string(), self.qos as u8)
    }

    fn topic(&self, publisher: usize) -> String {
        self.stage.topic(self.version, &format!("q{}/{publisher}/load", self.qos as u8))
    }

    fn filter(&self, rest: &str) -> String {
        self.stage.topic(self.version, &format!("q{}/{rest}", self.qos as u8))
    }

    /// Who gets each message.
    fn places(&self) -> Vec<Place> {
        let exact = (0..PUBLISHERS).map(|publisher| self.topic(publisher)).collect();
        let (plus, hash) = (self.filter("+/load"), self.filter("#"));
        let shared = self.stage.shared(&plus);
        let mut places =
            vec![("exact topics", exact, 1), ("`+`", vec![plus], 1), ("`#`", vec![hash], 1)];
        if self.has_shares {
            places.push(("the shared group", vec![shared], 2));
        }
        let place = |(number, (name, filters, members))| {
            Place::new(number, name, filters, members, PUBLISHERS)
        };
        places.into_iter().enumerate().map(place).collect()
    }

    async fn measure(&self, screen: &Screen) -> Result<(Row, Vec<Check>), String> {
        let (mut places, mut subscribers) = (Vec::new(), Vec::new());
        for mut place in self.places() {
            let mut members = Vec::new();
            for _ in 0..place.members {
                let (client, messages) =
                    self.stage.connect(self.stage.options(self.version)).await?;
                let filters = place.filters.iter().map(|filter| Filter::new(filter, self.qos));
                let granted =
                    self.stage.subscribe(&client, self.version, filters.collect()).await?;
                place.granted = place.granted.min(granted);
                members.push((client, messages));
            }
            let place = Arc::new(place);
            for (member, (client, messages)) in members.into_iter().enumerate() {
                subscribers.push((place.clone(), member, client, messages));
            }
            places.push(place);
        }
        let mut publishers = Vec::new();
        for _ in 0..PUBLISHERS {
            publishers.push(self.stage.connect(self.stage.options(self.version)).await?.0);
        }

        let copies = places.len() as u64;
        let run = Arc::new(Run {
            content: Content::new(),
            qos: self.qos,
            topics: (0..PUBLISHERS).map(|publisher| self.topic(publisher)).collect(),
            lanes: (0..PUBLISHERS).map(|_| Lane::new(places.len(), self.stage.window)).collect(),
            meter: Meter::default(),
            start: Instant::now(),
        });
        let mut receiving = JoinSet::new();
        let mut listening = Vec::new();
        for (place, member, client, messages) in subscribers {
            receiving.spawn(place.clone().receive(member, messages, run.clone()));
            listening.push((place, client));
        }
        let mut sending = JoinSet::new();
        for (number, client) in publishers.into_iter().enumerate() {
            let publisher = Publisher { number, client };
            sending.spawn(publisher.run(self.share(number), run.clone(), self.stage.patience));
        }

        let expected = self.messages * copies;
        let ending = last_ones(expected, self.stage.patience, &run.meter);
        let name = format!("{}  ", self.name());
        match screen.is_plain() {
            true => ending.await,
            false => tokio::select! {
                () = ending => {}
                never = show(&run.meter, &name, Some(self.messages), Some(expected)) => match never {},
            },
        }
        let is_complete = run.meter.received() >= expected;
        if !is_complete {
            run.meter.stop();
        }
        let windows = sending.join_all().await;
        let mut troubles: Vec<_> = windows
            .iter()
            .filter_map(|window| window.error.as_ref())
            .map(|error| format!("a publisher: {error}"))
            .collect();
        for (place, client) in listening {
            if let Status::Ended(Some(error)) = &*client.status().borrow() {
                troubles.push(format!("{}: {error}", place.name));
            }
            // What came again came before the answer to this.
            let _ = timeout(self.stage.patience, client.unsubscribe(place.filters.clone())).await;
            self.stage.leave(&client).await;
            client.abort();
        }
        receiving.join_all().await;
        if !is_complete {
            troubles.push(format!("nothing more came for {} s", self.stage.patience.as_secs()));
        }
        Ok(self.judge(&places, &windows, &troubles))
    }

    /// What has come, beside what was to come.
    fn judge(
        &self,
        places: &[Arc<Place>],
        windows: &[Window],
        troubles: &[String],
    ) -> (Row, Vec<Check>) {
        let Self { version, qos, .. } = *self;
        let failed: u64 = windows.iter().map(|window| window.failed).sum();
        let sent: u64 = windows.iter().map(|window| window.sent).sum();
        // One whose end is not known may have come.
        let given = sent + failed;
        let check = |guarantee| Check { guarantee, version, broken: Vec::new() };
        let mut to_each = check(promise(qos, false));
        let mut to_group = check(promise(qos, true));
        let (mut order, mut content, mut address) =
            (check(IN_ORDER), check(UNCHANGED), check(AS_SENT));
        let mut all_sent = check(SENT);
        let mut row = Row::new(version, qos, sent, given * places.len() as u64);
        row.granted = places.iter().map(|place| place.granted).fold(qos, QoS::min);
        let mut latency = histogram();
        let mut last = Duration::ZERO;
        for place in places {
            let (seen, name) = (place.seen(), place.name);
            let Tally { received, duplicates, out_of_order, .. } = seen.tally;
            let lost = given.saturating_sub(received);
            row.received += received;
            row.lost += lost;
            row.duplicated += duplicates;
            last = last.max(seen.tally.last);
            latency.add(&seen.tally.latency).expect("it grows");
            let fault = |check: &mut Check, count: u64, what: &str| {
                if count > 0 {
                    let (qos, count) = (qos as u8, grouped(count));
                    check.broken.push(format!("QoS {qos}, {name}: {count} {what}"));
                }
            };
            let delivery = if place.is_shared() { &mut to_group } else { &mut to_each };
            if qos.min(place.granted) != QoS::AtMostOnce {
                fault(delivery, lost, "missing");
            }
            if qos.min(place.granted) != QoS::AtLeastOnce {
                fault(delivery, duplicates, "came again");
            }
            fault(&mut content, seen.changed, "changed");
            fault(&mut address, seen.misplaced, "on another topic");
            fault(&mut address, seen.other_qos, "with another QoS");
            if place.is_shared() {
                let shares: Vec<_> = seen.shares.iter().copied().map(grouped).collect();
                row.note = format!("; {} {}", name, shares.join(" + "));
            } else {
                fault(&mut order, out_of_order, "late");
            }
        }
        let unsent = self.messages - sent;
        if unsent > 0 {
            let (qos, unsent) = (qos as u8, grouped(unsent));
            all_sent.broken.push(format!("QoS {qos}: {unsent} were not, or have no answer"));
        }
        for trouble in troubles {
            row.note += &format!("; {trouble}");
        }
        row.latency = Latency::of(&latency);
        row.seconds = last.as_secs_f64();
        let mut checks = vec![content, address, order, all_sent];
        if row.granted == qos {
            checks.push(to_each);
            checks.extend(self.has_shares.then_some(to_group));
        } else {
            // That promise is given to nobody. What is broken all the same is told.
            checks.extend([to_each, to_group].into_iter().filter(|check| !check.is_good()));
            row.note += &format!("; the broker grants QoS {}", row.granted as u8);
        }
        (row, checks)
    }

    /// How many messages a publisher sends.
    fn share(&self, number: usize) -> u64 {
        let publishers = PUBLISHERS as u64;
        self.messages / publishers + u64::from((number as u64) < self.messages % publishers)
    }
}

/// One that publishes.
#[derive(Debug)]
struct Publisher {
    number: usize,
    client: Client,
}

impl Publisher {
    async fn run(self, messages: u64, run: Arc<Run>, patience: Duration) -> Window {
        let mut window = Window::default();
        tokio::select! {
            () = self.publish(messages, &run, &mut window) => {
                // All have come if this is reached at all; the last acknowledgements may be on the way.
                let _ = timeout(patience, window.drain(&run.meter)).await;
            }
            () = run.meter.stopped() => {}
        }
        window.give_up();
        if let Some(error) = window.error.take() {
            window.error = Some(service::cause(&self.client, error).await);
        }
        let _ = timeout(patience, self.client.disconnect()).await;
        window
    }

    async fn publish(&self, messages: u64, run: &Run, window: &mut Window) {
        for sequence in 0..messages {
            run.lanes[self.number].enter().await;
            let sent = u64::try_from(run.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            let stamp = Stamp { publisher: self.number, sequence, sent };
            let message =
                Message::new(run.topics[self.number].as_str(), run.content.payload(stamp));
            if !window.send(&self.client, message.qos(run.qos), &run.meter).await {
                return;
            }
            if window.len() >= OPEN {
                window.settle(&run.meter).await;
            }
        }
    }
}

const UNCHANGED: &str = "each message comes as it was sent, to the last byte";
const AS_SENT: &str = "each message comes on its topic, with its QoS";
const IN_ORDER: &str = "the messages of a publisher come in their order";
const SENT: &str = "each message can be sent; of QoS 1 and 2, it is acknowledged";

/// What a QoS promises, to one subscriber or to a group.
pub(crate) const fn promise(qos: QoS, is_shared: bool) -> &'static str {
    match (qos, is_shared) {
        (QoS::AtMostOnce, false) => "QoS 0: at most once to each subscriber",
        (QoS::AtMostOnce, true) => "QoS 0: at most once to a shared group",
        (QoS::AtLeastOnce, false) => "QoS 1: at least once to each subscriber",
        (QoS::AtLeastOnce, true) => "QoS 1: at least once to a shared group",
        (QoS::ExactlyOnce, false) => "QoS 2: exactly once to each subscriber",
        (QoS::ExactlyOnce, true) => "QoS 2: exactly once to a shared group",
    }
}
