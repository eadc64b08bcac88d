//! Another real broker: RabbitMQ, for AMQP and, by its plugin, MQTT 3.1.1.

use crate::broker::{are_here, program};
use crate::daemon::{Daemon, accepts};
use crate::wait::unless_taken;
use crate::{PATIENCE, free_port};
use core::fmt::Write;
use core::time::Duration;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Starting takes RabbitMQ some seconds on a machine that has nothing else to do.
const START: Duration = Duration::from_secs(180);

/// What a [`RabbitMq`] shall be. The default: AMQP, with the user `guest` and the password `guest`.
///
/// ```
/// use loopback::RabbitMqOptions;
/// let options = RabbitMqOptions {
///     mqtt: true,
///     lines: vec!["vm_memory_high_watermark.relative = 0.2".to_owned()],
/// };
/// # assert!(options.mqtt);
/// ```
#[derive(Clone, Debug, Default)]
pub struct RabbitMqOptions {
    /// Open a listener for MQTT too. Anybody may connect, and is `guest`.
    pub mqtt: bool,
    /// More lines of rabbitmq.conf.
    pub lines: Vec<String>,
}

/// A RabbitMQ node of its own, on ports of 127.0.0.1, with its files in a temporary folder and with
/// an epmd of its own, beside any other that may run. Dropping it kills both.
///
/// What is durable is there again after [`restart`](Self::restart), also after
/// [`kill`](Self::kill).
///
/// ```no_run
/// use loopback::{RabbitMq, RabbitMqOptions};
/// let mut rabbit = RabbitMq::start(RabbitMqOptions::default())?;
/// println!("{}", rabbit.url());
/// rabbit.kill()?;
/// rabbit.restart()?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct RabbitMq {
    options: RabbitMqOptions,
    ports: Ports,
    // In this order: the folder goes last.
    node: Daemon,
    epmd: Daemon,
    folder: TempDir,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ports {
    amqp: u16,
    mqtt: u16,
    /// Between Erlang nodes; nobody asks, but it cannot be left out.
    distribution: u16,
    /// Erlang's register of nodes.
    epmd: u16,
}

impl RabbitMq {
    /// Starts a node, and waits until every listener accepts connections.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if RabbitMQ is not installed; else with the end of its log.
    pub fn start(options: RabbitMqOptions) -> io::Result<RabbitMq> {
        let folder = tempfile::tempdir()?;
        let log = |name| folder.path().join(name);
        let (node, epmd) =
            (Daemon::new("rabbitmq-server", log("log")), Daemon::new("epmd", log("epmd.log")));
        let mut rabbit = RabbitMq { options, ports: Ports::default(), node, epmd, folder };
        unless_taken(|| {
            rabbit.epmd.kill()?;
            rabbit.ports = Ports::choose()?;
            rabbit.run()
        })?;
        Ok(rabbit)
    }

    /// The port of AMQP 0-9-1.
    pub fn port(&self) -> u16 {
        self.ports.amqp
    }

    /// The port of MQTT.
    ///
    /// # Panics
    /// There is none: [`RabbitMqOptions::mqtt`] was not set.
    pub fn mqtt_port(&self) -> u16 {
        assert!(self.options.mqtt, "RabbitMQ was started without MQTT");
        self.ports.mqtt
    }

    /// Where AMQP is, with user and password.
    pub fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.ports.amqp)
    }

    /// Sends SIGKILL, and waits for the end. Nothing happens if it does not run.
    ///
    /// # Errors
    /// What [`std::process::Child::wait`] says.
    pub fn kill(&mut self) -> io::Result<()> {
        self.node.kill()
    }

    /// Sends SIGTERM, and waits for the end. Nothing happens if it does not run.
    ///
    /// # Errors
    /// It does not end: then it is killed.
    pub fn stop(&mut self) -> io::Result<()> {
        self.node.stop()
    }

    /// Starts it again on the same ports with the same store, after [`stop`](Self::stop) if it runs.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop()?;
        self.run()
    }

    /// The log since the first start.
    pub fn log(&self) -> String {
        self.node.log()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        let Ports { amqp, mqtt, .. } = self.ports;
        let mut text = format!("listeners.tcp.1 = 127.0.0.1:{amqp}\n");
        text.push_str("log.file = false\nlog.console = true\n");
        if self.options.mqtt {
            // A `String` takes everything, here and below.
            let _ = writeln!(text, "mqtt.listeners.tcp.1 = 127.0.0.1:{mqtt}");
            text.push_str("mqtt.allow_anonymous = true\n");
        }
        for own in &self.options.lines {
            let _ = writeln!(text, "{own}");
        }
        text
    }

    fn run(&mut self) -> io::Result<()> {
        let Ports { amqp, mqtt, distribution, epmd } = self.ports;
        if !accepts(epmd) {
            let mut command = Command::new(program("epmd")?);
            command.args(["-address", "127.0.0.1", "-port", &epmd.to_string()]);
            self.epmd.run(&mut command, PATIENCE, |_| accepts(epmd))?;
        }
        fs::write(self.path("rabbitmq.conf"), self.config())?;
        let plugins = if self.options.mqtt { "[rabbitmq_mqtt]." } else { "[]." };
        fs::write(self.path("plugins"), plugins)?;

        let mut command = Command::new(server()?);
        // Of the shell's environment nothing counts, nor what is in /etc or in a home.
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/bin");
        command.current_dir(self.folder.path()).env("HOME", self.folder.path());
        command.env("LANG", "C.UTF-8").env("RABBITMQ_CONF_ENV_FILE", "/dev/null");
        let files = [
            ("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
            ("RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", "plugins"),
            ("RABBITMQ_MNESIA_BASE", "store"),
            ("RABBITMQ_FEATURE_FLAGS_FILE", "features"),
            ("RABBITMQ_GENERATED_CONFIG_DIR", "generated"),
            ("RABBITMQ_LOG_BASE", "logs"),
            ("RABBITMQ_PID_FILE", "pid"),
        ];
        for (name, file) in files {
            command.env(name, self.path(file));
        }
        command.env("RABBITMQ_NODENAME", format!("loopback{amqp}@localhost"));
        command.env("RABBITMQ_DIST_PORT", distribution.to_string());
        command.env("ERL_EPMD_PORT", epmd.to_string()).env("ERL_EPMD_ADDRESS", "127.0.0.1");
        let inside = "-kernel inet_dist_use_interface {127,0,0,1}";
        command.env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", inside);
        // Its script becomes the Erlang machine, so that signals get there.
        command.env("detached", "1");
        let has_mqtt = self.options.mqtt;
        self.node.run(&mut command, START, |log| {
            log.contains("Server startup complete") && accepts(amqp) && (!has_mqtt || accepts(mqtt))
        })
    }
}

impl Ports {
    fn choose() -> io::Result<Ports> {
        let (amqp, mqtt) = (free_port()?, free_port()?);
        Ok(Ports { amqp, mqtt, distribution: free_port()?, epmd: free_port()? })
    }
}

/// Debian has a script in PATH that becomes another user; this one does not.
const PLAIN: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

fn server() -> io::Result<PathBuf> {
    match Path::new(PLAIN).is_file() {
        true => Ok(PLAIN.into()),
        false => program("rabbitmq-server"),
    }
}

/// Whether RabbitMQ is installed. False only where `ALLOW_MISSING=1` says that it may be missing:
/// then a test has nothing to do. Debian has it in `rabbitmq-server`.
///
/// # Panics
/// It is missing, and the environment does not say `ALLOW_MISSING=1`.
///
/// ```no_run
/// if !loopback::rabbitmq_is_here() {
///     eprintln!("skipped");
///     return;
/// }
/// ```
pub fn rabbitmq_is_here() -> bool {
    are_here(&["rabbitmq-server", "epmd"])
}
