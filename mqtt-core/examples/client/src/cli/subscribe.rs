//! `mqc-sub`.

use super::Program;
use super::connection::{Connection, qos};
use super::format::Format;
use super::json;
use super::output::{Output, stdout_failed};
use super::property::Place;
use super::report::{Failure, Report};
use super::stop::Stopper;
use crate::error::reason_name;
use crate::service::{ANSWER, leave, why_ended};
use crate::{Acks, Client, Filter, Message, Messages, Options, Received};
use clap::{Parser, ValueEnum};
use core::time::Duration;
use futures_util::FutureExt;
use mqtt_core::{
    PacketType, QoS, ReasonCode, RetainHandling, SubscriptionOptions, TopicFilter, TopicName,
    Version,
};
use std::io;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const EXAMPLES: &str = "\
Examples:
  mqc-sub -v -t 'sensors/+/temperature'
  mqc-sub -h broker.example -u anna -P secret -q 1 -t '#' -T 'noise/#'
  mqc-sub -t door -C 1 -W 10                  (one message, for ten seconds at most)
  mqc-sub -t '#' -F '@H:@M:@S %t %x'
  mqc-sub -t '#' --json | jq -r 'select(.retain).topic'
  mqc-sub -c -i archive -q 2 -t '#'           (misses nothing while it is away)
  mqc-sub -i archive --store sqlite:archive.db -q 2 -t '#'   (nor when it is killed)
  mqc-sub -t 'old/#' --remove-retained --retained-only
  mqc-sub -L mqtts://broker.example/door --cafile ca.pem

Format: %t topic, %p %x %X payload (as it is, in hex), %l its length, %q QoS, %r retain, %m packet identifier,
  %C content type, %D correlation data, %E expiry, %F payload format, %P user properties, %R response topic,
  %S subscription identifiers, %I time as ISO 8601, %U Unix time, %j JSON, %J JSON in JSON,
  @X time by strftime, @N nanoseconds, %% @@ \\\\ \\0 \\a \\e \\n \\r \\t \\v; widths as in %-20t, %08l, %.10t.

With --store no message is lost when this program is killed, and some are printed twice, of QoS 2 too: what was
printed and not yet stored as such comes again. Whoever reads the output may drop what it has seen.

Exit code: 0, 1 if the broker or the network failed, 2 for wrong options, 27 if -W has ended it.";

/// Prints messages that come over MQTT 3.1, 3.1.1 and 5.0. The options are those of mosquitto_sub.
#[derive(Parser, Debug)]
#[command(name = "mqc-sub", version, disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
#[command(after_help = EXAMPLES, max_term_width = 110)]
pub(super) struct Subscribe {
    /// Topic filter; may be given again
    #[arg(short, long, value_name = "FILTER", allow_hyphen_values = true)]
    topic: Vec<String>,
    /// Do not print messages that match; may be given again
    #[arg(short = 'T', long, value_name = "FILTER", allow_hyphen_values = true)]
    filter_out: Vec<String>,
    /// End this subscription (of a session kept with -c); may be given again
    #[arg(short = 'U', long, value_name = "FILTER", allow_hyphen_values = true)]
    unsubscribe: Vec<String>,
    /// Highest QoS: 0, 1 or 2 [default: 0]
    #[arg(short, long, value_parser = qos)]
    qos: Option<QoS>,
    /// End after so many messages; the rest stays with the broker
    #[arg(short = 'C', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after so many seconds
    #[arg(short = 'W', value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// End when all subscriptions are answered
    #[arg(short = 'E')]
    only_subscribe: bool,
    /// Do not print retained messages
    #[arg(short = 'R')]
    no_retained: bool,
    /// Print retained messages only, and end at the first other one
    #[arg(long)]
    retained_only: bool,
    /// Delete those retained messages that come and are not filtered out by -T
    #[arg(long)]
    remove_retained: bool,

    /// Keep the retain flag as it was published
    #[arg(long, help_heading = "MQTT 5.0")]
    retain_as_published: bool,
    /// When retained messages come: at each subscription, for a new one, never
    #[arg(long, value_name = "WHEN", help_heading = "MQTT 5.0", value_enum)]
    retain_handling: Option<When>,
    /// Nothing that this client itself publishes, such as its will
    #[arg(long, help_heading = "MQTT 5.0")]
    no_local: bool,

    /// Print topic and payload
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
    /// Print by a format: see below
    #[arg(short = 'F', value_name = "FORMAT", help_heading = "Output", allow_hyphen_values = true)]
    format: Option<String>,
    /// Print an object in JSON for each message
    #[arg(long, help_heading = "Output", conflicts_with_all = ["format", "verbose", "no_newline"])]
    json: bool,
    /// No end of line after a message
    #[arg(short = 'N', help_heading = "Output")]
    no_newline: bool,

    #[command(flatten)]
    connection: Connection,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum When {
    #[value(alias = "0")]
    Always,
    #[value(alias = "1")]
    New,
    #[value(alias = "2")]
    Never,
}

/// How a message is printed.
enum Style {
    Payload,
    Verbose,
    Json,
    Format(Format),
}

/// What happens with messages.
struct Printer<'a> {
    report: &'a Report,
    style: Style,
    end: &'static [u8],
    output: Output,
    filter_out: Vec<TopicFilter<'a>>,
    /// Takes the topics of retained messages that are to be deleted.
    remove: Option<mpsc::UnboundedSender<String>>,
    no_retained: bool,
    retained_only: bool,
    /// How many more to print.
    left: Option<u64>,
}

impl Program for Subscribe {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    async fn run(self, report: &Report) -> Result<(), Failure> {
        let (options, setup) = self.prepare(report)?;
        let filter_out = self.filter_out.iter().map(|filter| parsed("-T", filter));
        let filter_out = filter_out.collect::<Result<_, _>>()?;
        let style = self.style()?;
        let mut stopper = Stopper::new()?;
        let (client, mut messages) = tokio::select! {
            connected = Client::connect(options) => connected?,
            _ = stopper.stopped() => return Ok(()),
        };
        report.watch(&client);
        if let Some(seconds) = self.timeout {
            stopper.after(Duration::from_secs(seconds));
        }
        // Beside the messages: the answers may be behind more of them than there is room for.
        tokio::spawn(setup.run(client.clone(), stopper.handle()));
        let remover = self.remove_retained.then(|| Remover::new(client.clone()));
        let mut printer = Printer {
            report,
            style,
            end: if self.no_newline { b"" } else { b"\n" },
            output: Output::new(client.clone()),
            filter_out,
            remove: remover.as_ref().map(|remover| remover.topics.clone()),
            no_retained: self.no_retained,
            retained_only: self.retained_only,
            left: self.count,
        };
        let result = printer.run(&client, &mut messages, &mut stopper).await;
        printer.remove = None;
        goodbye(&client, messages, remover).await;
        result
    }
}

impl Subscribe {
    /// How to connect, and what to subscribe to.
    fn prepare(&self, report: &Report) -> Result<(Options, Setup), Failure> {
        let needs = [
            (self.no_local, "--no-local"),
            (self.retain_as_published, "--retain-as-published"),
            (self.retain_handling.is_some(), "--retain-handling"),
        ];
        let needs = needs.iter().find(|(is_given, _)| *is_given).map(|(_, name)| *name);
        let (options, of_url) = self.connection.options(needs)?;
        let definitions = &self.connection.definitions;
        let places = [Place::Connect, Place::Will, Place::Subscribe];
        definitions.only(&places).map_err(Failure::Usage)?;
        let identifier = definitions.subscription_identifier().map_err(Failure::Usage)?;
        let how = SubscriptionOptions {
            qos: self.qos.unwrap_or_default(),
            no_local: self.no_local,
            retain_as_published: self.retain_as_published,
            retain_handling: match self.retain_handling {
                None | Some(When::Always) => RetainHandling::SendAlways,
                Some(When::New) => RetainHandling::SendIfNew,
                Some(When::Never) => RetainHandling::DoNotSend,
            },
        };
        let mut filters = Vec::new();
        for filter in self.topic.iter().chain(&of_url) {
            parsed("-t", filter)?;
            filters.push(Filter { filter: filter.clone(), options: how });
        }
        for filter in &self.unsubscribe {
            parsed("-U", filter)?;
        }
        if filters.is_empty() && self.unsubscribe.is_empty() {
            return Err(Failure::Usage("there is no topic (-t)".to_owned()));
        }
        let options = Options { acks: Acks::Manual, ..options };
        let setup = Setup {
            version: options.version,
            filters,
            identifier,
            unsubscribe: self.unsubscribe.clone(),
            only_subscribe: self.only_subscribe,
            report: *report,
        };
        Ok((options, setup))
    }

    fn style(&self) -> Result<Style, Failure> {
        let parse = |format| Format::parse(format).map_err(|why| format!("-F {format:?}: {why}"));
        Ok(match &self.format {
            Some(format) => Style::Format(parse(format).map_err(Failure::Usage)?),
            None if self.json => Style::Json,
            None if self.verbose => Style::Verbose,
            None => Style::Payload,
        })
    }
}

fn parsed<'a>(option: &str, filter: &'a str) -> Result<TopicFilter<'a>, Failure> {
    TopicFilter::new(filter).map_err(|why| Failure::Usage(format!("{option} {filter}: {why}")))
}

/// What is asked of the broker at the beginning.
struct Setup {
    version: Version,
    filters: Vec<Filter>,
    identifier: Option<u32>,
    unsubscribe: Vec<String>,
    only_subscribe: bool,
    report: Report,
}

impl Setup {
    async fn run(self, client: Client, stop: impl FnOnce(Result<(), Failure>)) {
        match self.ask(&client).await {
            Ok(()) if !self.only_subscribe => {}
            // The end of the client is noticed where messages are awaited.
            Err(Failure::Run(_)) => {}
            result => stop(result),
        }
    }

    async fn ask(&self, client: &Client) -> Result<(), Failure> {
        if !self.filters.is_empty() {
            let codes = client.subscribe_all(self.filters.clone(), self.identifier).await?;
            let names = self.filters.iter().map(|filter| &filter.filter);
            let mut is_one_granted = false;
            for (filter, code) in names.zip(codes) {
                is_one_granted |= code.is_success();
                self.tell(filter, code, PacketType::SubAck);
            }
            if !is_one_granted {
                return Err(Failure::Told);
            }
        }
        if !self.unsubscribe.is_empty() {
            let codes = client.unsubscribe(self.unsubscribe.clone()).await?;
            for (filter, code) in self.unsubscribe.iter().zip(codes) {
                self.tell(filter, code, PacketType::UnsubAck);
            }
        }
        Ok(())
    }

    fn tell(&self, filter: &str, code: ReasonCode, packet: PacketType) {
        let name = reason_name(code, packet, self.version);
        match (code.is_success(), packet) {
            (true, PacketType::SubAck) => {
                self.report.debug(format_args!("{filter}: granted QoS {}", code.0));
            }
            (true, _) => self.report.debug(format_args!("{filter}: {name}")),
            (false, _) => self.report.error(format_args!("the broker refuses {filter}: {name}")),
        }
    }
}

impl Printer<'_> {
    async fn run(
        &mut self,
        client: &Client,
        messages: &mut Messages,
        stopper: &mut Stopper,
    ) -> Result<(), Failure> {
        let written = self.print_all(client, messages, stopper).await;
        written.unwrap_or_else(|error| stdout_failed(&error))
    }

    /// Prints what comes until it is over. The outer error is that of standard output.
    async fn print_all(
        &mut self,
        client: &Client,
        messages: &mut Messages,
        stopper: &mut Stopper,
    ) -> io::Result<Result<(), Failure>> {
        loop {
            let at_hand = if stopper.is_stopped() { None } else { messages.next().now_or_never() };
            let received = match at_hand {
                Some(received) => received,
                None => {
                    // Nothing is there to be written together with.
                    self.output.flush()?;
                    tokio::select! {
                        biased;
                        end = stopper.stopped() => return Ok(end),
                        received = messages.next() => received,
                    }
                }
            };
            let Some(received) = received else {
                self.output.flush()?;
                return Ok(Err(why_ended(client).await.into()));
            };
            if self.take(received)? {
                self.output.flush()?;
                return Ok(Ok(()));
            }
        }
    }

    /// Deals with a message. True if it was the last.
    fn take(&mut self, received: Received) -> io::Result<bool> {
        let message = &received.message;
        if self.retained_only && !message.retain {
            return Ok(true);
        }
        let is_wanted = self.filter_out.is_empty()
            || TopicName::new(&message.topic)
                .is_ok_and(|topic| !self.filter_out.iter().any(|filter| filter.matches(topic)));
        if let (true, true, Some(remove)) = (is_wanted, message.retain, &self.remove) {
            // Fails when the client has ended; then nothing can be deleted.
            let _ = remove.send(message.topic.clone());
        }
        let is_wanted = is_wanted && !(self.no_retained && message.retain);
        if is_wanted {
            self.print(&received);
            self.left = self.left.map(|left| left - 1);
        }
        self.output.done(received.ack)?;
        Ok(self.left == Some(0))
    }

    fn print(&mut self, received: &Received) {
        let text = &mut self.output.text;
        let message = &received.message;
        match &self.style {
            // As mosquitto_sub does.
            Style::Payload if message.payload.is_empty() => return,
            Style::Payload => text.extend_from_slice(&message.payload),
            Style::Verbose => {
                text.extend_from_slice(message.topic.as_bytes());
                text.push(b' ');
                match message.payload.is_empty() {
                    true => text.extend_from_slice(b"(null)"),
                    false => text.extend_from_slice(&message.payload),
                }
            }
            Style::Json => json::write_line(text, received),
            Style::Format(format) => {
                if format.write(text, received).is_err() {
                    self.report.error(format_args!("{}: the payload is no JSON", message.topic));
                }
            }
        }
        text.extend_from_slice(self.end);
    }
}

/// Deletes retained messages. A task of its own: who takes messages must not wait for room to send some.
struct Remover {
    topics: mpsc::UnboundedSender<String>,
    task: JoinHandle<()>,
}

impl Remover {
    fn new(client: Client) -> Self {
        let (topics, mut wanted) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Some(topic) = wanted.recv().await {
                let nothing = Message::new(topic, "").qos(QoS::AtLeastOnce).retain(true);
                if client.post(nothing).await.is_err() {
                    break;
                }
            }
        });
        Self { topics, task }
    }
}

/// Takes leave of the broker.
async fn goodbye(client: &Client, mut messages: Messages, remover: Option<Remover>) {
    let leave = async {
        if let Some(Remover { topics, task }) = remover {
            drop(topics);
            let _ = tokio::time::timeout(ANSWER, task).await;
        }
        leave(client).await;
    };
    // What still comes is not acknowledged, but it must not be in the way of answers.
    let drain = async {
        while messages.next().await.is_some() {}
        core::future::pending::<()>().await;
    };
    tokio::select! {
        () = leave => {}
        () = drain => {}
    }
}
