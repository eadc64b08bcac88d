//! What the configuration file says.

mod address;
mod limits;
mod mistake;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use address::resolve;
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

/// All that a server is started with, and the files that it reads again when it is told to. What options may take the
/// place of is not judged, nor put into `settings`, before it is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    pub(crate) settings: Settings,
    pub(crate) files: Files,
    pub(crate) log: Log,
    pub(crate) allow_anonymous: Option<bool>,
    listen: Option<Vec<Listener>>,
    store: Option<String>,
    /// Where files begin that are named.
    folder: PathBuf,
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
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listener {
    address: String,
    #[serde(default)]
    websocket: bool,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
}

impl Config {
    /// Reads a file, and none of those that it names.
    pub(crate) fn read(file: &Path) -> Result<Self, Mistake> {
        let text = fs::read_to_string(file).map_err(|why| Mistake::new("", why))?;
        // Files stand where the configuration stands.
        let folder = file.parent().unwrap_or(Path::new(""));
        let table = mistake::parse(&text)?;
        Ok(table.config(folder))
    }

    /// Where to listen, with files that are good.
    pub(crate) fn listen(&self) -> Result<Vec<Listen>, Mistake> {
        let Some(listeners) = &self.listen else { return Ok(Settings::default().listen) };
        if listeners.is_empty() {
            return Err(Mistake::new("listen", "there is none"));
        }
        let each = listeners.iter().enumerate();
        let each = each.map(|(number, listener)| listener.listen(number, &self.folder));
        Ok(each.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The address of the store, if there is to be one.
    pub(crate) fn store(&self) -> Result<Option<String>, Mistake> {
        let store = self.store.as_deref().map(|url| store(url, &self.folder));
        store.transpose().map_err(|why| Mistake::new("store", why))
    }

    /// Whether clients without a user name may connect, where there are users or not.
    pub(crate) fn allows_anonymous(&self, has_users: bool) -> Result<bool, Mistake> {
        match self.allow_anonymous {
            Some(false) if !has_users => {
                Err(Mistake::new("allow_anonymous", "nobody could connect: there are no users"))
            }
            allow_anonymous => Ok(allow_anonymous.unwrap_or_default()),
        }
    }
}

impl Table {
    fn config(self, folder: &Path) -> Config {
        let mut settings = Settings::default();
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
        let [users, acl] = [self.users, self.acl].map(|file| file.map(|file| folder.join(file)));
        let files = Files { users, acl };
        let mut log = Log::default();
        log.level = self.log.map_or(log.level, |level| level.0);
        log.format = self.log_format.unwrap_or(log.format);
        let Self { listen, store, allow_anonymous, .. } = self;
        Config { settings, files, log, allow_anonymous, listen, store, folder: folder.to_owned() }
    }
}

impl Listener {
    /// Which has this number among the others.
    fn listen(&self, number: usize, folder: &Path) -> Result<Vec<Listen>, Mistake> {
        let mistake = |key: &str, why: &dyn core::fmt::Display| {
            Mistake::new(format!("listen[{number}].{key}"), why)
        };
        let Self { address, websocket, certificate, key, client_ca } = self;
        let tls = match (certificate, key, client_ca) {
            (Some(certificate), Some(key), client_ca) => {
                let client_ca = client_ca.as_ref().map(|file| folder.join(file));
                let (certificate, key) = (folder.join(certificate), folder.join(key));
                let tls = Tls { certificate, key, client_ca };
                tls.check().map_err(|why| mistake(why.key(), &why))?;
                Some(tls)
            }
            (None, None, None) => None,
            (None, ..) => return Err(mistake("certificate", &"missing, TLS needs one")),
            (_, None, _) => return Err(mistake("key", &"missing, the certificate needs it")),
        };
        let named = |why: io::Error| mistake("address", &format!("{address}: {why}"));
        let addresses = resolve(address).map_err(named)?.into_iter();
        let listen = |address| Listen { address, is_websocket: *websocket, tls: tls.clone() };
        Ok(addresses.map(listen).collect())
    }
}

/// The address of a store, with the path where it stands; else why it is none.
pub(crate) fn store(url: &str, folder: &Path) -> Result<String, &'static str> {
    match url.split_once(':') {
        Some((scheme @ ("sqlite" | "file"), path)) if !path.is_empty() => {
            let path = folder.join(path);
            // A path that is made readable may be that of another folder.
            let path = path.to_str().ok_or("the folder has a name that is not UTF-8")?;
            Ok(format!("{scheme}:{path}"))
        }
        _ => Err("expected sqlite:FILE or file:DIRECTORY"),
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

impl From<WrongFile> for Mistake {
    fn from(wrong: WrongFile) -> Self {
        Self::new(wrong.key, wrong.why)
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
