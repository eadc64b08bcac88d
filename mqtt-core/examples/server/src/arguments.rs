//! What the command line says.

use crate::config::{Config, Files, Mistake, WrongFile, level, resolve, store};
use core::net::SocketAddr;
use core::time::Duration;
use lexopt::prelude::*;
use mqc_server::{Listen, Tls};
use std::path::{Path, PathBuf};

pub(crate) const HELP: &str = "\
A broker for MQTT 3.1, 3.1.1 and 5.0.

    mqc-server [OPTIONS]                       serves
    mqc-server --check [OPTIONS]               says whether the options and files are good
    mqc-server passwd FILE NAME                gives a user a password: asks, or reads a line
    mqc-server passwd --delete FILE NAME       takes a user away

Options
    -c, --config FILE      what is not said here: TOML; see example.toml and docs/server.md
    -l, --listen ADDRESS   where to listen, such as 0.0.0.0:1883 or localhost:1883; may be said again
                           (default 127.0.0.1:1883)
        --websocket ADDRESS   the same for MQTT over WebSocket
        --tls ADDRESS          the same over TLS
        --wss ADDRESS          the same for MQTT over WebSocket over TLS
        --certificate FILE     the certificate of the server and those between it and the authority, PEM
        --key FILE             its key
        --client-ca FILE       each client needs a certificate of one of these authorities
        --max-connections N    so many at a time
    -s, --store URL        where sessions and messages outlive the process: sqlite:FILE, file:DIRECTORY
        --users FILE       who may connect, made by `mqc-server passwd` (default: everybody)
        --allow-anonymous  clients without a user name too
        --acl FILE         who may publish and subscribe to what (default: everybody everything)
        --sys-interval S   how often $SYS topics are published; 0 for never (default 10)
        --metrics ADDRESS  serves /metrics and /health over HTTP
        --log LEVEL        error, warn, info, debug or trace (default info)
    -h, --help
    -V, --version

What is said here takes the place of what the configuration says; listeners take the place of all of its.

SIGINT, SIGTERM: clients are told, what is to be stored is stored, and it ends.
SIGHUP: users and rules are read anew.
Exit status: 1 if it could not begin, 2 if the options or a file were wrong.
";

/// What is to be done.
pub(crate) enum Task {
    Help,
    Version,
    /// There is nothing wrong.
    Check,
    Serve(Box<Config>),
    Password {
        file: PathBuf,
        name: String,
        is_delete: bool,
    },
}

/// What the options say.
#[derive(Default)]
struct Options {
    config: Option<PathBuf>,
    is_check: bool,
    listen: Vec<Listen>,
    /// With TLS, whose files may be said later.
    secure: Vec<Listen>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
    max_connections: Option<usize>,
    store: Option<String>,
    files: Files,
    allow_anonymous: bool,
    sys_interval: Option<u32>,
    metrics: Option<SocketAddr>,
    log: Option<tracing::Level>,
}

/// Reads the command line, and the files that it names.
pub(crate) fn read() -> Result<Task, String> {
    let usage = |why: lexopt::Error| format!("{why}; see mqc-server --help");
    match parse(lexopt::Parser::from_env()).map_err(usage)? {
        Parsed::Task(task) => Ok(task),
        Parsed::Options(options) => options.config(),
    }
}

/// A command, or options of the server.
enum Parsed {
    Task(Task),
    Options(Box<Options>),
}

fn parse(mut parser: lexopt::Parser) -> Result<Parsed, lexopt::Error> {
    let mut options = Box::<Options>::default();
    let mut is_first = true;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) if is_first && value == "passwd" => {
                return passwd(parser).map(Parsed::Task);
            }
            Short('h') | Long("help") => return Ok(Parsed::Task(Task::Help)),
            Short('V') | Long("version") => return Ok(Parsed::Task(Task::Version)),
            Short('c') | Long("config") => options.config = Some(parser.value()?.into()),
            Long("check") => options.is_check = true,
            Short('l') => options.listen.extend(listen("listen", &parser.value()?.string()?)?),
            Long(name @ ("listen" | "websocket")) => {
                let name = name.to_owned();
                options.listen.extend(listen(&name, &parser.value()?.string()?)?);
            }
            Long(name @ ("tls" | "wss")) => {
                let name = name.to_owned();
                options.secure.extend(listen(&name, &parser.value()?.string()?)?);
            }
            Long("certificate") => options.certificate = Some(parser.value()?.into()),
            Long("key") => options.key = Some(parser.value()?.into()),
            Long("client-ca") => options.client_ca = Some(parser.value()?.into()),
            Long("max-connections") => options.max_connections = Some(parser.value()?.parse()?),
            Short('s') | Long("store") => {
                let url = parser.value()?.string()?;
                let store = store(&url, Path::new(""));
                options.store = Some(store.map_err(|why| format!("--store: {why}"))?);
            }
            Long("users") => options.files.users = Some(parser.value()?.into()),
            Long("allow-anonymous") => options.allow_anonymous = true,
            Long("acl") => options.files.acl = Some(parser.value()?.into()),
            Long("sys-interval") => options.sys_interval = Some(parser.value()?.parse()?),
            Long("metrics") => options.metrics = Some(parser.value()?.parse()?),
            Long("log") => options.log = Some(level(&parser.value()?.string()?)?),
            _ => return Err(argument.unexpected()),
        }
        is_first = false;
    }
    if options.certificate.is_some() != options.key.is_some() {
        return Err("--certificate and --key go together".into());
    }
    if options.client_ca.is_some() && options.certificate.is_none() {
        return Err("--client-ca goes with --certificate and --key".into());
    }
    if options.certificate.is_some() == options.secure.is_empty() {
        return Err("--tls or --wss and --certificate with --key go together".into());
    }
    Ok(Parsed::Options(options))
}

/// The listeners of an option with this name, which has this value.
fn listen(name: &str, address: &str) -> Result<Vec<Listen>, lexopt::Error> {
    let addresses = resolve(address).map_err(|why| format!("--{name}: {address}: {why}"))?;
    let is_websocket = ["websocket", "wss"].contains(&name);
    let each = addresses.into_iter().map(Listen::new);
    Ok(each.map(|listen| Listen { is_websocket, ..listen }).collect())
}

fn passwd(mut parser: lexopt::Parser) -> Result<Task, lexopt::Error> {
    let (mut file, mut name, mut is_delete) = (None, None, false);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("delete") => is_delete = true,
            Value(value) if file.is_none() => file = Some(PathBuf::from(value)),
            Value(value) if name.is_none() => name = Some(value.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    match (file, name) {
        (Some(file), Some(name)) => Ok(Task::Password { file, name, is_delete }),
        _ => Err("passwd needs FILE and NAME".into()),
    }
}

impl Options {
    /// The configuration, and what takes its place. What is replaced is not judged, files it names are not read.
    fn config(mut self) -> Result<Task, String> {
        let of_file = |mistake: Mistake| {
            let file = self.config.as_deref().map(Path::display);
            file.map_or_else(|| mistake.to_string(), |file| format!("{file}: {mistake}"))
        };
        let config = self.config.as_deref().map(Config::read);
        let mut config = config.transpose().map_err(of_file)?.unwrap_or_default();
        let tls = self.certificate.take().zip(self.key.take());
        if let Some((certificate, key)) = tls {
            let tls = Tls { certificate, key, client_ca: self.client_ca };
            tls.check().map_err(|why| why.to_string())?;
            let secure = self.secure.into_iter();
            self.listen.extend(secure.map(|listen| Listen { tls: Some(tls.clone()), ..listen }));
        }
        let listen = match self.listen.is_empty() {
            true => config.listen().map_err(of_file)?,
            false => self.listen,
        };
        let store = match self.store {
            None => config.store().map_err(of_file)?,
            store => store,
        };
        let said = self.files.clone();
        config.files.users = self.files.users.or(config.files.users);
        config.files.acl = self.files.acl.or(config.files.acl);
        let wrong = |wrong: WrongFile| {
            let file = if wrong.key == "users" { &said.users } else { &said.acl };
            if file.is_some() { wrong.why } else { of_file(wrong.into()) }
        };
        config.files.read(&mut config.settings).map_err(wrong)?;
        if self.allow_anonymous {
            config.allow_anonymous = Some(true);
        }
        let allow_anonymous = config.allows_anonymous(config.settings.users.is_some());
        let settings = &mut config.settings;
        (settings.listen, settings.store) = (listen, store);
        settings.allow_anonymous = allow_anonymous.map_err(of_file)?;
        if let Some(max) = self.max_connections {
            settings.broker.limits.max_connections = max;
        }
        if let Some(seconds) = self.sys_interval {
            let interval = Duration::from_secs(seconds.into());
            settings.broker.sys_interval = (!interval.is_zero()).then_some(interval);
        }
        settings.metrics = self.metrics.or(settings.metrics);
        config.log.level = self.log.unwrap_or(config.log.level);
        Ok(if self.is_check { Task::Check } else { Task::Serve(Box::new(config)) })
    }
}
