//! mosquitto's clients.

use crate::broker::program;
use crate::{PATIENCE, Program, Stream};
use core::fmt;
use core::marker::PhantomData;
use core::time::Duration;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::ffi::OsStr;
use std::io;
use std::process::Command;

/// A message that [`MosquittoSub`] received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The topic.
    pub topic: String,
    /// The payload, exact.
    pub payload: Vec<u8>,
    /// The QoS of this delivery.
    pub qos: u8,
    /// The RETAIN flag of this delivery.
    pub retain: bool,
    /// The properties of MQTT 5.0.
    pub properties: Properties,
}

/// The properties of a message, as mosquitto_sub tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    /// Payload Format Indicator.
    pub payload_format_indicator: Option<u8>,
    /// Message Expiry Interval, seconds.
    pub message_expiry_interval: Option<u32>,
    /// Content Type.
    pub content_type: Option<String>,
    /// Response Topic.
    pub response_topic: Option<String>,
    /// Correlation Data. Exact if it is UTF-8 without NUL: mosquitto_sub prints it as text.
    pub correlation_data: Option<String>,
    /// Subscription Identifiers.
    pub subscription_identifiers: Vec<u32>,
    /// Topic Alias.
    pub topic_alias: Option<u16>,
    /// User Properties in order.
    pub user_properties: Vec<(String, String)>,
}

/// A mosquitto_sub that runs, its messages read as they come. Dropping it kills it.
///
/// See the example of the [crate].
#[derive(Debug)]
pub struct MosquittoSub {
    program: Program,
}

/// What the lines of messages begin with. Those that `-d` adds begin with other words.
const MARK: &[u8] = b"message ";

impl MosquittoSub {
    /// Starts mosquitto_sub with `-h 127.0.0.1`, this port and these arguments, and waits until all
    /// its subscriptions were answered.
    ///
    /// The arguments choose the rest: `-t`, `-V 5`, `-q 2`, `-c -i id`, `--will-topic`, `-D`,
    /// `--cafile`. Those of its output (`-F`, `-v`, `-d`, `-N`) are set here.
    ///
    /// # Errors
    /// It ends, for example as the broker refused it, or is not subscribed within [`PATIENCE`]; the
    /// error holds what it printed.
    pub fn start<A: AsRef<OsStr>>(
        port: u16,
        args: impl IntoIterator<Item = A>,
    ) -> io::Result<MosquittoSub> {
        // Into a pipe it would hold back the lines of -d until its first message.
        let mut command = Command::new("stdbuf");
        command.arg("-oL").arg(program("mosquitto_sub")?);
        command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-d"]);
        command.args(["-F", "message %q %r %X %j"]).args(args);
        let program = Program::spawn(&mut command)?;
        program
            .wait_for_line(Stream::Stdout, PATIENCE, |line| line.starts_with(b"Subscribed ("))?;
        Ok(MosquittoSub { program })
    }

    /// Waits for `count` messages since the start; returns all that came, which may be more.
    ///
    /// # Errors
    /// Fewer came within `limit`, or mosquitto_sub ended with fewer; the error holds the end of what
    /// it printed.
    pub fn wait_for(&self, count: usize, limit: Duration) -> io::Result<Vec<Received>> {
        let is_message = |line: &&Vec<u8>| line.starts_with(MARK);
        let (mut seen, mut found) = (0, 0);
        let lines = self.program.wait_for_lines(Stream::Stdout, limit, |lines| {
            found += lines[seen..].iter().filter(is_message).count();
            seen = lines.len();
            (found >= count).then(|| lines.iter().filter(is_message).cloned().collect::<Vec<_>>())
        })?;
        lines.iter().map(|line| parse(line)).collect()
    }

    /// The messages so far.
    ///
    /// # Errors
    /// A line of mosquitto_sub is not as expected.
    pub fn received(&self) -> io::Result<Vec<Received>> {
        self.wait_for(0, Duration::ZERO)
    }

    /// Has it disconnect and end; returns all messages.
    ///
    /// # Errors
    /// It does not end within [`PATIENCE`], or had ended.
    pub fn stop(mut self) -> io::Result<Vec<Received>> {
        self.program.terminate()?;
        self.program.wait(PATIENCE)?;
        self.received()
    }
}

/// Sends one message with mosquitto_pub, and waits for its end: for QoS 1 and 2 until the broker has
/// acknowledged.
///
/// It gets `-h 127.0.0.1`, this port, these arguments, and the payload on its standard input; no
/// payload is a message without one.
///
/// # Errors
/// mosquitto_pub failed: what it wrote to standard error. Or it does not end within [`PATIENCE`].
pub fn mosquitto_pub<A: AsRef<OsStr>>(
    port: u16,
    args: impl IntoIterator<Item = A>,
    payload: &[u8],
) -> io::Result<()> {
    // It takes an empty standard input for an error.
    let mut command = publisher(port, if payload.is_empty() { "-n" } else { "-s" }, args)?;
    let output = Program::run(&mut command, payload, PATIENCE)?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("mosquitto_pub: {}: {}", output.status, text.trim_end())))
}

/// Starts a mosquitto_pub that sends each of these lines as a message, over one connection. It ends when the
/// broker has acknowledged all.
///
/// # Errors
/// It cannot be started, or ends before it has read all lines.
///
/// ```
/// use loopback::{Broker, BrokerOptions, PATIENCE, mosquitto_pub_lines};
/// # fn main() -> std::io::Result<()> {
/// let Some(broker) = Broker::for_test(BrokerOptions::default()) else { return Ok(()) };
/// let mut program = mosquitto_pub_lines(broker.port(), ["-q", "1", "-t", "a"], 0..100)?;
/// assert!(program.wait(PATIENCE)?.success());
/// # Ok(()) }
/// ```
pub fn mosquitto_pub_lines<A: AsRef<OsStr>>(
    port: u16,
    args: impl IntoIterator<Item = A>,
    lines: impl IntoIterator<Item = impl fmt::Display>,
) -> io::Result<Program> {
    let mut program = Program::spawn(&mut publisher(port, "-l", args)?)?;
    let text: String = lines.into_iter().map(|line| format!("{line}\n")).collect();
    program.write(text.as_bytes())?;
    program.close_stdin();
    Ok(program)
}

fn publisher<A: AsRef<OsStr>>(
    port: u16,
    source: &str,
    args: impl IntoIterator<Item = A>,
) -> io::Result<Command> {
    let mut command = Command::new(program("mosquitto_pub")?);
    command.args(["-h", "127.0.0.1", "-p", &port.to_string(), source]).args(args);
    Ok(command)
}

fn parse(line: &[u8]) -> io::Result<Received> {
    let wrong = || {
        let text = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
        io::Error::new(io::ErrorKind::InvalidData, format!("mosquitto_sub printed {text:?}"))
    };
    // QoS, RETAIN, payload, JSON. Only the JSON has spaces.
    let mut fields = line[MARK.len()..].splitn(4, |byte| *byte == b' ');
    let mut field = || fields.next().ok_or_else(wrong);
    let digit = |field: &[u8]| match field {
        [digit @ b'0'..=b'9'] => Ok(digit - b'0'),
        _ => Err(wrong()),
    };
    let qos = digit(field()?)?;
    let retain = digit(field()?)? == 1;
    let payload = unhex(field()?).ok_or_else(wrong)?;
    // It prints the payload there too, which need not be UTF-8.
    let rest: Rest =
        serde_json::from_str(&String::from_utf8_lossy(field()?)).map_err(|_| wrong())?;
    let properties = rest.properties.map(Properties::try_from).transpose().map_err(|_| wrong())?;
    let properties = properties.unwrap_or_default();
    Ok(Received { topic: rest.topic, payload, qos, retain, properties })
}

#[derive(serde::Deserialize)]
struct Rest {
    topic: String,
    properties: Option<Pairs<Value>>,
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks(2)
        .map(|pair| match *pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

/// A JSON object as a list, as its names may repeat.
struct Pairs<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for PairsVisitor<V> {
    type Value = Pairs<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

/// The value of a property: each has one of three forms.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Value {
    Number(u32),
    Text(String),
    Pairs(Pairs<String>),
}

impl TryFrom<Pairs<Value>> for Properties {
    type Error = &'static str;

    fn try_from(pairs: Pairs<Value>) -> Result<Self, Self::Error> {
        let mut properties = Properties::default();
        for (name, value) in pairs.0 {
            match (name.as_str(), value) {
                ("payload-format-indicator", Value::Number(number)) => {
                    properties.payload_format_indicator = u8::try_from(number).ok();
                }
                ("message-expiry-interval", Value::Number(number)) => {
                    properties.message_expiry_interval = Some(number);
                }
                ("subscription-identifier", Value::Number(number)) => {
                    properties.subscription_identifiers.push(number);
                }
                ("topic-alias", Value::Number(number)) => {
                    properties.topic_alias = u16::try_from(number).ok();
                }
                ("content-type", Value::Text(text)) => properties.content_type = Some(text),
                ("response-topic", Value::Text(text)) => properties.response_topic = Some(text),
                ("correlation-data", Value::Text(text)) => properties.correlation_data = Some(text),
                ("user-properties", Value::Pairs(pairs)) => properties.user_properties = pairs.0,
                _ => return Err("an unknown property"),
            }
        }
        Ok(properties)
    }
}
