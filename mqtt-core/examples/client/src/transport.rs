//! Ways to the broker: TCP, TLS, WebSocket.

use crate::address::Address;
use crate::error::Error;
use crate::options::Tls;
use crate::websocket::{self, WebSocket};
use core::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

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

/// Knows how to reach the broker. What files hold is read once.
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

    /// Connects, up to where packets can be sent.
    pub(crate) async fn connect(self) -> io::Result<Box<dyn Stream>> {
        let tcp = TcpStream::connect((self.address.host.as_str(), self.address.port)).await?;
        // Packets are put together before they are written.
        tcp.set_nodelay(true)?;
        let is_websocket = self.address.scheme.is_websocket();
        Ok(match self.tls {
            None if is_websocket => Box::new(websocket::open(&self.address, tcp).await?),
            None => Box::new(tcp),
            Some((connector, name)) => {
                let tls = connector.connect(name, tcp).await?;
                match is_websocket {
                    true => Box::new(websocket::open(&self.address, tls).await?),
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
            // One that cannot be used does not hinder the others.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
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
