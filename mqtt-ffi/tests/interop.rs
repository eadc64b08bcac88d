//! The C clients `mqc_pub` and `mqc_sub` against mosquitto, with its own clients at the other end; and all of these
//! against the C broker `mqc_broker`.
//!
//! A missing compiler or broker is a failure, unless `ALLOW_MISSING=1` says that it may be missing.

use core::time::Duration;
use std::{
    env, fs,
    io::{BufRead as _, BufReader, Read},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread::{self, JoinHandle},
    time::Instant,
};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the Rust standard library asks of the system.
const SYSTEM_LIBRARIES: &[&str] = if cfg!(target_os = "linux") {
    &["-lgcc_s", "-lpthread", "-ldl", "-lm", "-lc"]
} else {
    &["-lpthread", "-lm"]
};

/// The program by this name; `None` if it is missing and may be.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Where brokers are, which are not for everyone to begin.
    let system = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let folders = env::split_paths(&path).chain(system);
    let found = folders.flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    let found = found.into_iter().find(|program| program.is_file());
    let allowed = env::var_os("ALLOW_MISSING").is_some_and(|value| value == "1");
    assert!(found.is_some() || allowed, "{names:?} is missing; set ALLOW_MISSING=1 to do without");
    if found.is_none() {
        eprintln!("{names:?} is missing: skipped, as ALLOW_MISSING=1 allows");
    }
    found
}

/// The clients and the broker, built against the library as it would be installed.
fn clients() -> Option<&'static [PathBuf; 4]> {
    static CLIENTS: OnceLock<Option<[PathBuf; 4]>> = OnceLock::new();
    let build = || {
        let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let mut words = compiler.split_whitespace();
        let cc = program(&[words.next()?])?;
        let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
        let prefix = work.join("prefix");
        fs::create_dir_all(&work).expect("the target folder is writable");
        let source = Path::new(env!("CARGO_MANIFEST_DIR"));
        let test = env::current_exe().expect("a test has a path");
        let built = test.parent().expect("a test lies in a folder");
        let mut stage = Command::new("sh");
        stage.arg(source.join("scripts/stage.sh")).args([built, &prefix]);
        run(&mut stage, "");
        let flags: Vec<&str> = words.collect();
        Some(["mqc_pub", "mqc_sub", "mqc_broker", "mqc_outbox"].map(|name| {
            let program = work.join(name);
            let mut command = Command::new(&cc);
            command.args(&flags).args(["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror"]);
            command.args(["-pedantic", "-Wcast-qual", "-Wconversion", "-Wsign-conversion"]);
            command.arg("-I").arg(prefix.join("include")).arg("-o").arg(&program);
            command.arg(source.join("examples").join(name).with_extension("c"));
            command.arg(prefix.join("lib/libmqtt_core.a"));
            if name == "mqc_outbox" {
                command.arg("-lsqlite3");
            }
            command.args(SYSTEM_LIBRARIES);
            run(&mut command, "");
            program
        }))
    };
    CLIENTS.get_or_init(build).as_ref()
}

/// Runs a command to its end; gives what it has printed.
#[track_caller]
fn run(command: &mut Command, expected_error: &str) -> String {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // What is printed may be more than a pipe holds.
    let outputs = [reader(child.stdout.take()), reader(child.stderr.take())];
    let end = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = child.try_wait().expect("it was begun") {
            break status;
        }
        if Instant::now() > end {
            child.kill().expect("it is there");
            panic!("{command:?}: it does not end");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let [out, error] = outputs.map(|thread| thread.join().expect("text"));
    assert_eq!(status.success(), expected_error.is_empty(), "{command:?}: {status}\n{out}{error}");
    assert!(error.contains(expected_error), "{command:?}: {error}");
    out
}

/// Reads all that a program prints.
fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(|| {
        let mut text = String::new();
        pipe.expect("piped").read_to_string(&mut text).expect("text");
        text
    })
}

/// A broker on a port of its own, which ends with the test.
struct Broker {
    child: Child,
    port: String,
}

impl Broker {
    /// Begins one with these settings.
    fn begin(program: &Path, name: &str, settings: &str) -> Self {
        let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop");
        // Another program may take the port before the broker does.
        for _ in 0..5 {
            let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            let port = free.local_addr().expect("it is bound").port();
            drop(free);
            let config = work.join(format!("{name}.conf"));
            fs::write(&config, format!("listener {port} 127.0.0.1\n{settings}\n"))
                .expect("the target folder is writable");
            let mut command = Command::new(program);
            command.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
            let child = command.spawn().expect("the broker is a program");
            let mut broker = Self { child, port: port.to_string() };
            let end = Instant::now() + PATIENCE;
            while broker.child.try_wait().expect("it was begun").is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return broker;
                }
                assert!(Instant::now() < end, "the broker does not listen");
                thread::sleep(Duration::from_millis(5));
            }
        }
        panic!("the broker does not begin");
    }

    /// Begins the C broker.
    fn begin_ours(program: &Path) -> Self {
        let mut command = Command::new(program);
        let mut child = command.arg("0").stdout(Stdio::piped()).spawn().expect("it was built");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        out.read_line(&mut line).expect("text");
        let port = line.trim_end().rsplit(':').next().expect("a port").to_owned();
        Self { child, port }
    }

    fn client(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", &self.port]).args(arguments);
        command
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a test needs, unless it is missing and may be.
struct Parts {
    broker: PathBuf,
    publish: PathBuf,
    subscribe: PathBuf,
    ours: &'static [PathBuf; 4],
}

fn parts() -> Option<Parts> {
    Some(Parts {
        ours: clients()?,
        broker: program(&["mosquitto"])?,
        publish: program(&["mosquitto_pub"])?,
        subscribe: program(&["mosquitto_sub"])?,
    })
}

const OPEN: &str = "allow_anonymous true";

/// What each of them publishes, both receive: of any QoS, in any version. It is retained, so that no
/// one has to be there in time.
fn exchange(broker: &Broker, parts: &Parts) {
    let [ours_pub, ours_sub, ..] = parts.ours;
    for (ours, theirs) in [("31", "mqttv31"), ("311", "mqttv311"), ("5", "mqttv5")] {
        for qos in ["0", "1", "2"] {
            let topic = format!("t/{ours}/{qos}");
            let common = ["-t", &topic, "-q", qos, "-V"];
            for (publisher, version, payload) in
                [(ours_pub, ours, "from ours"), (&parts.publish, theirs, "from theirs")]
            {
                let id = ["-i", "publisher", "-r", "-m", payload];
                let arguments = [&common[..], &[version], &id].concat();
                run(&mut broker.client(publisher, &arguments), "");
                for (subscriber, version) in [(ours_sub, ours), (&parts.subscribe, theirs)] {
                    let id = ["-i", "subscriber", "-C", "1"];
                    let arguments = [&common[..], &[version], &id].concat();
                    let out = run(&mut broker.client(subscriber, &arguments), "");
                    assert_eq!(out, format!("{payload}\n"), "{subscriber:?} {arguments:?}");
                }
            }
        }
    }
    // Many, and large ones.
    let large = "x".repeat(100_000);
    for number in ["1", "2", "3"] {
        let topic = format!("large/{number}");
        let arguments = ["-t", &topic, "-q", "2", "-r", "-m", &large];
        run(&mut broker.client(ours_pub, &arguments), "");
    }
    let arguments = ["-t", "large/+", "-q", "2", "-C", "3"];
    let out = run(&mut broker.client(ours_sub, &arguments), "");
    assert_eq!(out, format!("{large}\n").repeat(3));
}

#[test]
fn messages_go_both_ways() {
    let Some(parts) = parts() else { return };
    exchange(&Broker::begin(&parts.broker, "both", OPEN), &parts);
}

#[test]
fn messages_go_through_the_c_broker() {
    let Some(parts) = parts() else { return };
    exchange(&Broker::begin_ours(&parts.ours[2]), &parts);
}

/// Messages wait for a client whose session is kept.
#[test]
fn sessions_are_kept() {
    let Some(parts) = parts() else { return };
    for broker in [Broker::begin(&parts.broker, "kept", OPEN), Broker::begin_ours(&parts.ours[2])] {
        keep(&broker, &parts);
    }
}

fn keep(broker: &Broker, parts: &Parts) {
    let [ours_pub, ours_sub, ..] = parts.ours;
    for version in ["311", "5"] {
        run(&mut broker.client(ours_pub, &["-t", "k/1", "-m", "first", "-r", "-q", "1"]), "");
        let subscriber = ["-t", "k/+", "-q", "1", "-c", "-i", version, "-V", version, "-C", "1"];
        assert_eq!(run(&mut broker.client(ours_sub, &subscriber), ""), "first\n");
        for message in ["second", "third"] {
            let arguments = ["-t", "k/2", "-m", message, "-q", "1"];
            run(&mut broker.client(&parts.publish, &arguments), "");
        }
        let arguments = [&subscriber[..10], &["2"]].concat();
        assert_eq!(run(&mut broker.client(ours_sub, &arguments), ""), "second\nthird\n");
    }
}

/// A server that refuses says why.
#[test]
fn refusals_are_told() {
    let Some(parts) = parts() else { return };
    let [ours_pub, ours_sub, ..] = parts.ours;
    let broker = Broker::begin(&parts.broker, "closed", "allow_anonymous false");
    let arguments = ["-t", "t", "-m", "x", "-V"];
    run(&mut broker.client(ours_pub, &[&arguments[..], &["5"]].concat()), "not_authorized");
    run(&mut broker.client(ours_pub, &[&arguments[..], &["311"]].concat()), "not_authorized");
    run(&mut broker.client(ours_sub, &["-t", "t", "-u", "me", "-P", "x"]), "not_authorized");
    // What is no filter never leaves.
    let open = Broker::begin(&parts.broker, "open", OPEN);
    run(&mut open.client(ours_sub, &["-t", "a#"]), "MQC_ERR_FILTER_MULTI_LEVEL");
    run(&mut open.client(ours_pub, &["-t", "a/#", "-m", "x"]), "MQC_ERR_TOPIC_WILDCARD");
}

/// A session that lives in SQLite: whenever the client is killed, each message is there once in the end.
#[test]
fn a_client_that_is_killed_has_each_message_once() {
    let Some(parts) = parts() else { return };
    let Some(python) = program(&["python3"]) else { return };
    let broker =
        Broker::begin(&parts.broker, "outbox", "allow_anonymous true\nmax_queued_messages 0");
    let database = Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop/outbox.db");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", database.display()));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outbox.py");
    let mut command = Command::new(python);
    command.arg(script).arg(&parts.ours[3]).arg(&broker.port).arg(&database);
    assert!(run(&mut command, "").contains("1000 messages"));
}
