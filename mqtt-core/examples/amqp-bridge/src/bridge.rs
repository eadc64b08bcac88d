//! Takes messages, publishes them, and acknowledges what is confirmed.

use crate::rabbit::{Rabbit, Sent};
use crate::settings::{NAME, Settings};
use crate::waiting::{Item, Waiting};
use core::future::{pending, ready};
use core::pin::{Pin, pin};
use core::time::Duration;
use lapin::Confirmation;
use mqc_client::service::{Stop, leave, report, subscribe, why_ended};
use mqc_client::{Client, Messages};
use mqtt_core::{Instant, ReasonCode, Reconnect};
use std::collections::VecDeque;
use tokio::time::{self, sleep, timeout};

/// How long RabbitMQ may take for the last confirmations.
const LAST_CONFIRMS: Duration = Duration::from_secs(10);

/// Why messages are carried no longer.
enum End {
    Stop,
    /// There will be no more messages.
    Mqtt(String),
    /// RabbitMQ is gone; that may pass.
    Amqp(String),
}

/// What ends everything.
struct Ends<'a> {
    stop: Stop,
    /// Says why there will be no more messages.
    fatal: Pin<&'a mut dyn Future<Output = String>>,
}

impl Ends<'_> {
    async fn come(&mut self) -> End {
        tokio::select! {
            () = self.stop.wished() => End::Stop,
            why = &mut self.fatal => End::Mqtt(why),
        }
    }
}

/// What is told at the end.
#[derive(Default)]
struct Counts {
    confirmed: u64,
    dead: u64,
    unrouted: u64,
    again: u64,
}

struct Bridge<'a> {
    settings: &'a Settings,
    client: Client,
    messages: Messages,
    /// Published, in this order, and not confirmed.
    open: VecDeque<(Item, Sent)>,
    waiting: Waiting,
    counts: Counts,
}

/// Carries messages until an end is wished.
pub(crate) async fn run(settings: &Settings) -> Result<(), String> {
    let stop = Stop::new().map_err(|error| error.to_string())?;
    let (client, messages) =
        Client::start(settings.mqtt.clone()).map_err(|error| error.to_string())?;
    tokio::spawn(report(NAME, client.status(), settings.mqtt.address.to_string()));
    let fatal = pin!(async {
        match subscribe(&client, settings.mqtt.version, settings.filters.clone()).await {
            Ok(codes) => {
                eprintln!("{NAME}: {} filters subscribed", codes.len());
                why_ended(&client).await.to_string()
            }
            Err(why) => why,
        }
    });
    let mut bridge = Bridge {
        settings,
        client: client.clone(),
        messages,
        open: VecDeque::new(),
        waiting: Waiting::new(settings.in_flight, settings.mqtt.receive_maximum),
        counts: Counts::default(),
    };
    let end = bridge.carry_always(&mut Ends { stop, fatal }).await;
    leave(&client).await;
    let Counts { confirmed, dead, unrouted, again } = bridge.counts;
    let dropped = bridge.waiting.dropped;
    eprintln!(
        "{NAME}: {confirmed} confirmed, {again} published again, {dead} dead letters, \
         {unrouted} without a queue, {dropped} of QoS 0 dropped"
    );
    match end {
        End::Stop => Ok(()),
        End::Mqtt(why) | End::Amqp(why) => Err(why),
    }
}

impl Bridge<'_> {
    /// Carries messages, and connects to RabbitMQ again whenever it is gone.
    async fn carry_always(&mut self, ends: &mut Ends<'_>) -> End {
        let started = time::Instant::now();
        let now = || Instant::from(started.elapsed());
        let mut reconnect = Reconnect::new(Settings::backoff());
        loop {
            let connected = self.meanwhile(ends, Rabbit::connect(self.settings)).await;
            let why = match connected {
                Ok(Ok(rabbit)) => {
                    reconnect.connected(now());
                    eprintln!("{NAME}: connected to RabbitMQ");
                    match self.carry(rabbit, ends).await {
                        End::Amqp(why) => why,
                        end => return end,
                    }
                }
                Ok(Err(why)) => why,
                Err(end) => return end,
            };
            let until = reconnect.lost(now(), fastrand::u32(..));
            eprintln!("{NAME}: RabbitMQ: {why}; trying again");
            if let Err(end) = self.meanwhile(ends, sleep(until.since(now()))).await {
                return end;
            }
        }
    }

    /// Waits for `work`, and takes messages meanwhile, which wait too.
    async fn meanwhile<T>(
        &mut self,
        ends: &mut Ends<'_>,
        work: impl Future<Output = T>,
    ) -> Result<T, End> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                end = ends.come() => return Err(end),
                done = &mut work => return Ok(done),
                () = self.waiting.fill(&mut self.messages) => {}
            }
        }
    }

    /// Carries messages over one connection.
    async fn carry(&mut self, mut rabbit: Rabbit, ends: &mut Ends<'_>) -> End {
        let max = usize::from(self.settings.in_flight);
        let end = loop {
            let can_publish = self.open.len() < max && !self.waiting.is_empty();
            tokio::select! {
                biased;
                end = ends.come() => break end,
                answer = first(&mut self.open) => match self.confirmed(answer) {
                    Ok(()) => continue,
                    Err(why) => break End::Amqp(why),
                },
                () = ready(()), if can_publish => {}
                () = self.waiting.fill(&mut self.messages) => continue,
            }
            let Some(mut item) = self.waiting.pop() else { continue };
            self.counts.again += u64::from(item.is_sent);
            item.is_sent = true;
            // RabbitMQ may let us wait as long as it likes.
            let sent = self.meanwhile(ends, rabbit.publish(&item.message)).await;
            match sent.and_then(|sent| sent.map_err(End::Amqp)) {
                Ok(sent) => self.open.push_back((item, sent)),
                Err(end) => {
                    self.waiting.take_back(item);
                    break end;
                }
            }
        };
        if !matches!(end, End::Amqp(_)) {
            let last = async {
                while !self.open.is_empty() {
                    let answer = first(&mut self.open).await;
                    self.confirmed(answer)?;
                }
                Ok::<_, String>(())
            };
            // What is not confirmed now stays with the MQTT broker.
            let _ = timeout(LAST_CONFIRMS, last).await;
            rabbit.close().await;
        }
        // What is not confirmed is published again, in its order.
        while let Some((item, _)) = self.open.pop_back() {
            self.waiting.take_back(item);
        }
        end
    }

    /// Deals with the answer to the first message that is open.
    fn confirmed(&mut self, answer: lapin::Result<Confirmation>) -> Result<(), String> {
        let unrouted = match answer {
            Ok(Confirmation::Ack(returned)) => returned.is_some(),
            Ok(_) => return Err("a message was not accepted".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        let Some((item, sent)) = self.open.pop_front() else { return Ok(()) };
        let counts = &mut self.counts;
        counts.confirmed += 1;
        let topic = &item.message.topic;
        if let Some(why) = sent.dead {
            counts.dead += 1;
            tell(counts.dead, "dead letters, the last one", topic, &why);
        } else if unrouted {
            counts.unrouted += 1;
            tell(counts.unrouted, "messages that no queue wants, the last one", topic, "");
        }
        if let Some(ack) = item.ack {
            self.client.ack(ack, ReasonCode::SUCCESS);
        }
        Ok(())
    }
}

/// Tells it for the first, second, fourth, eighth time and so on.
fn tell(number: u64, what: &str, topic: &str, why: &str) {
    if number.is_power_of_two() {
        eprintln!("{NAME}: {number} {what} of {topic:?} {why}");
    }
}

/// The answer to the first message that is open; if there is none, waits for ever.
async fn first(open: &mut VecDeque<(Item, Sent)>) -> lapin::Result<Confirmation> {
    match open.front_mut() {
        Some((_, sent)) => (&mut sent.confirm).await,
        None => pending().await,
    }
}
