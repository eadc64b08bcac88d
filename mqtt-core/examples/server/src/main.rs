//! `mqc-server`: a broker for MQTT 3.1, 3.1.1 and 5.0.

mod arguments;
mod ask;
mod config;

use arguments::{HELP, Task};
use config::{Config, Files, Log, LogFormat};
use mqc_server::{Server, Settings, set_password};
use mqtt_core::Authorization;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use tracing::{error, info, warn};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};

/// So many lines of the log wait for whoever reads them.
const MAX_LINES: usize = 4096;

fn main() -> ExitCode {
    let task = match arguments::read() {
        Ok(task) => task,
        Err(error) => {
            eprintln!("mqc-server: {error}");
            return ExitCode::from(2);
        }
    };
    let result = match task {
        Task::Help => {
            print!("{HELP}");
            Ok(())
        }
        Task::Version => {
            println!("mqc-server {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Task::Check => {
            println!("all is well");
            Ok(())
        }
        Task::Password { file, name, is_delete } => change(&file, &name, is_delete),
        Task::Serve(config) => serve(*config),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mqc-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Changes the file of users.
fn change(file: &Path, name: &str, is_delete: bool) -> io::Result<()> {
    let password = (!is_delete).then(|| ask::password(name)).transpose()?;
    let password = password.as_ref().map(String::as_bytes);
    set_password(file, name, password)
        .map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", file.display())))
}

/// Serves until a signal comes.
fn serve(config: Config) -> io::Result<()> {
    let Config { settings, files, log, .. } = config;
    let _writing = begin_log(log);
    raise_open_files();
    warn_of(&settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before anybody can know that it is there.
        let mut signals = Signals::new()?;
        let server = Server::start(settings)?;
        loop {
            let signal = tokio::select! {
                signal = signals.next() => signal,
                // So that whoever watches over it starts it again.
                () = server.ended() => return Err(io::Error::other("the broker has ended by itself")),
            };
            match signal {
                Signal::Reload => reload(&server, &files),
                Signal::Stop => break,
            }
        }
        server.stop();
        info!("stopped");
        Ok(())
    })
}

/// Lines are written by a thread: whoever reads them may be slow, and then some are lost. It ends with what this gives.
fn begin_log(log: Log) -> WorkerGuard {
    let builder = NonBlockingBuilder::default().buffered_lines_limit(MAX_LINES);
    let (writer, guard) = builder.finish(io::stderr());
    let builder = tracing_subscriber::fmt().with_max_level(log.level).with_writer(writer);
    match log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    guard
}

/// Each connection is an open file: as many as the system allows, which is more than it gives by itself.
#[cfg(unix)]
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        // If it is refused there are as many as before.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

#[cfg(not(unix))]
const fn raise_open_files() {}

/// Says what an operator may not want.
fn warn_of(settings: &Settings) {
    let allows_all = matches!(settings.broker.authorization, Authorization::AllowAll);
    match (settings.users.is_none() || settings.allow_anonymous, allows_all) {
        (true, true) => warn!("whoever reaches it may publish and subscribe to everything"),
        (true, false) => warn!("whoever reaches it may connect, with any user name"),
        _ => {}
    }
    if settings.store.is_none() {
        info!("nothing outlives it: there is no store");
    }
}

/// Reads users and rules anew. If there is a mistake in them the old ones stay.
fn reload(server: &Server, files: &Files) {
    let mut settings = Settings::default();
    if let Err(wrong) = files.read(&mut settings) {
        return error!(key = wrong.key, why = wrong.why, "users and rules stay as they are");
    }
    let authorization = files.acl.is_some().then_some(settings.broker.authorization);
    let has_users = settings.users.is_some();
    let said = match (has_users, authorization.is_some()) {
        (true, true) => "users and rules are read anew",
        (true, false) => "users are read anew, there are no rules",
        (false, true) => "rules are read anew, there are no users",
        (false, false) => {
            return warn!("nothing is read anew: there are no files of users or rules");
        }
    };
    server.set_access(settings.users, authorization);
    info!("{said}");
}

/// What a signal asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    Stop,
    Reload,
}

/// Signals that say something to the server.
#[cfg(unix)]
struct Signals {
    int: tokio::signal::unix::Signal,
    term: tokio::signal::unix::Signal,
    hup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            int: signal(SignalKind::interrupt())?,
            term: signal(SignalKind::terminate())?,
            hup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.int.recv() => Signal::Stop,
            _ = self.term.recv() => Signal::Stop,
            _ = self.hup.recv() => Signal::Reload,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        // If there are no such signals it ends at once.
        let _ = tokio::signal::ctrl_c().await;
        Signal::Stop
    }
}
