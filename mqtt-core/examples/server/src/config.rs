//! What the configuration file says.

mod limits;
mod mistake;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use mistake::Mistake;

use core::net::SocketAddr;
use limits::{Limits, Queue, Strictness};
use mqc_server::{Listen, Settings, Tls, Users};
use mqtt_core::{Acl, Authorization};
use serde::Deserialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use value::{Count, LogLevel, Seconds};
pub(crate) use value::{Log, LogFormat, level};

/// All that a server is started with, and the files that it reads again when it is told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) files: Files,
    pub(crate) log: Log,
}

/// The files that say who may do what. What is not said is nobody's business.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) users: Option<PathBuf>,
    pub(crate) acl: Option<PathBuf>,
}

/// The whole file, as it stands there.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Table {
    listen: Option<Vec<Listener>>,
    max_connections: Option<Count>,
    limits: Limits,
    queue: Queue,
    strictness: Strictness,
    store: Option<String>,
    users: Option<PathBuf>,
    allow_anonymous: Option<bool>,
    acl: Option<PathBuf>,
    sys_interval: Option<Seconds>,
    metrics: Option<SocketAddr>,
    log: Option<LogLevel>,
    log_format: Option<LogFormat>,
}

/// One of `[[listen]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listener {
    address: SocketAddr,
    #[serde(default)]
    websocket: bool,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
}

impl Config {
    /// Reads a file, and those that it names.
    pub(crate) fn read(file: &Path) -> Result<Self, Mistake> {
        let text = fs::read_to_string(file).map_err(|why| Mistake::new("", why))?;
        // Files stand where the configuration stands.
        let folder = file.parent().unwrap_or(Path::new(""));
        let table = mistake::parse(&text)?;
        table.config(folder)
    }
}

impl Table {
    fn config(self, folder: &Path) -> Result<Config, Mistake> {
        let mut settings = Settings::default();
        if let Some(listen) = self.listen {
            if listen.is_empty() {
                return Err(Mistake::new("listen", "there is none"));
            }
            let listen = listen.into_iter().enumerate();
            let listen = listen.map(|(number, one)| one.listen(number, folder));
            settings.listen = listen.collect::<Result<_, _>>()?;
        }
        let broker = &mut settings.broker;
        self.limits.apply(broker);
        self.queue.apply(broker);
        self.strictness.apply(broker);
        if let Some(max) = self.max_connections {
            broker.limits.max_connections = max.into();
        }
        if let Some(interval) = self.sys_interval {
            broker.sys_interval = interval.into();
        }
        settings.metrics = self.metrics;
        let named = |url: String| store(&url, folder).ok_or(Mistake::new("store", STORE));
        settings.store = self.store.map(named).transpose()?;
        let [users, acl] = [self.users, self.acl].map(|file| file.map(|file| folder.join(file)));
        let files = Files { users, acl };
        files.read(&mut settings).map_err(|wrong| Mistake::new(wrong.key, wrong.why))?;
        if let Some(allow_anonymous) = self.allow_anonymous {
            if settings.users.is_none() && !allow_anonymous {
                let why = "nobody could connect: there are no users";
                return Err(Mistake::new("allow_anonymous", why));
            }
            settings.allow_anonymous = allow_anonymous;
        }
        let mut log = Log::default();
        log.level = self.log.map_or(log.level, |level| level.0);
        log.format = self.log_format.unwrap_or(log.format);
        Ok(Config { settings, files, log })
    }
}

impl Listener {
    /// Which has this number among the others.
    fn listen(self, number: usize, folder: &Path) -> Result<Listen, Mistake> {
        let mistake = |key: &str, why: &dyn core::fmt::Display| {
            Mistake::new(format!("listen[{number}].{key}"), why)
        };
        let Self { address, websocket, certificate, key, client_ca } = self;
        let tls = match (certificate, key, client_ca) {
            (Some(certificate), Some(key), client_ca) => {
                let client_ca = client_ca.map(|file| folder.join(file));
                let (certificate, key) = (folder.join(certificate), folder.join(key));
                let tls = Tls { certificate, key, client_ca };
                tls.check().map_err(|why| mistake(why.key(), &why))?;
                Some(tls)
            }
            (None, None, None) => None,
            (None, ..) => return Err(mistake("certificate", &"missing, TLS needs one")),
            (_, None, _) => return Err(mistake("key", &"missing, the certificate needs it")),
        };
        Ok(Listen { address, is_websocket: websocket, tls })
    }
}

/// What the address of a store is to be.
pub(crate) const STORE: &str = "expected sqlite:FILE or file:DIRECTORY";

/// The address of a store, with the path where it stands; `None` if it is none.
pub(crate) fn store(url: &str, folder: &Path) -> Option<String> {
    match url.split_once(':')? {
        (scheme @ ("sqlite" | "file"), path) if !path.is_empty() => {
            Some(format!("{scheme}:{}", folder.join(path).display()))
        }
        _ => None,
    }
}

/// What is wrong with one of [`Files`].
pub(crate) struct WrongFile {
    pub(crate) key: &'static str,
    /// With its name.
    pub(crate) why: String,
}

impl WrongFile {
    fn new(key: &'static str, file: &Path, why: impl core::fmt::Display) -> Self {
        Self { key, why: format!("{}: {why}", file.display()) }
    }
}

impl Files {
    /// Reads them. If one of them is wrong nothing has changed.
    pub(crate) fn read(&self, settings: &mut Settings) -> Result<(), WrongFile> {
        let users = self
            .users
            .as_ref()
            .map(|file| Users::read(file).map_err(|why| WrongFile::new("users", file, why)));
        let users = users.transpose()?;
        if let Some(file) = &self.acl {
            let named = |why: &dyn core::fmt::Display| WrongFile::new("acl", file, why);
            let text = fs::read_to_string(file).map_err(|why: io::Error| named(&why))?;
            let acl = Acl::parse(&text).map_err(|why| named(&why))?;
            settings.broker.authorization = Authorization::Acl(acl);
        }
        if let Some(users) = users {
            settings.users = Some(users);
        }
        Ok(())
    }
}
