//! The program where no RabbitMQ is.

use loopback::{
    Broker, BrokerOptions, MosquittoSub, PATIENCE, Program, Stream, free_port, mosquitto_pub,
};
use std::process::Command;

fn bridge(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-amqp-bridge"));
    command.env_remove("MQC_MQTT_URL").env_remove("MQC_AMQP_URL").args(args);
    command
}

#[test]
fn bad_options_are_one_line_and_exit_code_2() {
    let cases: [(&[&str], &str); 12] = [
        (&["--mqtt", "http://a"], "http://a: the scheme is http, not mqtt, mqtts, ws or wss"),
        (&["--amqp", "amqp://anna:secret@:x"], "the URL for --amqp is not a good one"),
        (&["--amqp", "amqps://a"], "amqps: this program has no TLS for AMQP"),
        (
            &["-t", "a/#/b"],
            "cannot parse argument \"a/#/b\": # is not the last level of the topic filter at byte 2",
        ),
        (&["-q", "3"], "cannot parse argument \"3\": not 0, 1 or 2"),
        (&["-i", ""], "cannot parse argument \"\": it must not be empty"),
        (&["-V", "4"], "cannot parse argument \"4\": not 3.1, 3.1.1 or 5.0"),
        (&["--in-flight", "0"], "cannot parse argument \"0\": not a number from 1 to 65535"),
        (
            &["--dead-letters", "amq.x"],
            "cannot parse argument \"amq.x\": not 1 to 127 of A-Z a-z 0-9 - _ . : that do not begin \
             with amq.",
        ),
        (&["--in-flight"], "missing argument for option '--in-flight'"),
        (&["x"], "unexpected argument \"x\""),
        (&["--nothing"], "invalid option '--nothing'"),
    ];
    for (args, reason) in cases {
        let output = Program::run(&mut bridge(args), b"", PATIENCE).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let line = format!("mqc-amqp-bridge: {reason}; see mqc-amqp-bridge --help\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), line);
    }
}

#[test]
fn without_rabbitmq_messages_stay_with_the_mqtt_broker() {
    const COUNT: usize = 30;
    let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return };
    let port = broker.port();
    for version in ["3.1.1", "5"] {
        let mqtt = format!("mqtt://127.0.0.1:{port}");
        let topic = format!("a/{version}");
        let amqp = format!("amqp://127.0.0.1:{}", free_port().unwrap());
        let args = ["--mqtt", &mqtt, "--amqp", &amqp, "-i", &topic, "-V", version, "-t", &topic];
        let mut program = Program::spawn(&mut bridge(&args)).unwrap();
        program.wait_for_text(Stream::Stderr, "1 filters subscribed").unwrap();
        for number in 0..COUNT {
            mosquitto_pub(port, ["-q", "1", "-t", &topic], number.to_string().as_bytes()).unwrap();
        }
        program.wait_for_text(Stream::Stderr, "RabbitMQ: ").unwrap();
        program.terminate().unwrap();
        assert!(program.wait(PATIENCE).unwrap().success());
        let told = program.output(Stream::Stderr);
        let told = String::from_utf8_lossy(&told);
        assert!(told.contains("0 confirmed, 0 published again, 0 dead letters"), "{told}");

        // Under its name, all of them are still there.
        let version = if version == "5" { "5" } else { "311" };
        let mut args = vec!["-V", version, "-i", &topic, "-c", "-q", "1", "-t", &topic];
        if version == "5" {
            args.extend(["-x", "100"]);
        }
        let sub = MosquittoSub::start(port, args).unwrap();
        let messages = sub.wait_for(COUNT, PATIENCE).unwrap();
        let numbers: Vec<String> = (0..COUNT).map(|number| number.to_string()).collect();
        let payloads = messages.into_iter().map(|message| message.payload);
        assert!(payloads.eq(numbers.into_iter().map(String::into_bytes)));
    }
}

#[test]
fn a_refusal_of_the_mqtt_broker_ends_it() {
    let Some(broker) = Broker::for_test(BrokerOptions::default().user("anna", "secret")) else {
        return;
    };
    let mqtt = format!("mqtt://127.0.0.1:{}", broker.port());
    let amqp = format!("amqp://127.0.0.1:{}", free_port().unwrap());
    let output = Program::run(&mut bridge(&["--mqtt", &mqtt, "--amqp", &amqp]), b"", PATIENCE);
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    let line = "mqc-amqp-bridge: the broker refuses the connection: not authorized\n";
    assert!(told.ends_with(line), "{told}");
}
