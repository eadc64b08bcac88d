//! The program against a real RabbitMQ. `make test-full` runs this.

use futures_util::StreamExt;
use lapin::message::Delivery;
use lapin::options::{
    BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use loopback::{
    Broker, BrokerOptions, PATIENCE, Program, RabbitMq, RabbitMqOptions, Stream, mosquitto_is_here,
    mosquitto_pub, mosquitto_pub_lines, rabbitmq_is_here, within,
};
use std::collections::BTreeSet;
use std::process::Command;
use tokio::runtime::Runtime;
use tokio::time::timeout;

const COUNT: usize = 5000;

/// A queue that gets all of an exchange.
struct Queue {
    runtime: Runtime,
    channel: Channel,
    // It ends when it is dropped.
    _connection: Connection,
}

impl Queue {
    /// Declares the queue `all`, and the exchange if there is one.
    fn open(rabbit: &RabbitMq, exchange: Option<&str>) -> Self {
        let runtime = Runtime::new().unwrap();
        let (connection, channel) = runtime.block_on(async {
            let properties = ConnectionProperties::default();
            let connection = Connection::connect(&rabbit.url(), properties).await.unwrap();
            let channel = connection.create_channel().await.unwrap();
            let none = FieldTable::default();
            let durable = QueueDeclareOptions { durable: true, ..Default::default() };
            channel.queue_declare("all".into(), durable, none.clone()).await.unwrap();
            if let Some(exchange) = exchange {
                let durable = ExchangeDeclareOptions { durable: true, ..Default::default() };
                let kind = ExchangeKind::Topic;
                let declared =
                    channel.exchange_declare(exchange.into(), kind, durable, none.clone());
                declared.await.unwrap();
                let bind = QueueBindOptions::default();
                let bound =
                    channel.queue_bind("all".into(), exchange.into(), "#".into(), bind, none);
                bound.await.unwrap();
            }
            (connection, channel)
        });
        Self { runtime, channel, _connection: connection }
    }

    fn len(&self) -> usize {
        let passive = QueueDeclareOptions { durable: true, passive: true, ..Default::default() };
        let declared = self.channel.queue_declare("all".into(), passive, FieldTable::default());
        self.runtime.block_on(declared).unwrap().message_count() as usize
    }

    fn wait_for_len(&self, len: usize) -> usize {
        within(PATIENCE, || Some(self.len()).filter(|there| *there >= len)).expect("messages come")
    }

    /// The messages of a queue, as they come.
    fn consume(&self, queue: &str) -> Consumer {
        let no_ack = BasicConsumeOptions { no_ack: true, ..Default::default() };
        let tag = ShortString::default();
        let consuming =
            self.channel.basic_consume(queue.into(), tag, no_ack, FieldTable::default());
        self.runtime.block_on(consuming).unwrap()
    }

    fn next(&self, consumer: &mut Consumer) -> Delivery {
        self.runtime.block_on(async {
            let next = timeout(PATIENCE, consumer.next()).await.expect("a message");
            next.unwrap().unwrap()
        })
    }

    /// Takes messages until each number up to `COUNT` was there, and gives how many came again. If they are
    /// to be in order, each is there before any later one.
    fn take_all(&self, is_ordered: bool) -> usize {
        let mut consumer = self.consume("all");
        let (mut all, mut again) = (BTreeSet::new(), 0);
        while all.len() < COUNT {
            let message = self.next(&mut consumer);
            let number: usize = core::str::from_utf8(&message.data).unwrap().parse().unwrap();
            let is_next = number == all.len();
            let is_new = all.insert(number);
            assert!(!is_ordered || !is_new || is_next, "{number} comes as number {}", all.len());
            again += usize::from(!is_new);
            assert!(again <= 5 * COUNT, "{} of {COUNT} came, the others do not", all.len());
        }
        again
    }
}

fn bridge(broker: &Broker, rabbit: &RabbitMq, args: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-amqp-bridge"));
    command.args(["--mqtt", &format!("mqtt://127.0.0.1:{}", broker.port())]);
    command.args(["--amqp", &rabbit.url()]).args(args);
    Program::spawn(&mut command).unwrap()
}

/// Waits until that was told so many times.
fn wait_for(program: &Program, text: &str, times: usize) {
    let mut left = times;
    let found = program.wait_for_line(Stream::Stderr, PATIENCE, |line| {
        left -= usize::from(String::from_utf8_lossy(line).contains(text));
        left == 0
    });
    found.unwrap();
}

/// Ends it well, and gives the last line that it told.
fn stop(mut program: Program) -> String {
    program.terminate().unwrap();
    assert!(program.wait(PATIENCE).unwrap().success());
    let told = program.lines(Stream::Stderr).pop().unwrap_or_default();
    String::from_utf8(told).unwrap()
}

/// Publishes all numbers with QoS 1, over one connection.
fn publish_all(port: u16) -> Program {
    mosquitto_pub_lines(port, ["-q", "1", "-t", "load/a"], 0..COUNT).unwrap()
}

fn are_here() -> bool {
    mosquitto_is_here() && rabbitmq_is_here()
}

#[test]
fn rabbitmq_is_killed_and_nothing_is_lost() {
    if !are_here() {
        return;
    }
    let broker = Broker::start(BrokerOptions::default().line("max_queued_messages 0")).unwrap();
    let mut rabbit = RabbitMq::start(RabbitMqOptions::default()).unwrap();
    let queue = Queue::open(&rabbit, Some("load"));
    let program = bridge(&broker, &rabbit, &["-t", "load/#"]);
    wait_for(&program, "1 filters subscribed", 1);
    let mut publisher = publish_all(broker.port());
    let mut queue = queue;
    for (round, part) in [1, 2].into_iter().enumerate() {
        let there = queue.wait_for_len(COUNT * part / 5);
        rabbit.kill().unwrap();
        assert!(there < COUNT, "not in the middle");
        wait_for(&program, "trying again", round + 1);
        rabbit.restart().unwrap();
        wait_for(&program, "connected to RabbitMQ", round + 2);
        queue = Queue::open(&rabbit, None);
    }
    assert!(publisher.wait(PATIENCE).unwrap().success());
    let again = queue.take_all(true);
    println!("{COUNT} messages, {again} came again; {}", stop(program));
}

#[test]
fn mosquitto_is_killed_and_nothing_is_lost() {
    if !are_here() {
        return;
    }
    // It saves each second, not after each message.
    let options = BrokerOptions { store: true, ..BrokerOptions::default() };
    let options = options.line("max_queued_messages 0").line("autosave_on_changes false");
    let mut broker = Broker::start(options).unwrap();
    let rabbit = RabbitMq::start(RabbitMqOptions::default()).unwrap();
    let queue = Queue::open(&rabbit, Some("load"));
    // mosquitto keeps them for the bridge, and is known to have them on disk.
    let program = bridge(&broker, &rabbit, &["-t", "load/#"]);
    wait_for(&program, "1 filters subscribed", 1);
    stop(program);
    assert!(publish_all(broker.port()).wait(PATIENCE).unwrap().success());
    broker.save().unwrap();

    let program = bridge(&broker, &rabbit, &["-t", "load/#"]);
    for part in [1, 2] {
        let there = queue.wait_for_len(COUNT * part / 5);
        broker.kill().unwrap();
        assert!(there < COUNT, "not in the middle");
        broker.restart().unwrap();
    }
    let again = queue.take_all(false);
    println!("{COUNT} messages, {again} came again; {}", stop(program));
}

#[test]
fn messages_arrive_as_they_were() {
    if !are_here() {
        return;
    }
    let broker = Broker::start(BrokerOptions::default()).unwrap();
    let port = broker.port();
    let rabbit = RabbitMq::start(RabbitMqOptions::default()).unwrap();
    let queue = Queue::open(&rabbit, Some("orders"));
    let program = bridge(&broker, &rabbit, &["-q", "2"]);
    wait_for(&program, "1 filters subscribed", 1);

    let of_publish = |name: &'static str| ["-D", "publish", name];
    let mut args = vec!["-V", "5", "-q", "2", "-t", "orders/eu/new"];
    args.extend(of_publish("content-type").into_iter().chain(["application/json"]));
    args.extend(of_publish("correlation-data").into_iter().chain(["42"]));
    args.extend(of_publish("user-property").into_iter().chain(["site", "north"]));
    mosquitto_pub(port, args, b"{}").unwrap();
    // A queue of its own type has that name, a dot separates words, nobody wants it.
    mosquitto_pub(port, ["-q", "1", "-t", "orders/v1.0"], b"dotted").unwrap();
    mosquitto_pub(port, ["-q", "1", "-t", "mqtt.dead-letters/x"], b"another type").unwrap();
    mosquitto_pub(port, ["-q", "1", "-t", "nobody/x"], b"unwanted").unwrap();

    let message = queue.next(&mut queue.consume("all"));
    let from = (message.exchange.as_str(), message.routing_key.as_str());
    assert_eq!((from, &*message.data), (("orders", "eu.new"), &b"{}"[..]));
    let properties = &message.properties;
    assert_eq!(properties.delivery_mode(), &Some(2));
    assert_eq!(properties.content_type(), &Some("application/json".into()));
    assert_eq!(properties.correlation_id(), &Some("42".into()));
    let text = |text: &str| AMQPValue::LongString(text.into());
    let headers = properties.headers().as_ref().unwrap().inner();
    assert_eq!((headers.len(), &headers["site"]), (1, &text("north")));

    let mut letters = queue.consume("mqtt.dead-letters");
    for (payload, topic, why) in [
        (&b"dotted"[..], "orders/v1.0", "would separate levels"),
        (&b"another type"[..], "mqtt.dead-letters/x", "PRECONDITION"),
    ] {
        let letter = queue.next(&mut letters);
        assert_eq!(&*letter.data, payload);
        let headers = letter.properties.headers().as_ref().unwrap().inner();
        assert_eq!(headers["mqtt-topic"], text(topic));
        let AMQPValue::LongString(reason) = &headers["mqtt-reason"] else { panic!("{headers:?}") };
        assert!(reason.to_string().contains(why), "{reason}");
    }
    wait_for(&program, "1 messages that no queue wants, the last one of \"nobody/x\"", 1);
    let told = stop(program);
    let end =
        "4 confirmed, 0 published again, 2 dead letters, 1 without a queue, 0 of QoS 0 dropped";
    assert!(told.ends_with(end), "{told}");
}
