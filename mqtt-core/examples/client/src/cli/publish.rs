//! `mqc-pub`.

use super::Program;
use super::connection::{Connection, qos};
use super::lines::read_lines;
use super::output::stdin_failed;
use super::property::Place;
use super::report::{Failure, Report};
use super::stop::Stopper;
use crate::error::reason_name;
use crate::service::{cause, leave};
use crate::{Client, Delivery, Error, Message, Options};
use bytes::Bytes;
use clap::{Args, Parser};
use core::time::Duration;
use mqtt_core::{PacketType, QoS, TopicName, Version};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  mqc-pub -t sensors/7/temperature -m 21.5
  mqc-pub -h broker.example -u anna -P secret -q 1 -r -t door -m open
  mqc-pub -t camera -f picture.jpg -D publish content-type image/jpeg
  tail -f app.log | mqc-pub -q 1 -t log -l
  tail -f app.log | mqc-pub -q 2 -t log -l -i app --store file:app-session
  mqc-pub -t state -r -n                      (deletes what is retained)
  mqc-pub -L mqtts://broker.example/door --cafile ca.pem -m open
  mqc-pub -L wss://broker.example/mqtt -t door -m open

Exit code: 0 if all was delivered, 1 if the broker or the network failed, 2 for wrong options.";

/// Publishes messages over MQTT 3.1, 3.1.1 and 5.0. The options are those of mosquitto_pub.
#[derive(Parser, Debug)]
#[command(name = "mqc-pub", version, disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
#[command(after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Publish {
    /// Topic
    #[arg(short, long, allow_hyphen_values = true)]
    topic: Option<String>,
    #[command(flatten)]
    source: Source,
    /// QoS: 0, 1 or 2 [default: 0]
    #[arg(short, long, value_parser = qos)]
    qos: Option<QoS>,
    /// Have the broker keep the message for those that subscribe later
    #[arg(short, long)]
    retain: bool,
    /// Publish the message so many times, each when the one before is delivered
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "stdin_line")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    repeat: u64,
    /// Wait so long between them; fractions are fine
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "0")]
    repeat_delay: Duration,
    /// With -l: how many messages wait for the broker's acknowledgement at once
    #[arg(short = 'M', long, value_name = "N", default_value_t = 1000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    max_inflight: u32,
    #[command(flatten)]
    connection: Connection,
}

/// Where messages come from.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Source {
    /// The message
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    message: Option<OsString>,
    /// The message is in a file
    #[arg(short, long)]
    file: Option<PathBuf>,
    /// Each line of standard input is a message
    #[arg(short = 'l', long)]
    stdin_line: bool,
    /// All of standard input is the message
    #[arg(short, long)]
    stdin_file: bool,
    /// An empty message
    #[arg(short, long)]
    null_message: bool,
}

impl Source {
    /// The one message, unless there are many.
    fn payload(&self) -> Result<Option<Bytes>, Failure> {
        let bytes = match self {
            Self { stdin_line: true, .. } => return Ok(None),
            Self { message: Some(message), .. } => message.clone().into_encoded_bytes(),
            Self { file: Some(file), .. } => fs::read(file)
                .map_err(|error| Failure::Usage(format!("-f {}: {error}", file.display())))?,
            Self { stdin_file: true, .. } => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).map_err(|error| stdin_failed(&error))?;
                if bytes.is_empty() {
                    let why = "standard input is empty (-n publishes an empty message)";
                    return Err(Failure::Run(why.to_owned()));
                }
                bytes
            }
            _ => Vec::new(),
        };
        Ok(Some(bytes.into()))
    }
}

impl Program for Publish {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    async fn run(self, report: &Report) -> Result<(), Failure> {
        let (options, template) = self.prepare()?;
        let payload = self.source.payload()?;
        let options = Options {
            // Who waits for one message wants to know that it cannot be delivered.
            reconnect: options.reconnect.filter(|_| payload.is_none()),
            ..options
        };
        let version = options.version;
        let mut stopper = Stopper::new()?;
        let (client, messages) = tokio::select! {
            connected = Client::connect(options) => connected?,
            _ = stopper.stopped() => return Err(interrupted()),
        };
        // A session of before may bring some; nobody wants them.
        drop(messages);
        report.watch(&client);
        let answer = match template.qos {
            QoS::AtMostOnce | QoS::AtLeastOnce => PacketType::PubAck,
            QoS::ExactlyOnce => PacketType::PubRec,
        };
        let open = VecDeque::new();
        let mut sender = Sender { client, version, answer, report, open, failed: false };
        let work = async {
            match payload {
                Some(payload) => {
                    let message = with(&template, payload);
                    self.repeat(&mut sender, &message).await
                }
                None => sender.lines(&template, self.max_inflight as usize).await,
            }
        };
        let result = tokio::select! {
            result = work => result,
            _ = stopper.stopped() => Err(interrupted()),
        };
        if result.is_err() {
            leave(&sender.client).await;
            return result;
        }
        sender.client.disconnect().await?;
        if sender.failed { Err(Failure::Told) } else { Ok(()) }
    }
}

impl Publish {
    /// How to connect, and what all messages have in common.
    fn prepare(&self) -> Result<(Options, Message), Failure> {
        let (options, of_url) = self.connection.options(None)?;
        let definitions = &self.connection.definitions;
        let usage = |why: &str| Failure::Usage(why.to_owned());
        let topic = match (&self.topic, of_url) {
            (Some(_), Some(_)) => return Err(usage("the topic is in -t and in the URL")),
            (Some(topic), None) => topic.clone(),
            (None, of_url) => of_url.ok_or_else(|| usage("there is no topic (-t)"))?,
        };
        TopicName::new(&topic).map_err(|why| Failure::Usage(format!("-t {topic}: {why}")))?;
        let qos = self.qos.unwrap_or_default();
        let mut message = Message::new(topic, Bytes::new()).qos(qos).retain(self.retain);
        definitions
            .only(&[Place::Connect, Place::Will, Place::Publish])
            .and_then(|()| definitions.apply_to_message(&mut message))
            .map_err(Failure::Usage)?;
        Ok((options, message))
    }

    async fn repeat(&self, sender: &mut Sender<'_>, message: &Message) -> Result<(), Failure> {
        for number in 0..self.repeat {
            if number > 0 {
                tokio::time::sleep(self.repeat_delay).await;
            }
            sender.send(message.clone()).await?;
            sender.settle(0).await?;
        }
        Ok(())
    }
}

/// Publishes messages and keeps an eye on them.
struct Sender<'a> {
    client: Client,
    version: Version,
    /// What tells that a message is refused.
    answer: PacketType,
    report: &'a Report,
    /// Under way, oldest first.
    open: VecDeque<Delivery>,
    /// One was refused.
    failed: bool,
}

impl Sender<'_> {
    async fn lines(&mut self, template: &Message, window: usize) -> Result<(), Failure> {
        let mut lines = read_lines(io::stdin());
        while let Some(some) = lines.recv().await {
            for payload in some.map_err(|error| stdin_failed(&error))? {
                self.settle(window - 1).await?;
                self.send(with(template, payload)).await?;
            }
        }
        self.settle(0).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Failure> {
        match self.client.send(message).await {
            Ok(delivery) => self.open.push_back(delivery),
            Err(error) => return Err(cause(&self.client, error).await.into()),
        }
        Ok(())
    }

    /// Waits until so few are under way. One that is refused does not hinder others.
    async fn settle(&mut self, count: usize) -> Result<(), Failure> {
        while self.open.len() > count {
            let Some(delivery) = self.open.pop_front() else { break };
            let name = |reason| reason_name(reason, self.answer, self.version);
            match delivery.await {
                Ok(done) => self.report.debug(format_args!("delivered: {}", name(done.reason))),
                Err(error @ (Error::Closed | Error::Usage(_))) => {
                    return Err(cause(&self.client, error).await.into());
                }
                Err(Error::Reason(reason)) => {
                    self.refused(&format!("the broker refuses a message: {}", name(reason)));
                }
                Err(error) => self.refused(&error.to_string()),
            }
        }
        Ok(())
    }

    fn refused(&mut self, why: &str) {
        self.failed = true;
        self.report.error(why);
    }
}

/// The same message with another payload.
fn with(template: &Message, payload: Bytes) -> Message {
    let mut message = template.clone();
    message.payload = payload;
    message
}

fn interrupted() -> Failure {
    Failure::Run("interrupted: not all was delivered".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
