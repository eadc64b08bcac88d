//! `mqc-bench`: load for an MQTT broker, and a table of what became of it.

use clap::Parser;
use core::time::Duration;
use mqc_client::bench::{Amount, Load, Meter, Report, Topics, run, show};
use mqc_client::{Address, Options, Tls};
use mqtt_core::{QoS, Version};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  One publisher, one subscriber, 10,000 messages of QoS 0, as fast as they go:
      mqc-bench
  Five publishers with 200 messages on the way each, QoS 1, for ten seconds:
      mqc-bench --publishers 5 --qos 1 --window 200 --for 10
  One message for a thousand subscribers, ten times a second:
      mqc-bench --subscribers 1000 --rate 10 --messages 100
  A hundred pairs, 5 messages a second each, over TLS, the report as JSON:
      mqc-bench --url mqtts://broker:8883 --ca-file ca.pem --publishers 100 --subscribers 100 \\
          --topics pairs --rate 5 --for 60 --json report.json
  What it costs to keep the session on disk:
      mqc-bench --qos 1 --subscribers 0 --window 1000 --messages 100000 --store sqlite:bench.db
  Only publish; subscribers are elsewhere:
      mqc-bench --subscribers 0 --topic sensors --messages 100000

Ctrl-C ends a run; the table tells of what was done until then.
Exit codes: 0 all is well; 1 messages could not be sent, or of QoS 1 or 2 were lost; 2 the run could not be made.";

/// Publishes to an MQTT broker, receives, and tells how fast that was and what was lost.
#[derive(Parser)]
#[command(name = "mqc-bench", disable_version_flag = true, after_help = EXAMPLES)]
struct Arguments {
    /// The broker: mqtt, mqtts, ws or wss; user name and password may be in it.
    #[arg(long, default_value = "mqtt://localhost")]
    url: Address,
    /// The version of MQTT: 3.1, 3.1.1 or 5.
    #[arg(long, default_value = "5")]
    version: Version,
    /// How many publish.
    #[arg(long, value_name = "N", default_value_t = 1)]
    publishers: usize,
    /// How many subscribe.
    #[arg(long, value_name = "N", default_value_t = 1)]
    subscribers: usize,
    /// QoS of messages and subscriptions.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    qos: u8,
    /// Payload; with less than 16 latency is not known, with less than 8 neither duplicates nor order.
    #[arg(long, value_name = "BYTES", default_value_t = 256)]
    size: usize,
    /// Messages per second of each publisher. Without it, as many as go.
    #[arg(long, value_name = "MSG/S", value_parser = above_zero)]
    rate: Option<f64>,
    /// Messages of QoS 1 and 2 that a publisher has on the way at a time. A broker may take no more of QoS 2
    /// than it is configured to (mosquitto: `max_inflight_messages`, 20).
    #[arg(long, value_name = "N", default_value_t = 20)]
    window: usize,
    /// How many messages each publisher sends.
    #[arg(long, value_name = "N", default_value_t = 10_000, conflicts_with = "seconds")]
    messages: u64,
    /// How long each publisher sends.
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    seconds: Option<Duration>,
    /// The topic, or what topics begin with. Without it, one that nobody else uses.
    #[arg(long)]
    topic: Option<String>,
    /// Which publisher reaches which subscriber.
    #[arg(long, value_enum, default_value = "own")]
    topics: Topics,
    /// The run is over when nothing has come for so long after the last message was sent.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "2")]
    quiet: Duration,
    /// Publishers keep their sessions there: memory:, file:DIRECTORY or sqlite:FILE. One behind the first has its
    /// number behind that name. They are mqc-bench-0 and so on.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// PEM: who is trusted to say who the broker is. Without it, whom the system trusts.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// PEM: a certificate to show to the broker.
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// PEM: its key.
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Write the report there too.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn above_zero(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "a number above 0 is wanted".to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(above_zero(text)?).map_err(|error| error.to_string())
}

impl Arguments {
    fn load(&self) -> Load {
        let tls = Tls {
            ca_file: self.ca_file.clone(),
            certificate: self.cert.clone(),
            key: self.key.clone(),
            ..Tls::default()
        };
        let version = self.version;
        // A lost connection is to be told, not to be mended.
        let reconnect = None;
        let usual =
            Load::new(Options { tls, version, reconnect, ..Options::new(self.url.clone()) });
        Load {
            publishers: self.publishers,
            subscribers: self.subscribers,
            store: self.store.clone(),
            // It is in its range.
            qos: QoS::try_from(self.qos).unwrap_or_default(),
            size: self.size,
            rate: self.rate,
            window: self.window,
            amount: self.seconds.map_or(Amount::Messages(self.messages), Amount::Time),
            topic: self.topic.clone().unwrap_or(usual.topic),
            topics: self.topics,
            quiet: self.quiet,
            ..usual
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = bench(&arguments.load()).await.and_then(|report| {
        print!("{report}");
        let Some(file) = &arguments.json else { return Ok(report) };
        let text = serde_json::to_string_pretty(&report).map_err(|error| error.to_string());
        let written = text.and_then(|text| fs::write(file, text + "\n").map_err(|e| e.to_string()));
        written.map(|()| report).map_err(|error| format!("{}: {error}", file.display()))
    });
    match result {
        Ok(report) if report.is_good() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("mqc-bench: {error}");
            ExitCode::from(2)
        }
    }
}

async fn bench(load: &Load) -> Result<Report, String> {
    let meter = Meter::default();
    let stopping = meter.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stopping.stop();
        }
    });
    let (sent, received) = totals(load);
    let report = tokio::select! {
        report = run(load, &meter) => report,
        never = show(&meter, "", sent, received) => match never {},
    };
    report.map_err(|error| error.to_string())
}

/// How many are to be sent, and how many will come, if that is known.
fn totals(load: &Load) -> (Option<u64>, Option<u64>) {
    let Amount::Messages(messages) = load.amount else { return (None, None) };
    let (publishers, subscribers) = (load.publishers as u64, load.subscribers as u64);
    let copies = match load.topics {
        Topics::Pairs => subscribers.div_ceil(publishers.max(1)),
        _ => subscribers,
    };
    let sent = messages.saturating_mul(publishers);
    (Some(sent), Some(sent.saturating_mul(copies)))
}
