//! RabbitMQ, and its MQTT plugin, by mosquitto's clients.

use loopback::{
    MosquittoSub, PATIENCE, RabbitMq, RabbitMqOptions, mosquitto_is_here, mosquitto_pub,
    rabbitmq_is_here,
};

#[test]
fn it_starts_stops_and_starts_again() {
    if !rabbitmq_is_here() || !mosquitto_is_here() {
        return;
    }
    let mut rabbit =
        RabbitMq::start(RabbitMqOptions { mqtt: true, ..RabbitMqOptions::default() }).unwrap();
    let port = rabbit.mqtt_port();
    let args = ["-c", "-i", "sub", "-q", "1", "-t", "a"];
    let sub = MosquittoSub::start(port, args).unwrap();
    mosquitto_pub(port, ["-q", "1", "-t", "a"], b"one").unwrap();
    assert_eq!(sub.wait_for(1, PATIENCE).unwrap()[0].payload, b"one");
    sub.stop().unwrap();
    mosquitto_pub(port, ["-q", "1", "-t", "a"], b"two").unwrap();
    rabbit.kill().unwrap();
    assert!(mosquitto_pub(port, ["-t", "a"], b"x").is_err());
    rabbit.restart().unwrap();
    let sub = MosquittoSub::start(port, args).unwrap();
    assert_eq!(sub.wait_for(1, PATIENCE).unwrap()[0].payload, b"two");
    rabbit.stop().unwrap();
    assert!(rabbit.log().contains("SIGTERM received"), "{}", rabbit.log());
}
