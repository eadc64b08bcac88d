//! `mqc-server`: a broker for MQTT 3.1, 3.1.1 and 5.0.

use core::net::SocketAddr;
use lexopt::prelude::*;
use mqc_server::{Listen, Server, Settings, Tls};
use mqtt_core::{Acl, Authorization};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing::{Level, info, warn};

const HELP: &str = "\
A broker for MQTT 3.1, 3.1.1 and 5.0.

    mqc-server [OPTIONS]

Options
    -l, --listen ADDRESS   where to listen, such as 0.0.0.0:1883; may be said again (default 127.0.0.1:1883)
        --websocket ADDRESS   the same for MQTT over WebSocket
        --tls ADDRESS          the same over TLS
        --wss ADDRESS          the same for MQTT over WebSocket over TLS
        --certificate FILE     the certificate of the server and those between it and the authority, PEM
        --key FILE             its key
        --client-ca FILE       each client needs a certificate of one of these authorities
    -s, --store URL        where sessions and messages outlive the process: sqlite:FILE, file:DIRECTORY
        --acl FILE         who may publish and subscribe to what (default: everybody everything)
        --log LEVEL        error, warn, info, debug or trace (default info)
    -h, --help

It ends with SIGINT or SIGTERM: clients are told, and what is to be stored is stored.
Exit status: 1 if it could not begin, 2 if the options were wrong.
";

fn main() -> ExitCode {
    let (settings, level) = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("mqc-server: {error}; see mqc-server --help");
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).init();
    if matches!(settings.broker.authorization, Authorization::AllowAll) {
        warn!("everybody who reaches it may publish and subscribe to everything");
    }
    match run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mqc-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until a signal comes.
fn run(settings: Settings) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before anybody can know that it is there.
        let stop = stop()?;
        let server = Server::start(settings)?;
        stop.await;
        server.stop();
        info!("stopped");
        Ok(())
    })
}

/// Ready when a signal says that it is to end.
#[cfg(unix)]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut int, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = int.recv() => {}
            _ = term.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        // If there are no such signals it ends at once.
        let _ = tokio::signal::ctrl_c().await;
    })
}

fn arguments() -> Result<Option<(Settings, Level)>, lexopt::Error> {
    let mut settings = Settings { listen: Vec::new(), ..Settings::default() };
    let mut level = Level::INFO;
    let mut secure: Vec<(SocketAddr, bool)> = Vec::new();
    let (mut certificate, mut key, mut client_ca) = (None, None, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Short('l') | Long("listen") => {
                settings.listen.push(Listen::new(parser.value()?.parse()?));
            }
            Long("websocket") => {
                let listen = Listen::new(parser.value()?.parse()?);
                settings.listen.push(Listen { is_websocket: true, ..listen });
            }
            Long("tls") => secure.push((parser.value()?.parse()?, false)),
            Long("wss") => secure.push((parser.value()?.parse()?, true)),
            Long("certificate") => certificate = Some(parser.value()?.into()),
            Long("key") => key = Some(parser.value()?.into()),
            Long("client-ca") => client_ca = Some(parser.value()?.into()),
            Short('s') | Long("store") => settings.store = Some(parser.value()?.string()?),
            Long("acl") => {
                let file = PathBuf::from(parser.value()?);
                settings.broker.authorization = Authorization::Acl(rules(&file)?);
            }
            Long("log") => level = parser.value()?.parse()?,
            _ => return Err(argument.unexpected()),
        }
    }
    let tls = match (certificate, key) {
        (Some(certificate), Some(key)) => Some(Tls { certificate, key, client_ca }),
        (None, None) => None,
        _ => return Err("--certificate and --key go together".into()),
    };
    if tls.is_some() == secure.is_empty() {
        return Err("--tls or --wss and --certificate with --key go together".into());
    }
    settings.listen.extend(secure.into_iter().map(|(address, is_websocket)| Listen {
        address,
        is_websocket,
        tls: tls.clone(),
    }));
    if settings.listen.is_empty() {
        settings.listen = Settings::default().listen;
    }
    Ok(Some((settings, level)))
}

fn rules(file: &Path) -> Result<Acl, String> {
    let text = fs::read_to_string(file).map_err(|why| format!("{}: {why}", file.display()))?;
    Acl::parse(&text).map_err(|why| format!("{}: {why}", file.display()))
}
