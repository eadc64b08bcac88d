//! Where a broker is: `mqtt://host:port`.

use core::fmt;
use core::str::FromStr;
use url::Url;

/// How bytes get to the broker.
///
/// # Examples
/// ```
/// use mqc_client::Scheme;
/// assert_eq!(Scheme::Mqtts.default_port(), 8883);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// TCP.
    Mqtt,
    /// TLS.
    Mqtts,
    /// WebSocket.
    Ws,
    /// WebSocket in TLS.
    Wss,
}

impl Scheme {
    const ALL: [(&'static str, Self); 6] = [
        ("mqtt", Self::Mqtt),
        ("mqtts", Self::Mqtts),
        ("ws", Self::Ws),
        ("wss", Self::Wss),
        ("tcp", Self::Mqtt),
        ("ssl", Self::Mqtts),
    ];

    /// The port where brokers listen if nothing else is said.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Mqtt => 1883,
            Self::Mqtts => 8883,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }

    /// True inside TLS.
    #[must_use]
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Mqtts | Self::Wss)
    }

    /// True inside WebSocket.
    #[must_use]
    pub const fn is_websocket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// As it stands in a URL.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mqtt => "mqtt",
            Self::Mqtts => "mqtts",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }
}

/// Where a broker is.
///
/// # Examples
/// ```
/// use mqc_client::{Address, Scheme};
/// let address: Address = "mqtts://anna:secret@broker.example".parse()?;
/// assert_eq!((address.scheme, address.host.as_str(), address.port), (Scheme::Mqtts, "broker.example", 8883));
/// assert_eq!(address.user_name.as_deref(), Some("anna"));
/// // What may be secret is not shown.
/// assert_eq!(address.to_string(), "mqtts://broker.example:8883");
/// let address: Address = "wss://broker.example/mqtt?token=secret".parse()?;
/// assert_eq!(address.to_string(), "wss://broker.example:443/mqtt");
///
/// let error = "http://broker".parse::<Address>().unwrap_err();
/// assert_eq!(error.to_string(), "http://broker: the scheme is http, not mqtt, mqtts, ws or wss");
/// # Ok::<(), mqc_client::BadAddress>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// How bytes get there.
    pub scheme: Scheme,
    /// A name, or an address; one of version 6 without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// Of WebSocket: the path, with what follows a `?`. `/mqtt` if none is given.
    pub path: String,
    /// Before an `@`.
    pub user_name: Option<String>,
    /// Before an `@`, behind a `:`.
    pub password: Option<String>,
}

impl Address {
    /// A broker at a host and a port, by TCP.
    ///
    /// ```
    /// use mqc_client::Address;
    /// assert_eq!(Address::tcp("localhost", 1883).to_string(), "mqtt://localhost:1883");
    /// ```
    #[must_use]
    pub fn tcp(host: &str, port: u16) -> Self {
        Self {
            scheme: Scheme::Mqtt,
            host: host.to_owned(),
            port,
            path: String::new(),
            user_name: None,
            password: None,
        }
    }

    /// As it stands in a URL and in the `Host` of HTTP: an address of version 6 in brackets.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// As a URL, with what follows a `?`.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}{}", self.scheme.name(), self.authority(), self.path)
    }
}

/// Without user name, password, and what follows a `?`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        write!(f, "{}://{}{path}", self.scheme.name(), self.authority())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// What is wrong with a URL.
///
/// # Examples
/// See [`Address`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAddress {
    text: String,
    why: String,
}

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.text, self.why)
    }
}

impl core::error::Error for BadAddress {}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        read(text).map_err(|why| {
            // A password is not for logs, wherever in the text it is.
            let text = match (text.find("://"), text.rfind('@')) {
                (Some(scheme), Some(at)) if scheme + 3 < at => {
                    format!("{}…{}", &text[..scheme + 3], &text[at..])
                }
                (_, Some(at)) => format!("…{}", &text[at..]),
                _ => text.to_owned(),
            };
            // Nor is a token.
            let text = match text.split_once('?') {
                Some((text, _)) => format!("{text}?…"),
                None => text,
            };
            BadAddress { text, why }
        })
    }
}

fn read(text: &str) -> Result<Address, String> {
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "no scheme, as in mqtt://host".to_owned(),
        url::ParseError::EmptyHost => "no host".to_owned(),
        other => other.to_string(),
    })?;
    let known = Scheme::ALL.iter().find(|(name, _)| *name == url.scheme());
    let &(_, scheme) = known
        .ok_or_else(|| format!("the scheme is {}, not mqtt, mqtts, ws or wss", url.scheme()))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("no host")?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = decoded(host, "host")?;
    let port = match url.port() {
        Some(0) => return Err("port 0".to_owned()),
        Some(port) => port,
        None => scheme.default_port(),
    };
    if url.fragment().is_some() {
        return Err("what follows a # is for nobody".to_owned());
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = match (scheme.is_websocket(), url.path(), query.as_str()) {
        (true, "" | "/", "") => "/mqtt".to_owned(),
        (true, path, query) => format!("{path}{query}"),
        (false, "" | "/", "") => String::new(),
        (false, ..) => return Err(format!("a path means nothing to {}", scheme.name())),
    };
    let user_name = (!url.username().is_empty()).then(|| decoded(url.username(), "user name"));
    let password = url.password().map(|password| decoded(password, "password"));
    Ok(Address {
        scheme,
        host,
        port,
        path,
        user_name: user_name.transpose()?,
        password: password.transpose()?,
    })
}

/// With `%41` for what it stands for.
fn decoded(text: &str, what: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.split_at_checked(2).and_then(|(digits, after)| {
            rest = after;
            let digit = |digit: u8| char::from(digit).to_digit(16);
            u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
        });
        bytes.push(digits.ok_or_else(|| format!("the {what} has a % without two hex digits"))?);
    }
    String::from_utf8(bytes).map_err(|_| format!("the {what} is not UTF-8"))
}
