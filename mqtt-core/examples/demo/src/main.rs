//! `mqc-demo`: sends a lot through a broker, looks at each message that comes, and says whether MQTT keeps its
//! promises. Without options the broker is [`mqc_server`], in this process.
//!
//! ```text
//! Load      one version and one QoS: publishers, subscribers, counts
//!   Content   what a payload holds, so that it can be checked
//!   Place     who gets each message, and what of it is as it was sent
//!   Lane      how much of one publisher is on the way
//! scenes    retained message, will, cut session, request: a few messages each
//!   Cutter    a proxy that cuts connections
//! Stage     the broker, and what all of them do with it
//! Report    rows and checks, as tables
//! Screen    bars and lines while it runs
//! ```

mod content;
mod cutter;
mod lane;
mod load;
mod place;
mod report;
mod scenes;
mod screen;
mod stage;

use core::net::SocketAddr;
use core::time::Duration;
use lexopt::prelude::*;
use load::{Load, promise};
use mqc_client::Address;
use mqc_client::service::Stop;
use mqc_server::{Listen, Server, Settings};
use mqtt_core::{QoS, Version};
use report::{Check, Report};
use screen::{Mark, Screen};
use stage::{Sharing, Stage};
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
Sends messages through a broker, checks each one that comes, and says whether MQTT keeps its promises.

    mqc-demo [OPTIONS]

Options
    --broker URL         use that one: mqtt, mqtts, ws or wss (default: mqc-server, in this process)
    --messages N         for each version and QoS (default 10000)
    --window N           messages of a publisher on the way to a subscriber (default 50; of another broker 4)
    --patience SECONDS   what has not come after so long is missing (default 10)
    --plain              no bars and no colours; so it is too when the output is no terminal
    -h, --help

At another broker all topics begin with mqc-demo/ and a random number, and nothing is left behind, nor after Ctrl-C.
Exit status: 0 if all guarantees hold, 1 if one is broken, 2 if the options are wrong or there is no broker, 130 if it
is ended before.
";

/// What shells say of a program that SIGINT has ended.
const INTERRUPTED: u8 = 130;

/// All versions and levels that are shown.
const VERSIONS: [Version; 2] = [Version::V311, Version::V5];
const LEVELS: [QoS; 3] = [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce];

/// More of them have no room in the number of a message: 40 bits for each publisher.
const MOST_MESSAGES: u64 = 1_000_000_000_000;
/// A day, in seconds.
const DAY: u64 = 86_400;

/// How many messages of each publisher are on the way to a subscriber.
const WINDOW: u64 = 50;
/// The same at another broker. Of five publishers together that is what mosquitto sends to a client before the first is
/// acknowledged; what is beyond it waits in a queue, and version 2.0.11 was seen to drop some of that.
const SMALL_WINDOW: u64 = 4;

struct Arguments {
    broker: Option<Address>,
    messages: u64,
    window: Option<u64>,
    patience: Duration,
    is_plain: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("mqc-demo: {error}; see mqc-demo --help");
            return ExitCode::from(2);
        }
    };
    match run(arguments) {
        Ok(Some(report)) if report.is_good() => ExitCode::SUCCESS,
        Ok(Some(_)) => ExitCode::from(1),
        Ok(None) => {
            eprintln!("mqc-demo: ended before it was done");
            ExitCode::from(INTERRUPTED)
        }
        Err(error) => {
            eprintln!("mqc-demo: {error}");
            ExitCode::from(2)
        }
    }
}

fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    let patience = Duration::from_secs(10);
    let mut arguments =
        Arguments { broker: None, messages: 10_000, window: None, patience, is_plain: false };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("broker") => arguments.broker = Some(parser.value()?.parse()?),
            Long("messages") => {
                arguments.messages = number("--messages", MOST_MESSAGES, &mut parser)?;
            }
            Long("window") => {
                arguments.window = Some(number("--window", MOST_MESSAGES, &mut parser)?);
            }
            Long("patience") => {
                let seconds = number("--patience", DAY, &mut parser)?;
                arguments.patience = Duration::from_secs(seconds);
            }
            Long("plain") => arguments.is_plain = true,
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(arguments))
}

fn number(name: &str, most: u64, parser: &mut lexopt::Parser) -> Result<u64, lexopt::Error> {
    match parser.value()?.parse()? {
        0 => Err(format!("{name}: at least 1 is needed").into()),
        number if number > most => Err(format!("{name}: at most {most} can be done").into()),
        number => Ok(number),
    }
}

/// Starts a broker, if none is given, and shows what it does. `None` if somebody ended it before.
fn run(arguments: Arguments) -> Result<Option<Report>, String> {
    let Arguments { broker, messages, window, patience, is_plain } = arguments;
    let screen = Screen::new(is_plain);
    let (server, address) = match broker {
        Some(address) => (None, address),
        None => {
            let listen = vec![Listen::new(([127, 0, 0, 1], 0).into())];
            let server = Server::start(Settings { listen, ..Settings::default() });
            let server = server.map_err(|why| format!("the server cannot be started: {why}"))?;
            let port = server.addresses().first().map_or(0, SocketAddr::port);
            (Some(server), Address::tcp("127.0.0.1", port))
        }
    };
    let whose = if server.is_some() { "mqc-server, in this process" } else { "another's" };
    screen.title(&format!("The broker: {address} ({whose})"));
    let runtime = tokio::runtime::Runtime::new().map_err(|why| why.to_string())?;
    let window = window.unwrap_or(if server.is_some() { WINDOW } else { SMALL_WINDOW });
    let stage = Stage::new(address, server.is_some(), patience, window);
    let report = runtime.block_on(show_unless_stopped(&stage, messages, &screen));
    if let Some(server) = server {
        server.stop();
    }
    report
}

/// All of it. If somebody ends that, the broker is to forget what it has of us; if somebody does so again, at once.
async fn show_unless_stopped(
    stage: &Stage,
    messages: u64,
    screen: &Screen,
) -> Result<Option<Report>, String> {
    let stop = || Stop::new().map_err(|why| why.to_string());
    let mut first = stop()?;
    tokio::select! {
        report = show(stage, messages, screen) => return report.map(Some),
        () = first.wished() => {}
    }
    if !stage.is_ours {
        let mut second = stop()?;
        tokio::select! {
            () = scenes::forget(stage) => {}
            () = second.wished() => {}
        }
    }
    Ok(None)
}

/// All of it, one after the other.
async fn show(stage: &Stage, messages: u64, screen: &Screen) -> Result<Report, String> {
    let started = Instant::now();
    stage.is_there().await?;
    let mut report = Report::default();
    screen.text(&format!(
        "For each version and QoS {} publishers send {} messages of {} bytes. Each goes to four:\n\
         a subscriber of exact topics, one of `+`, one of `#`, and one of a shared group of two.",
        load::PUBLISHERS,
        report::grouped(messages),
        content::SIZE,
    ));
    screen.text("");
    for version in VERSIONS {
        let has_shares = match stage.try_sharing(version).await {
            Ok(Sharing::There) => true,
            Ok(Sharing::Missing(why)) => {
                let text = format!("{version}: no shared subscriptions with this broker: {why}");
                screen.line(Mark::Note, &text);
                false
            }
            Err(why) => {
                screen.line(Mark::Broken, &format!("{version}: a shared subscription: {why}"));
                report.checks.extend(LEVELS.map(|qos| {
                    let (guarantee, broken) = (promise(qos, true), vec![why.clone()]);
                    Check { guarantee, version, broken }
                }));
                false
            }
        };
        for qos in LEVELS {
            Load { stage, version, qos, messages, has_shares }.run(screen, &mut report).await;
        }
    }
    for version in VERSIONS {
        scenes::all(stage, version, screen, &mut report).await;
    }
    report.show(screen, started.elapsed());
    Ok(report)
}
