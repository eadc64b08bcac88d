//! The program against mosquitto.

use loopback::{
    Broker, BrokerOptions, Certificates, PATIENCE, Program, Stream, free_port, mosquitto_pub,
    mosquitto_pub_lines, within,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with a file of settings, and a file for lines.
struct Setting {
    folder: TempDir,
}

impl Setting {
    fn new(yaml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("c.yaml"), yaml).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-connector"));
        command.arg("-c").arg(self.path("c.yaml")).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        Program::run(&mut self.command(args), b"", PATIENCE).unwrap()
    }

    /// Starts `read` into the file, and waits until it is subscribed.
    fn read(&self) -> Program {
        let mut command = self.command(&["read", "--output"]);
        let program = Program::spawn(command.arg(self.path("lines"))).unwrap();
        program.wait_for_text(Stream::Stderr, "1 filters subscribed").unwrap();
        program
    }

    /// The whole lines in the file.
    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("lines")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until there are so many different payloads, and gives how often each is there.
    fn wait_for_payloads(&self, count: usize) -> BTreeMap<String, usize> {
        let all = within(PATIENCE, || {
            let mut all = BTreeMap::new();
            for line in self.lines() {
                *all.entry(line["payload"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            (all.len() >= count).then_some(all)
        });
        all.unwrap_or_else(|| panic!("{count} payloads, there are {} lines", self.lines().len()))
    }
}

#[track_caller]
fn ends(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(
        (output.status.code(), text(&output.stdout).as_str(), text(&output.stderr).as_str()),
        (Some(code), stdout, stderr)
    );
}

#[test]
fn a_bad_file_is_one_line_and_exit_code_2() {
    let setting = Setting::new("# all\nqos: 3\n");
    let file = setting.path("c.yaml").display().to_string();
    for command in ["check", "discover", "read"] {
        ends(&setting.run(&[command]), 2, "", &format!("{file}:2: qos: not 0, 1 or 2\n"));
    }
    let setting = Setting::new("auth:\n  password: ${MQC_SECRET}\n");
    let file = setting.path("c.yaml").display().to_string();
    let line = "auth.password: the environment variable MQC_SECRET is not set";
    ends(&setting.run(&["check"]), 2, "", &format!("{file}:2: {line}\n"));
}

#[test]
fn bad_options_are_one_line_and_exit_code_2() {
    let setting = Setting::new("");
    let cases: [(&[&str], &str); 5] = [
        (&[], "which command: check, discover or read?"),
        (&["write"], "there is no command write"),
        (&["check", "--output", "x"], "--output and --max-messages are for read"),
        (&["read", "--for", "1"], "--for is for discover"),
        (&["read", "-n", "many"], "cannot parse argument \"many\": invalid digit found in string"),
    ];
    for (args, reason) in cases {
        let line = format!("mqc-connector: {reason}; see mqc-connector --help\n");
        ends(&setting.run(args), 2, "", &line);
    }
}

#[test]
fn check_says_what_is_wrong() {
    let nobody = free_port().unwrap();
    let setting = Setting::new(&format!("broker_url: mqtt://127.0.0.1:{nobody}\n"));
    let line =
        format!("mqc-connector: mqtt://127.0.0.1:{nobody}: Connection refused (os error 111)\n");
    ends(&setting.run(&["check"]), 1, "", &line);
    ends(&setting.run(&["discover"]), 1, "", &line);

    let Some(broker) = Broker::for_test(BrokerOptions::default().user("anna", "secret")) else {
        return;
    };
    let port = broker.port();
    let yaml = |version: &str, rest: &str| {
        format!("broker_url: mqtt://127.0.0.1:{port}\nmqtt_version: {version}\n{rest}")
    };
    for version in ["3.1.1", "5.0"] {
        let auth = "auth: {username: '${MQC_USER:-anna}', password: '${MQC_PASSWORD}'}\n";
        let setting = Setting::new(&yaml(version, &format!("{auth}topics: [a/#, a/+/b]\nqos: 1")));
        let run = |password| {
            let mut command = setting.command(&["check"]);
            Program::run(command.env("MQC_PASSWORD", password), b"", PATIENCE).unwrap()
        };
        let lines = format!(
            "ok: connected to mqtt://127.0.0.1:{port}\nok: a/# with QoS 1\nok: a/+/b with QoS 1\n"
        );
        ends(&run("secret"), 0, &lines, "");
        let refused = run("wrong");
        assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(1), &b""[..]));
        let line = String::from_utf8(refused.stderr).unwrap();
        let start = "mqc-connector: the broker refuses the connection: ";
        assert!(line.starts_with(start) && line.ends_with("authorized\n"), "{line}");
    }
}

#[test]
fn discover_tells_topics_and_what_they_carry() {
    let Some(broker) = Broker::for_test(BrokerOptions::default().line("log_type all")) else {
        return;
    };
    let port = broker.port();
    let setting = Setting::new(&format!(
        "broker_url: mqtt://127.0.0.1:{port}\nclient_id: c\nclean_session: false\nqos: 2\n"
    ));
    let publish = |topic: &str, qos: &str, payload: &[u8]| {
        mosquitto_pub(port, ["-t", topic, "-q", qos, "-r"], payload).unwrap();
    };
    publish("s/1", "1", b"{\"t\": 21.5, \"h\": 40}");
    publish("s/2", "0", b"21.5");
    publish("s/3", "2", b"\xff\x00");
    let mut program = Program::spawn(&mut setting.command(&["discover", "--for", "600"])).unwrap();
    // What it has acknowledged, it has counted.
    let seen = within(PATIENCE, || {
        let log = broker.log();
        let acks = ["PUBACK from c-discover", "PUBREC from c-discover"];
        acks.iter().all(|ack| log.contains(ack)).then_some(())
    });
    assert!(seen.is_some(), "{}", broker.log());
    mosquitto_pub(port, ["-t", "s/1", "-q", "1"], b"on").unwrap();
    within(PATIENCE, || {
        (broker.log().matches("PUBACK from c-discover").count() == 2).then_some(())
    })
    .unwrap();
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    assert_eq!(
        String::from_utf8(program.output(Stream::Stdout)).unwrap(),
        r#"{"topic":"s/1","messages":2,"retained":1,"qos":[1],"min_bytes":2,"max_bytes":20,"total_bytes":22,"formats":{"json":1,"text":1},"keys":["h","t"]}
{"topic":"s/2","messages":1,"retained":1,"qos":[0],"min_bytes":4,"max_bytes":4,"total_bytes":4,"formats":{"number":1}}
{"topic":"s/3","messages":1,"retained":1,"qos":[2],"min_bytes":2,"max_bytes":2,"total_bytes":2,"formats":{"binary":1}}
"#
    );
    // No session is left behind, neither its own nor one of the connector.
    let log = broker.log();
    assert!(!log.contains("as c ("), "{log}");
}

#[test]
fn read_writes_what_comes_and_ends_after_so_many() {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return };
    let setting = Setting::new(&format!(
        "broker_url: mqtt://127.0.0.1:{}\ntopics: [{{topic: a/+, qos: 2}}]\n",
        broker.port()
    ));
    let mut program = Program::spawn(&mut setting.command(&["read", "-n", "3"])).unwrap();
    program.wait_for_text(Stream::Stderr, "1 filters subscribed").unwrap();
    let port = broker.port();
    let property = ["-V", "5", "-D", "publish", "user-property", "k", "v"];
    let with = |rest: [&'static str; 4]| property.into_iter().chain(rest);
    mosquitto_pub(port, with(["-q", "2", "-t", "a/1"]), b"one").unwrap();
    mosquitto_pub(port, ["-q", "1", "-t", "a/2"], b"\xff").unwrap();
    mosquitto_pub(port, ["-q", "0", "-t", "a/3", "-r"], b"").unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    let text = String::from_utf8(program.output(Stream::Stdout)).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let field = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(field("topic"), ["a/1", "a/2", "a/3"]);
    assert_eq!(field("payload"), ["one", "/w==", ""]);
    assert_eq!(field("encoding"), ["text", "base64", "text"]);
    assert_eq!(field("qos"), [2, 1, 0]);
    assert_eq!(lines[0]["properties"]["user_properties"], serde_json::json!([["k", "v"]]));
    assert!(lines[1].get("properties").is_none());
    assert!(lines.iter().all(|line| line["received_at"].as_u64().unwrap() > 1_700_000_000_000));
}

const STAYS: &str = "client_id: connector\nclean_session: false\nempty_poll_delay_ms: 5\n\
    retry_initial_ms: 5\nretry_max_ms: 50\n";

/// Keeps all that waits for a connector, and sends without much waiting.
fn roomy_broker() -> Option<Broker> {
    let options = BrokerOptions::default().line("max_queued_messages 0");
    Broker::for_test(options.line("max_inflight_messages 200").line("set_tcp_nodelay true"))
}

#[test]
fn a_kill_loses_nothing() {
    const COUNT: usize = 2000;
    let Some(broker) = roomy_broker() else { return };
    let port = broker.port();
    for version in ["3.1.1", "5.0"] {
        let setting = Setting::new(&format!(
            "broker_url: mqtt://127.0.0.1:{port}\nmqtt_version: {version}\n\
             topics: [kill/{version}]\n{STAYS}"
        ));
        let mut program = setting.read();
        let topic = format!("kill/{version}");
        let mut publisher = mosquitto_pub_lines(port, ["-q", "1", "-t", &topic], 0..COUNT).unwrap();
        for part in 1..=4 {
            setting.wait_for_payloads(COUNT * part / 6);
            program.kill().unwrap();
            program = setting.read();
        }
        setting.wait_for_payloads(COUNT);
        assert!(publisher.wait(PATIENCE).unwrap().success());
    }
}

#[test]
fn a_line_that_was_cut_off_does_not_swallow_the_next() {
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return };
    let setting = Setting::new(&format!("broker_url: mqtt://127.0.0.1:{}\n", broker.port()));
    fs::write(setting.path("lines"), "{\"topic\":\"a\"}\n{\"top").unwrap();
    let program = setting.read();
    mosquitto_pub(broker.port(), ["-t", "a"], b"x").unwrap();
    let text = within(PATIENCE, || {
        fs::read_to_string(setting.path("lines")).ok().filter(|text| text.ends_with("}\n"))
    });
    let text = text.unwrap();
    assert!(
        text.starts_with("{\"topic\":\"a\"}\n{\"top\n{\"topic\":\"a\",\"payload\":\"x\""),
        "{text}"
    );
    drop(program);
}

#[test]
fn sigterm_and_sigint_end_well() {
    const COUNT: usize = 1500;
    let Some(broker) = roomy_broker() else { return };
    let port = broker.port();
    let setting = Setting::new(&format!("broker_url: mqtt://127.0.0.1:{port}\n{STAYS}"));
    let mut first = 0;
    for round in 1..=4 {
        let mut program = setting.read();
        let numbers = first..first + COUNT;
        let mut publisher = mosquitto_pub_lines(port, ["-q", "1", "-t", "a"], numbers).unwrap();
        first += COUNT;
        // In the middle of it.
        setting.wait_for_payloads(first - COUNT / 2);
        let signal = if round % 2 == 0 { "-INT" } else { "-TERM" };
        let killed = Command::new("kill").args([signal, &program.id().to_string()]).status();
        assert!(killed.unwrap().success());
        assert!(program.wait(PATIENCE).unwrap().success(), "{round}");
        assert!(publisher.wait(PATIENCE).unwrap().success(), "{round}");
    }
    let program = setting.read();
    // What was written was acknowledged: nothing comes twice.
    let all = setting.wait_for_payloads(first);
    assert!(all.values().all(|count| *count == 1));
    drop(program);
    assert!(broker.log().contains("Client connector disconnected."), "{}", broker.log());
}

/// Asks over HTTP, and gives status and body.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

#[test]
fn metrics_and_health_tell_how_it_is() {
    let Some(mut broker) = Broker::for_test(BrokerOptions::default()) else { return };
    let web = free_port().unwrap();
    let setting = Setting::new(&format!(
        "broker_url: mqtt://127.0.0.1:{}\nmetrics_address: 127.0.0.1:{web}\n{STAYS}",
        broker.port()
    ));
    broker.stop().unwrap();
    let mut command = setting.command(&["read", "--output"]);
    let mut program = Program::spawn(command.arg(setting.path("lines"))).unwrap();
    let wait_for_health = |status: u16| {
        let body = within(PATIENCE, || {
            get(web, "/health").filter(|(is, _)| *is == status).map(|(_, body)| body)
        });
        body.unwrap_or_else(|| panic!("health is not {status}"))
    };
    // There has been no broker yet, and then no longer.
    for first in [true, false] {
        if !first {
            broker.stop().unwrap();
        }
        let body =
            within(PATIENCE, || Some(wait_for_health(503)).filter(|body| body.contains("refused")));
        assert!(body.is_some(), "the reason is told");
        let (status, text) = get(web, "/metrics").unwrap();
        assert!(status == 200 && text.contains("connector_connected 0\n"), "{text}");
        broker.restart().unwrap();
        assert_eq!(wait_for_health(200), "connected\n");
    }
    program.wait_for_text(Stream::Stderr, "1 filters subscribed").unwrap();
    // The subscription of before went with the broker; it is made again.
    within(PATIENCE, || {
        mosquitto_pub(broker.port(), ["-t", "a", "-q", "1"], b"x").unwrap();
        (!setting.lines().is_empty()).then_some(())
    })
    .unwrap();
    // More may come meanwhile, and the session may take its time to answer.
    within(PATIENCE, || {
        let (_, text) = get(web, "/metrics")?;
        let lines = format!("connector_lines_total {}\n", setting.lines().len());
        let all = [
            lines.as_str(),
            "mqtt_messages_total{direction=\"received\",qos=\"1\"} ",
            "mqtt_connects_total{} 2\n",
            "# TYPE connector_empty_polls_total counter\n",
            "connector_connected 1\n",
        ];
        all.iter().all(|line| text.contains(line)).then_some(())
    })
    .unwrap_or_else(|| panic!("{:?}", get(web, "/metrics")));
    assert_eq!(get(web, "/").unwrap().0, 404);
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
}

#[test]
fn sigterm_ends_well_without_a_broker() {
    let nobody = free_port().unwrap();
    let setting = Setting::new(&format!("broker_url: mqtt://127.0.0.1:{nobody}\n"));
    let mut program = Program::spawn(&mut setting.command(&["read"])).unwrap();
    program
        .wait_for_text(Stream::Stderr, "Connection refused (os error 111); trying again")
        .unwrap();
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
}

#[test]
fn a_refusal_ends_it() {
    let Some(broker) = Broker::for_test(BrokerOptions::default().user("anna", "secret")) else {
        return;
    };
    let setting = Setting::new(&format!("broker_url: mqtt://127.0.0.1:{}\n", broker.port()));
    let line = "mqc-connector: the broker refuses the connection: not authorized\n";
    ends(&setting.run(&["read"]), 1, "", line);
}

#[test]
fn tls_is_as_the_file_says() {
    let certificates = Certificates::new().unwrap();
    let options =
        BrokerOptions { certificates: Some(certificates.clone()), ..BrokerOptions::default() };
    let Some(broker) = Broker::for_test(options) else { return };
    let ca = certificates.authority().display().to_string();
    let client = certificates.client();
    let port = broker.mutual_tls_port();
    let setting = Setting::new(&format!(
        "broker_url: mqtts://127.0.0.1:{port}\ntls:\n  ca_file: {ca}\n  cert_file: {}\n  \
         key_file: {}\n  server_name: localhost\n",
        client.certificate.display(),
        client.key.display()
    ));
    let lines = format!("ok: connected to mqtts://127.0.0.1:{port}\nok: # with QoS 1\n");
    ends(&setting.run(&["check"]), 0, &lines, "");

    let setting = Setting::new(&format!(
        "broker_url: mqtts://127.0.0.1:{}\ntls: {{ca_file: {ca}, server_name: other.example}}\n",
        broker.tls_port()
    ));
    let output = setting.run(&["check"]);
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && line.contains("certificate"), "{line}");
}
