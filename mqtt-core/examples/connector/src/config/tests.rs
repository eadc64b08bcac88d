use super::values::expand;
use super::*;
use std::env::VarError;
use std::fs;

/// Reads a text as a file called `c.yaml`.
fn load(text: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.yaml");
    fs::write(&file, text).unwrap();
    let prefix = format!("{}/", folder.path().display());
    Config::load(&file).map_err(|error| {
        let line = error.to_string();
        line.strip_prefix(&prefix).expect("it begins with the file").to_owned()
    })
}

#[track_caller]
fn refused(text: &str, line: &str) {
    match load(text) {
        Ok(config) => panic!("{text:?} is taken: {config:?}"),
        Err(error) => assert_eq!(error, line, "{text:?}"),
    }
}

#[test]
fn nothing_is_all_defaults() {
    for text in ["", "# nothing\n", "---\n", "auth:\ntls:\nlast_will:\n"] {
        let config = load(text).unwrap();
        assert_eq!(config.broker_url.to_string(), "mqtt://localhost:1883");
        assert_eq!(config.topics, [Topic { filter: "#".to_owned(), qos: None }]);
        let options = config.options();
        assert!(options.clean_start && options.will.is_none() && options.user_name.is_none());
        assert_eq!((options.client_id.as_str(), options.session_expiry), ("", 0));
        assert_eq!(options.version, Version::V5);
        let backoff = options.reconnect.unwrap();
        assert_eq!((backoff.initial.as_millis(), backoff.max.as_millis()), (200, 30_000));
        assert_eq!(backoff.multiplier_percent, 200);
        assert_eq!(config.empty_poll_delay_ms, 100);
        assert_eq!(config.metrics_address, None);
        assert_eq!(config.filters()[0].options.qos, QoS::AtLeastOnce);
    }
}

#[test]
fn every_key_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("any.pem");
    fs::write(&file, "").unwrap();
    let file = file.display();
    let config = load(&format!(
        "broker_url: mqtts://broker.example
topics: [a/#, {{topic: b/+, qos: 2}}, topic: c]
qos: 0
client_id: me
clean_session: false
session_expiry_seconds: 3600
mqtt_version: 3.1.1
auth: {{username: anna, password: 's:e#c'}}
tls: {{ca_file: {file}, cert_file: {file}, key_file: {file}, server_name: other.example}}
last_will: {{topic: gone, payload: bye, qos: 1, retain: true}}
retry_initial_ms: 10
retry_max_ms: 20
retry_multiplier: 1.5
empty_poll_delay_ms: 0
metrics_address: 127.0.0.1:9100
"
    ))
    .unwrap();
    let filters: Vec<_> =
        config.filters().into_iter().map(|filter| (filter.filter, filter.options.qos)).collect();
    let expected = [("a/#", QoS::AtMostOnce), ("b/+", QoS::ExactlyOnce), ("c", QoS::AtMostOnce)];
    assert_eq!(filters, expected.map(|(filter, qos)| (filter.to_owned(), qos)));
    let options = config.options();
    assert_eq!(options.address.to_string(), "mqtts://broker.example:8883");
    assert_eq!((options.client_id.as_str(), options.clean_start), ("me", false));
    assert_eq!((options.session_expiry, options.version), (3600, Version::V311));
    assert_eq!(options.user_name.as_deref(), Some("anna"));
    assert_eq!(options.password.as_deref(), Some(&b"s:e#c"[..]));
    assert!(options.tls.ca_file.is_some() && options.tls.certificate.is_some());
    assert!(options.tls.key.is_some());
    assert_eq!(options.tls.server_name.as_deref(), Some("other.example"));
    let will = Message::new("gone", "bye").qos(QoS::AtLeastOnce).retain(true);
    assert_eq!(options.will, Some(will));
    assert_eq!(options.reconnect.unwrap().multiplier_percent, 150);
    assert_eq!(config.metrics_address.unwrap().to_string(), "127.0.0.1:9100");
}

#[test]
fn a_bad_value_is_named_with_its_key_and_line() {
    let cases = [
        ("broker_url: [x]", "c.yaml:1: broker_url: not a text"),
        (
            "\nbroker_url: http://x",
            "c.yaml:2: broker_url: the scheme is http, not mqtt, mqtts, ws or wss",
        ),
        ("topics: a", "c.yaml:1: topics: not a list"),
        ("topics: []", "c.yaml: topics: there must be one at least"),
        (
            "topics:\n- a/#\n- b/#/c\n",
            "c.yaml:3: topics[1]: # is not the last level of the topic filter at byte 2",
        ),
        (
            "topics: [7]",
            "c.yaml:1: topics[0]: invalid type: integer `7`, expected a topic filter, or a mapping \
             with topic and qos",
        ),
        ("topics: [{topic: a, qos: 3}]", "c.yaml:1: topics[0].qos: not 0, 1 or 2"),
        ("topics:\n- topic: ''\n", "c.yaml:2: topics[0].topic: topic filter is empty at byte 0"),
        ("topics: [{qos: 1}]", "c.yaml:1: topics[0]: topic is missing"),
        (
            "topics: [{topic: a, qqs: 1}]",
            "c.yaml:1: topics[0].qqs: unknown key; there are topic, qos",
        ),
        ("qos: 3", "c.yaml:1: qos: not 0, 1 or 2"),
        ("qos: high", "c.yaml:1: qos: not 0, 1 or 2"),
        ("client_id: {a: b}", "c.yaml:1: client_id: not a text"),
        ("clean_session: maybe", "c.yaml:1: clean_session: not true or false"),
        (
            "clean_session: false",
            "c.yaml: client_id: a session that stays (clean_session: false) needs one",
        ),
        (
            "session_expiry_seconds: 0",
            "c.yaml:1: session_expiry_seconds: not a whole number from 1 to 4294967295",
        ),
        ("mqtt_version: 4", "c.yaml:1: mqtt_version: not 3.1, 3.1.1 or 5.0"),
        ("auth: anna", "c.yaml:1: auth: not a mapping"),
        ("auth: {username: [a]}", "c.yaml:1: auth.username: not a text"),
        ("auth:\n  password: [a]\n", "c.yaml:2: auth.password: not a text"),
        (
            "mqtt_version: 3.1.1\nauth: {password: a}",
            "c.yaml: auth.password: before MQTT 5.0 it needs auth.username",
        ),
        ("tls: []", "c.yaml:1: tls: not a mapping"),
        (
            "tls:\n  ca_file: /no/such/file\n",
            "c.yaml:2: tls.ca_file: /no/such/file: No such file or directory (os error 2)",
        ),
        ("tls: {cert_file: /}", "c.yaml:1: tls.cert_file: /: not a file"),
        (
            "tls: {key_file: /no/such/file}",
            "c.yaml:1: tls.key_file: /no/such/file: No such file or directory (os error 2)",
        ),
        ("tls: {server_name: {}}", "c.yaml:1: tls.server_name: not a text"),
        ("tls: {server_name: a}", "c.yaml: tls.server_name: broker_url is one without TLS"),
        (
            "broker_url: mqtts://a\ntls: {cert_file: Cargo.toml}",
            "c.yaml: tls.cert_file: needs tls.key_file",
        ),
        (
            "broker_url: mqtts://a\ntls: {key_file: Cargo.toml}",
            "c.yaml: tls.key_file: needs tls.cert_file",
        ),
        ("last_will: {payload: a}", "c.yaml:1: last_will: topic is missing"),
        (
            "last_will: {topic: a/#}",
            "c.yaml:1: last_will.topic: topic name contains a wildcard at byte 2",
        ),
        ("last_will: {topic: a, payload: [1]}", "c.yaml:1: last_will.payload: not a text"),
        ("last_will: {topic: a, qos: -1}", "c.yaml:1: last_will.qos: not 0, 1 or 2"),
        ("last_will: {topic: a, retain: 1}", "c.yaml:1: last_will.retain: not true or false"),
        ("retry_initial_ms: 0", "c.yaml:1: retry_initial_ms: not a whole number from 1 to 3600000"),
        ("retry_max_ms: 1.5", "c.yaml:1: retry_max_ms: not a whole number from 1 to 3600000"),
        (
            "retry_initial_ms: 20\nretry_max_ms: 10",
            "c.yaml: retry_initial_ms: more than retry_max_ms",
        ),
        ("retry_multiplier: 0.5", "c.yaml:1: retry_multiplier: not a number from 1 to 100"),
        ("retry_multiplier: .nan", "c.yaml:1: retry_multiplier: not a number from 1 to 100"),
        (
            "empty_poll_delay_ms: soon",
            "c.yaml:1: empty_poll_delay_ms: not a whole number from 0 to 3600000",
        ),
        (
            "metrics_address: localhost",
            "c.yaml:1: metrics_address: not an address with a port: 127.0.0.1:9100",
        ),
    ];
    for (text, line) in cases {
        refused(text, line);
    }
}

#[test]
fn an_unknown_key_is_named_with_those_that_there_are() {
    refused(
        "qos: 1\nclientid: a\n",
        "c.yaml:2: clientid: unknown key; there are broker_url, topics, qos, client_id, \
         clean_session, session_expiry_seconds, mqtt_version, auth, tls, last_will, \
         retry_initial_ms, retry_max_ms, retry_multiplier, empty_poll_delay_ms, metrics_address",
    );
    refused("auth:\n  user: a\n", "c.yaml:2: auth.user: unknown key; there are username, password");
    refused(
        "tls: {cafile: a}",
        "c.yaml:1: tls.cafile: unknown key; there are ca_file, cert_file, key_file, server_name",
    );
    refused(
        "last_will: {topic: a, delay: 1}",
        "c.yaml:1: last_will.delay: unknown key; there are topic, payload, qos, retain",
    );
}

#[test]
fn what_is_no_yaml_is_one_line_too() {
    refused("qos: 1\nqos: 2\n", "c.yaml:2: duplicate mapping key `qos` is not allowed here");
    refused("- a\n", "c.yaml:1: not a mapping");
    refused(
        "qos: 1\n---\nqos: 2\n",
        "c.yaml:3: only single YAML document expected but multiple found",
    );
    for text in ["a: [", "auth: {username: a", "client_id: \"a", "a: *b", "\u{0}"] {
        let line = load(text).unwrap_err();
        assert!(line.starts_with("c.yaml:1:") && line.lines().count() == 1, "{text:?}: {line}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Path::new("no/such.yaml")).unwrap_err();
    assert_eq!(error.to_string(), "no/such.yaml: No such file or directory (os error 2)");
}

#[test]
fn a_password_in_a_bad_url_is_not_shown() {
    let line = load("broker_url: mqtt://anna:hush%zz@host\n").unwrap_err();
    assert!(line.starts_with("c.yaml:1: broker_url: ") && !line.contains("hush"), "{line}");
}

#[test]
fn variables_are_put_in() {
    let variable = |name: &str| match name {
        "USER_1" => Ok("anna".to_owned()),
        "EMPTY" => Ok(String::new()),
        "NESTED" => Ok("${USER_1}: #".to_owned()),
        _ => Err(VarError::NotPresent),
    };
    let good = [
        ("plain", "plain"),
        ("${USER_1}", "anna"),
        ("a${USER_1}b${USER_1}", "aannabanna"),
        ("${USER_1:-other}", "anna"),
        ("${NONE:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${EMPTY}", ""),
        ("${NONE:-}", ""),
        ("${NONE:-a:-b}", "a:-b"),
        // What a variable holds is not looked at again.
        ("${NESTED}", "${USER_1}: #"),
        ("$${USER_1}", "${USER_1}"),
        ("$USER_1 $$ $", "$USER_1 $$ $"),
    ];
    for (text, expected) in good {
        assert_eq!(expand(text, variable).as_deref(), Ok(expected), "{text}");
    }
    let bad = [
        ("${NONE}", "the environment variable NONE is not set"),
        ("${}", "${} does not name a variable of the environment"),
        ("${a b}", "${a b} does not name a variable of the environment"),
        ("x${USER_1", "there is a ${ without a }; $${ would stand for itself"),
    ];
    for (text, reason) in bad {
        assert_eq!(expand(text, variable).unwrap_err(), reason, "{text}");
    }
}

#[test]
fn a_variable_that_is_not_set_is_an_error_of_its_line() {
    refused(
        "auth:\n  username: anna\n  password: ${MQC_CONNECTOR_NEVER_SET}\n",
        "c.yaml:3: auth.password: the environment variable MQC_CONNECTOR_NEVER_SET is not set",
    );
}
