//! A real broker: mosquitto.

use crate::daemon::{Daemon, accepts};
use crate::wait::unless_taken;
use crate::{Certificates, PATIENCE, Program, free_port, within};
use core::fmt::Write;
use rustix::process::Signal;
use std::env;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// What a [`Broker`] shall be. The default: plain TCP, anyone may connect, nothing is stored.
///
/// ```
/// use loopback::BrokerOptions;
/// let options = BrokerOptions { store: true, ..BrokerOptions::default() };
/// let options = options.user("anna", "secret").line("max_inflight_messages 1");
/// # assert_eq!((options.users.len(), options.lines.len()), (1, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct BrokerOptions {
    /// Names with passwords. If there are any, nobody else may connect.
    pub users: Vec<(String, String)>,
    /// Keep sessions, messages and retained messages in a file, so that a broker started again has
    /// them.
    ///
    /// mosquitto holds everything in memory. It writes its file when it is stopped, and here also
    /// as often as it can: after each round of its loop in which a persistent client connected, a
    /// subscription or a retained message changed, a message had to queue, or a receiver
    /// acknowledged. So [`kill`](Broker::kill) loses what it acknowledged in the last round, and
    /// what changes without counting as such: the ids of a sender's QoS 2 messages, and messages on
    /// the way to a connected client. [`save`](Broker::save) before loses nothing.
    pub store: bool,
    /// Open a TLS listener with the server's certificate, and another that also demands a client's.
    pub certificates: Option<Certificates>,
    /// Open a listener for MQTT over WebSocket, and with `certificates` another for that inside TLS.
    pub websocket: bool,
    /// More lines of mosquitto.conf, before those of the listeners. By default 20 messages are in
    /// flight to a client, and beyond 1,000 queued ones more are dropped: `max_inflight_messages`,
    /// `max_queued_messages`.
    pub lines: Vec<String>,
}

impl BrokerOptions {
    /// The same with one more line of mosquitto.conf.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// The same with one more user.
    #[must_use]
    pub fn user(mut self, name: &str, password: &str) -> Self {
        self.users.push((name.to_owned(), password.to_owned()));
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listener {
    Plain,
    Tls,
    MutualTls,
    WebSocket,
    SecureWebSocket,
}

/// A mosquitto that runs on ports of 127.0.0.1, with its files in a temporary folder. Dropping it
/// kills it.
#[derive(Debug)]
pub struct Broker {
    options: BrokerOptions,
    folder: TempDir,
    listeners: Vec<(Listener, u16)>,
    daemon: Daemon,
}

impl Broker {
    /// Starts mosquitto, and waits until every listener accepts connections.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if mosquitto is not installed; else with the end of its log.
    pub fn start(options: BrokerOptions) -> io::Result<Broker> {
        let folder = tempfile::tempdir()?;
        let daemon = Daemon::new("mosquitto", folder.path().join("log"));
        let mut broker = Broker { options, folder, listeners: Vec::new(), daemon };
        for (name, password) in &broker.options.users {
            set_password(&broker.path("passwords"), name, password)?;
        }
        unless_taken(|| {
            broker.choose_ports()?;
            broker.run()
        })?;
        Ok(broker)
    }

    /// The same for a test, which has nothing to do if this is `None`: where mosquitto or one of its clients is
    /// missing, and the environment says `ALLOW_MISSING=1`.
    ///
    /// # Panics
    /// As [`mosquitto_is_here`]; or it does not start.
    ///
    /// ```
    /// use loopback::{Broker, BrokerOptions};
    /// let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return };
    /// assert!(std::net::TcpStream::connect(("127.0.0.1", broker.port())).is_ok());
    /// ```
    pub fn for_test(options: BrokerOptions) -> Option<Broker> {
        mosquitto_is_here()
            .then(|| Broker::start(options).unwrap_or_else(|error| panic!("{error}")))
    }

    /// The number of its process, if it runs.
    pub fn id(&self) -> Option<u32> {
        self.daemon.id()
    }

    /// The port of plain TCP.
    pub fn port(&self) -> u16 {
        self.port_of(Listener::Plain)
    }

    /// The port of TLS.
    ///
    /// # Panics
    /// There is none: [`BrokerOptions::certificates`] were not given.
    pub fn tls_port(&self) -> u16 {
        self.port_of(Listener::Tls)
    }

    /// The port of TLS that demands a client's certificate.
    ///
    /// # Panics
    /// There is none: [`BrokerOptions::certificates`] were not given.
    pub fn mutual_tls_port(&self) -> u16 {
        self.port_of(Listener::MutualTls)
    }

    /// The port of MQTT over WebSocket. Any path will do.
    ///
    /// # Panics
    /// There is none: [`BrokerOptions::websocket`] was not set.
    pub fn websocket_port(&self) -> u16 {
        self.port_of(Listener::WebSocket)
    }

    /// The port of MQTT over WebSocket inside TLS.
    ///
    /// # Panics
    /// There is none: [`BrokerOptions::websocket`] was not set, or [`BrokerOptions::certificates`] were not given.
    pub fn secure_websocket_port(&self) -> u16 {
        self.port_of(Listener::SecureWebSocket)
    }

    /// Sends SIGKILL, and waits for the end. Nothing happens if it does not run.
    ///
    /// # Errors
    /// What [`std::process::Child::wait`] says.
    pub fn kill(&mut self) -> io::Result<()> {
        self.daemon.kill()
    }

    /// Sends SIGTERM, and waits for the end. Nothing happens if it does not run.
    ///
    /// # Errors
    /// It does not end: then it is killed.
    pub fn stop(&mut self) -> io::Result<()> {
        self.daemon.stop()
    }

    /// Starts it again on the same ports with the same store, after [`stop`](Self::stop) if it runs.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop()?;
        self.run()
    }

    /// Has everything written to the store that was acknowledged to anyone before this call.
    ///
    /// # Errors
    /// It does not run, or has no store.
    pub fn save(&mut self) -> io::Result<()> {
        // mosquitto writes another file and renames it, in the thread that does everything: a new
        // file holds all that was acknowledged while the old one was in its place. The old one is
        // kept open, so that no new one gets its number.
        let store = self.path("mosquitto.db");
        let number = |file: Metadata| file.ino();
        let old = File::open(&store).ok();
        let before = old.as_ref().and_then(|file| file.metadata().ok()).map(number);
        self.daemon.signal(Signal::USR1)?;
        let now = || fs::metadata(&store).ok().map(number);
        within(PATIENCE, || now().filter(|&now| Some(now) != before))
            .map(|_| ())
            .ok_or_else(|| self.daemon.trouble(io::ErrorKind::TimedOut, "does not save"))
    }

    /// The log since the first start. It tells connections and subscriptions; with the line
    /// `log_type all` also each packet.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn port_of(&self, wanted: Listener) -> u16 {
        let found = self.listeners.iter().find(|(listener, _)| *listener == wanted);
        found.unwrap_or_else(|| panic!("the broker was started without {wanted:?}")).1
    }

    fn choose_ports(&mut self) -> io::Result<()> {
        let mut listeners = vec![Listener::Plain];
        if self.options.certificates.is_some() {
            listeners.extend([Listener::Tls, Listener::MutualTls]);
        }
        if self.options.websocket {
            listeners.push(Listener::WebSocket);
        }
        if self.options.websocket && self.options.certificates.is_some() {
            listeners.push(Listener::SecureWebSocket);
        }
        self.listeners = listeners
            .into_iter()
            .map(|listener| Ok((listener, free_port()?)))
            .collect::<io::Result<_>>()?;
        fs::write(self.path("mosquitto.conf"), self.config())
    }

    fn config(&self) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            let _ = writeln!(text, "{key} {value}");
        };
        // Else, started by root, it becomes a user who may not read our files.
        line("user", "root");
        line("log_dest", "stderr");
        if self.options.users.is_empty() {
            line("allow_anonymous", "true");
        } else {
            line("allow_anonymous", "false");
            line("password_file", &self.path("passwords").to_string_lossy());
        }
        if self.options.store {
            line("persistence", "true");
            line("persistence_location", &format!("{}/", self.folder.path().display()));
            line("autosave_on_changes", "true");
            line("autosave_interval", "1");
        }
        for own in &self.options.lines {
            line(own, "");
        }
        for (listener, port) in &self.listeners {
            line("listener", &format!("{port} 127.0.0.1"));
            if matches!(listener, Listener::WebSocket | Listener::SecureWebSocket) {
                line("protocol", "websockets");
            }
            let is_plain = matches!(listener, Listener::Plain | Listener::WebSocket);
            if let (false, Some(certificates)) = (is_plain, &self.options.certificates) {
                let server = certificates.server();
                line("cafile", &certificates.authority().to_string_lossy());
                line("certfile", &server.certificate.to_string_lossy());
                line("keyfile", &server.key.to_string_lossy());
                line("require_certificate", &(*listener == Listener::MutualTls).to_string());
            }
        }
        text
    }

    fn run(&mut self) -> io::Result<()> {
        let mut command = Command::new(program("mosquitto")?);
        command.arg("-c").arg(self.path("mosquitto.conf")).current_dir(self.folder.path());
        // The log first: a port alone may be answered by somebody else.
        self.daemon.run(&mut command, PATIENCE, |log| {
            log.lines().any(|line| line.ends_with(" running"))
                && self.listeners.iter().all(|(_, port)| accepts(*port))
        })
    }
}

fn set_password(file: &Path, name: &str, password: &str) -> io::Result<()> {
    // It wants the file to be there.
    File::options().create(true).append(true).open(file)?;
    let mut command = Command::new(program("mosquitto_passwd")?);
    command.arg("-b").arg(file).args([name, password]);
    let output = Program::run(&mut command, b"", PATIENCE)?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// Whether mosquitto and its clients are installed. False only where `ALLOW_MISSING=1` says that
/// they may be missing: then a test has nothing to do.
///
/// # Panics
/// They are missing, and the environment does not say `ALLOW_MISSING=1`.
///
/// ```no_run
/// if !loopback::mosquitto_is_here() {
///     eprintln!("skipped");
///     return;
/// }
/// ```
pub fn mosquitto_is_here() -> bool {
    are_here(&["mosquitto", "mosquitto_passwd", "mosquitto_pub", "mosquitto_sub"])
}

/// False only where `ALLOW_MISSING=1` says that these programs may be missing, and one is.
pub(crate) fn are_here(wanted: &[&str]) -> bool {
    let Some(error) = wanted.iter().find_map(|name| program(name).err()) else {
        return true;
    };
    let missing_is_fine = env::var_os("ALLOW_MISSING").is_some_and(|value| value == "1");
    assert!(missing_is_fine, "{error} (ALLOW_MISSING=1 does without it)");
    false
}

/// Where a program is. Debian has mosquitto in a folder that only root has in PATH.
pub(crate) fn program(name: &str) -> io::Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{name} is not installed")))
}
