//! Enhanced authentication, with a broker that is a session of `mqtt-core` and a few rules.

use bytes::Buf;
use core::sync::atomic::{AtomicU8, Ordering};
use core::time::Duration;
use loopback::{PATIENCE, Program};
use mqc_client::{Authentication, Client, Error, Exchange, Message, Options, Status};
use mqtt_core::{
    Auth, Backoff, ConnAck, Event, Instant, Properties, Property, QoS, ReasonCode, ServerConfig,
    ServerSession,
};
use std::process::Command;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const METHOD: &str = "DOUBLE";
const NOW: Instant = Instant::from_millis(0);

/// Says which authentication of its client it is, doubles numbers, and wants to be told the sum in the end.
struct Double {
    number: u8,
    sum: u8,
}

impl Exchange for Double {
    fn begin(&mut self) -> Vec<u8> {
        vec![self.number]
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Vec<u8>, String> {
        let [number] = challenge else { return Err(format!("not a number: {challenge:?}")) };
        self.sum += number;
        Ok(vec![2 * number])
    }

    fn finish(&mut self, data: &[u8]) -> Result<(), String> {
        let is_right = data == [self.sum];
        is_right.then_some(()).ok_or("the broker cannot add".to_owned())
    }
}

fn double() -> Authentication {
    let number = Arc::new(AtomicU8::new(1));
    Authentication::new(METHOD, move || Double {
        number: number.fetch_add(1, Ordering::Relaxed),
        sum: 0,
    })
}

struct Broker {
    session: ServerSession,
    stream: TcpStream,
}

/// What it is told.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Begin(String, Vec<u8>),
    Answer(Vec<u8>),
    Message(String),
    Closed,
}

impl Broker {
    async fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().await.unwrap();
        Self { session: ServerSession::new(ServerConfig::default(), NOW), stream }
    }

    async fn flush(&mut self) {
        let mut out = self.session.transmit();
        let bytes = out.copy_to_bytes(out.remaining());
        self.stream.write_all(&bytes).await.unwrap();
    }

    async fn told(&mut self) -> Told {
        loop {
            if let Some(event) = self.session.poll_event() {
                let data = |properties: Properties<'_>| {
                    properties.authentication_data().unwrap_or_default().to_vec()
                };
                match event {
                    Event::Connect(connect) => {
                        let method = connect.properties.authentication_method().unwrap_or("none");
                        break Told::Begin(method.to_owned(), data(connect.properties));
                    }
                    Event::Auth(auth) => break Told::Answer(data(auth.properties)),
                    Event::Message { publish, .. } => {
                        break Told::Message(publish.topic.to_owned());
                    }
                    Event::Closed(_) => break Told::Closed,
                    other => panic!("{other:?}"),
                }
            }
            self.flush().await;
            let mut bytes = [0; 1000];
            match self.stream.read(&mut bytes).await.unwrap() {
                0 => self.session.handle_eof(NOW),
                len => assert_eq!(self.session.handle_input(NOW, &bytes[..len]), len),
            }
        }
    }

    fn challenge(&mut self, number: u8) {
        let data = [number];
        let list = [Property::AuthenticationMethod(METHOD), Property::AuthenticationData(&data)];
        let reason = ReasonCode::CONTINUE_AUTHENTICATION;
        let auth = Auth { reason, properties: Properties::new(&list) };
        self.session.auth(NOW, &auth).unwrap();
    }

    fn let_in(&mut self, sum: u8) {
        let data = [sum];
        let list = [
            Property::AssignedClientIdentifier("somebody"),
            Property::AuthenticationMethod(METHOD),
            Property::AuthenticationData(&data),
        ];
        let connack = ConnAck { properties: Properties::new(&list), ..ConnAck::default() };
        self.session.accept(NOW, &connack, None).unwrap();
    }

    /// Lets in whom two numbers are doubled by.
    async fn converse(&mut self, number: u8) {
        assert_eq!(self.told().await, Told::Begin(METHOD.to_owned(), vec![number]));
        self.challenge(7);
        assert_eq!(self.told().await, Told::Answer(vec![14]));
        self.challenge(30);
        assert_eq!(self.told().await, Told::Answer(vec![60]));
    }
}

/// A broker that listens, and what authenticates there.
async fn listen(authentication: Authentication) -> (TcpListener, Options) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = format!("mqtt://127.0.0.1:{port}").parse().unwrap();
    let backoff = Backoff { initial: Duration::from_millis(10), ..Backoff::default() };
    let options = Options {
        authentication: Some(authentication),
        reconnect: Some(backoff),
        ..Options::new(address)
    };
    (listener, options)
}

/// Each connection has an authentication of its own.
#[tokio::test]
async fn challenges_are_answered() {
    let (listener, options) = listen(double()).await;
    let serving = tokio::spawn(async move {
        for number in [1, 2] {
            let mut broker = Broker::accept(&listener).await;
            broker.converse(number).await;
            broker.let_in(37);
            assert_eq!(broker.told().await, Told::Message(format!("t/{number}")));
        }
    });
    let (client, _messages) = Client::connect(options).await.unwrap();
    client.publish(Message::new("t/1", "")).await.unwrap();
    let mut status = client.status();
    let is_lost = |status: &Status| matches!(status, Status::Lost(_));
    tokio::time::timeout(PATIENCE, status.wait_for(is_lost)).await.unwrap().unwrap();
    client.publish(Message::new("t/2", "")).await.unwrap();
    tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_broker_that_is_not_convinced() {
    let (listener, options) = listen(double()).await;
    let serving = tokio::spawn(async move {
        let mut broker = Broker::accept(&listener).await;
        broker.converse(1).await;
        let reason = ReasonCode::NOT_AUTHORIZED;
        broker.session.refuse(NOW, &ConnAck { reason, ..ConnAck::default() }).unwrap();
        broker.flush().await;
    });
    let error = Client::connect(options).await.unwrap_err();
    assert_eq!(error.to_string(), "the broker refuses the connection: not authorized");
    serving.await.unwrap();
}

/// The client does not believe that it is the broker, and tells it nothing.
#[tokio::test]
async fn a_client_that_is_not_convinced() {
    let (listener, options) = listen(double()).await;
    let serving = tokio::spawn(async move {
        let mut broker = Broker::accept(&listener).await;
        broker.converse(1).await;
        broker.let_in(36);
        assert_eq!(broker.told().await, Told::Closed);
    });
    let (client, _messages) = Client::start(options).unwrap();
    let secret = client.publish(Message::new("secret", "").qos(QoS::AtLeastOnce)).await;
    assert!(matches!(secret, Err(Error::Authentication(_))), "{secret:?}");
    serving.await.unwrap();
    let error = mqc_client::service::why_ended(&client).await;
    assert_eq!(error.to_string(), "no authentication: the broker cannot add");
}

#[tokio::test]
async fn one_step_is_enough_or_not() {
    let (listener, options) = listen(Authentication::in_one_step(METHOD, [1, 2])).await;
    let serving = tokio::spawn(async move {
        let begun = Told::Begin(METHOD.to_owned(), vec![1, 2]);
        let mut broker = Broker::accept(&listener).await;
        assert_eq!(broker.told().await, begun);
        broker.let_in(0);
        broker.flush().await;
        let mut other = Broker::accept(&listener).await;
        assert_eq!(other.told().await, begun);
        other.challenge(1);
        assert_eq!(other.told().await, Told::Closed);
    });
    let (_client, _messages) = Client::connect(options.clone()).await.unwrap();
    let error = Client::connect(options).await.unwrap_err();
    assert_eq!(error.to_string(), "no authentication: the broker wants more than one step");
    serving.await.unwrap();
}

#[tokio::test]
async fn a_program_has_one_step() {
    let (listener, options) = listen(double()).await;
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqc-pub"));
    command.args(["-L", &options.address.to_string(), "-t", "t", "-m", "x"]);
    command.args(["-D", "connect", "authentication-method", METHOD]);
    command.args(["-D", "connect", "authentication-data", "abc"]);
    let running = tokio::task::spawn_blocking(move || Program::run(&mut command, b"", PATIENCE));
    let mut broker = Broker::accept(&listener).await;
    assert_eq!(broker.told().await, Told::Begin(METHOD.to_owned(), b"abc".to_vec()));
    broker.let_in(0);
    assert_eq!(broker.told().await, Told::Message("t".to_owned()));
    assert_eq!(broker.told().await, Told::Closed);
    drop(broker);
    let output = running.await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
}
