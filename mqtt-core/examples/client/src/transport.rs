//! Ways to the broker: TCP, TLS, WebSocket.

use crate::address::Address;
use crate::error::Error;
use crate::options::Tls;
use core::fmt;
use core::net::SocketAddr;
use core::pin::pin;
use core::time::Duration;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use mqc_websocket::WebSocket;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{self, TcpStream};
use tokio::time::{self, Instant};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// How long an address may take to answer before the next one is tried as well.
const MOMENT: Duration = Duration::from_millis(250);

/// Bytes to and from the broker.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// What is below all else.
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl<S: Stream> Stream for TlsStream<S> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0.tcp()
    }
}

impl<S: Stream> Stream for WebSocket<S> {
    fn tcp(&self) -> &TcpStream {
        self.inner().tcp()
    }
}

/// Has TCP acknowledge at once what has come, and not in 40 ms with the next bytes of ours. A broker that
/// leaves Nagle's algorithm on (mosquitto does) sends nothing more meanwhile.
pub(crate) fn acknowledge_now(stream: &dyn Stream) {
    // Other systems have no such switch. If it fails, it is only slow.
    #[cfg(target_os = "linux")]
    let _ = stream.tcp().set_quickack(true);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

/// Knows how to reach the broker. What files hold is read once, by [`Connector::new`], which blocks.
#[derive(Clone)]
pub(crate) struct Connector {
    address: Address,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Connector {
    pub(crate) fn new(address: &Address, tls: &Tls) -> Result<Self, Error> {
        let tls = match address.scheme.is_tls() {
            true => Some(prepare(address, tls).map_err(Error::Tls)?),
            false => None,
        };
        Ok(Self { address: address.clone(), tls })
    }

    /// Connects, up to where packets can be sent. The host is to be reached within that time.
    pub(crate) async fn connect(
        self,
        within: Duration,
        max_packet_size: u32,
    ) -> io::Result<Box<dyn Stream>> {
        let until = Instant::now() + within;
        let addresses = net::lookup_host((self.address.host.as_str(), self.address.port)).await?;
        let tcp = reach(&addresses.collect::<Vec<_>>(), until).await?;
        // Packets are put together before they are written.
        tcp.set_nodelay(true)?;
        let (url, max) = (self.address.url(), max_packet_size);
        let is_websocket = self.address.scheme.is_websocket();
        Ok(match self.tls {
            None if is_websocket => Box::new(mqc_websocket::open(&url, max, tcp).await?),
            None => Box::new(tcp),
            Some((connector, name)) => {
                let tls = connector.connect(name, tcp).await?;
                match is_websocket {
                    true => Box::new(mqc_websocket::open(&url, max, tls).await?),
                    false => Box::new(tls),
                }
            }
        })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connector({})", self.address)
    }
}

/// Connects to the address that can be reached first. The next one is tried when one has failed, or has not answered
/// for a moment, and all may answer until the time is over.
async fn reach(addresses: &[SocketAddr], until: Instant) -> io::Result<TcpStream> {
    let mut why = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    let left = until.saturating_duration_since(Instant::now());
    let parts = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let moment = MOMENT.min(left / parts);
    let (mut next, mut tries) = (addresses.iter(), FuturesUnordered::new());
    let mut late = pin!(time::sleep_until(until));
    loop {
        tries.extend(next.next().map(TcpStream::connect));
        tokio::select! {
            result = tries.next() => match result {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => why = error,
                None => return Err(why),
            },
            () = time::sleep(moment), if next.len() > 0 => {}
            () = &mut late => {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "no connection in time"));
            }
        }
    }
}

/// Reads the files, and says what is wrong with one.
fn prepare(address: &Address, tls: &Tls) -> Result<(TlsConnector, ServerName<'static>), String> {
    let mut roots = RootCertStore::empty();
    match &tls.ca_file {
        Some(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        None => {
            let native = rustls_native_certs::load_native_certs();
            // One that cannot be used does not hinder the others.
            let (usable, _) = roots.add_parsable_certificates(native.certs);
            if usable == 0 {
                let why = native.errors.first().map(|error| format!(": {error}"));
                let why = why.unwrap_or_default();
                return Err(format!("no certificate of the system can be used{why}"));
            }
        }
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let config = match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let secret = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| format!("{}: {error}", key.display()))?;
            config
                .with_client_auth_cert(chain, secret)
                .map_err(|error| format!("{}: {error}", certificate.display()))?
        }
        (None, None) => config.with_no_client_auth(),
        (Some(_), None) => return Err("a client certificate needs its key".to_owned()),
        (None, Some(_)) => return Err("a client key needs its certificate".to_owned()),
    };
    let name = tls.server_name.as_ref().unwrap_or(&address.host);
    let name = ServerName::try_from(name.clone())
        .map_err(|_| format!("{name} cannot be the name of a server"))?;
    Ok((TlsConnector::from(Arc::new(config)), name))
}

/// The certificates of a PEM file: one at least.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = read.map_err(|error| format!("{}: {error}", file.display()))?;
    match all.is_empty() {
        true => Err(format!("{}: there is no certificate in it", file.display())),
        false => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpSocket;

    /// Listens, and does not answer any more: whom it would have to tell to wait, it does not hear.
    async fn silent() -> (TcpStream, tokio::net::TcpListener) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(0).unwrap();
        // The one for whom there is room.
        (TcpStream::connect(listener.local_addr().unwrap()).await.unwrap(), listener)
    }

    #[tokio::test]
    async fn an_address_that_does_not_answer_does_not_hide_the_next() {
        let (_first, silent) = silent().await;
        let good = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = [silent.local_addr().unwrap(), good.local_addr().unwrap()];
        let soon = || Instant::now() + Duration::from_millis(200);
        let stream = reach(&addresses, soon()).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);

        // One that refuses takes no time.
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refuses = closed.local_addr().unwrap();
        drop(closed);
        let addresses = [refuses, addresses[1], addresses[0]];
        let stream = reach(&addresses, soon()).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);

        let error = reach(&addresses[2..], soon()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let error = reach(&[], soon()).await.unwrap_err();
        assert_eq!(error.to_string(), "the host has no address");
    }
}
