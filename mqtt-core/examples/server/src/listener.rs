//! Where a server listens, and how bytes come from there: TLS and WebSocket, off the broker's thread.

use crate::connection::FAREWELL;
use core::convert::Infallible;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, copy_bidirectional_with_sizes};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};
use tracing::debug;

/// So long shaking hands may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// So many bytes are on their way from one thread to the other, and are copied at once.
pub(crate) const PIPE: usize = 16 << 10;

/// Where a server listens, and for what.
///
/// # Examples
/// ```
/// use mqc_server::Listen;
/// let plain = Listen::new("127.0.0.1:1883".parse()?);
/// let websocket = Listen { is_websocket: true, ..Listen::new("127.0.0.1:8080".parse()?) };
/// assert!(plain.tls.is_none() && websocket.is_websocket);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address; port 0 is any that is free.
    pub address: SocketAddr,
    /// Clients speak MQTT over WebSocket, whatever the path.
    pub is_websocket: bool,
    /// Clients speak TLS.
    pub tls: Option<Tls>,
}

impl Listen {
    /// MQTT over TCP.
    ///
    /// See [`Listen`] for an example.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self { address, is_websocket: false, tls: None }
    }

    /// The scheme of its URLs, for numbers.
    pub(crate) const fn transport(&self) -> &'static str {
        match (self.is_websocket, self.tls.is_some()) {
            (false, false) => "tcp",
            (false, true) => "tls",
            (true, false) => "ws",
            (true, true) => "wss",
        }
    }
}

/// The files of a listener with TLS 1.2 and 1.3, all PEM.
///
/// # Examples
/// ```
/// use mqc_server::Tls;
/// let tls = Tls { certificate: "server.pem".into(), key: "server.key".into(), client_ca: None };
/// assert_eq!(tls.client_ca, None);
/// ```
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate of the server, and those between it and the authority.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authorities of clients: each needs a certificate of one of them. Without, clients have none.
    pub client_ca: Option<PathBuf>,
}

impl Tls {
    /// Are these files there, and what they should be?
    ///
    /// # Errors
    /// The first that is not.
    ///
    /// ```
    /// use mqc_server::Tls;
    /// let tls = Tls { certificate: "/nowhere.pem".into(), key: "/nowhere.key".into(), client_ca: None };
    /// assert_eq!(tls.check().unwrap_err().key(), "certificate");
    /// ```
    pub fn check(&self) -> Result<(), TlsError> {
        acceptor(self).map(drop)
    }
}

/// What is wrong with a file of [`Tls`].
///
/// # Examples
/// See [`Tls::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    key: &'static str,
    file: PathBuf,
    why: String,
}

impl TlsError {
    fn new(key: &'static str, file: &Path, why: impl fmt::Display) -> Self {
        Self { key, file: file.to_owned(), why: why.to_string() }
    }

    /// Which file: `certificate`, `key` or `client_ca`.
    ///
    /// See [`Tls::check`] for an example.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.key
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)
    }
}

impl core::error::Error for TlsError {}

/// What stands between a socket and the bytes of MQTT.
#[derive(Clone)]
pub(crate) struct Wrapping {
    tls: Option<TlsAcceptor>,
    /// The size of the largest packet, of WebSocket.
    websocket: Option<u32>,
}

impl Wrapping {
    /// `None` if nothing does.
    pub(crate) fn new(listen: &Listen, max_packet_size: u32) -> io::Result<Option<Self>> {
        let tls = listen.tls.as_ref().map(acceptor).transpose().map_err(io::Error::other)?;
        let websocket = listen.is_websocket.then_some(max_packet_size);
        let is_there = tls.is_some() || websocket.is_some();
        Ok(is_there.then_some(Self { tls, websocket }))
    }

    /// Carries bytes between a socket and the broker, to their end. When `serving` comes to its end the broker's side
    /// is over: then what is still on its way to the client, and the client's own end, have [`FAREWELL`].
    pub(crate) async fn carry(
        self,
        stream: std::net::TcpStream,
        pipe: DuplexStream,
        serving: oneshot::Receiver<Infallible>,
    ) {
        let carrying = async {
            let stream = TcpStream::from_std(stream)?;
            match self.tls {
                None => unwrap(self.websocket, stream, pipe).await,
                Some(tls) => {
                    let tls = timeout(HANDSHAKE, tls.accept(stream)).await??;
                    unwrap(self.websocket, tls, pipe).await
                }
            }
        };
        let over = async {
            // An error, for nothing is ever sent.
            let _ = serving.await;
            sleep(FAREWELL).await;
        };
        let result = tokio::select! {
            result = carrying => result,
            () = over => Err(io::ErrorKind::TimedOut.into()),
        };
        if let Err(why) = result {
            debug!(%why, "a transport failed");
        }
    }
}

async fn unwrap<S: AsyncRead + AsyncWrite + Unpin>(
    websocket: Option<u32>,
    stream: S,
    pipe: DuplexStream,
) -> io::Result<()> {
    match websocket {
        None => copy(stream, pipe).await,
        Some(max) => {
            copy(timeout(HANDSHAKE, mqc_websocket::accept(max, stream)).await??, pipe).await
        }
    }
}

async fn copy<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    mut pipe: DuplexStream,
) -> io::Result<()> {
    copy_bidirectional_with_sizes(&mut stream, &mut pipe, PIPE, PIPE).await.map(drop)
}

/// Reads the files, and says what is wrong with one.
fn acceptor(tls: &Tls) -> Result<TlsAcceptor, TlsError> {
    let chain = certificates("certificate", &tls.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key);
    let key = key.map_err(|why| TlsError::new("key", &tls.key, why))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|why| TlsError::new("certificate", &tls.certificate, why))?;
    let builder = match &tls.client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let named = |why: &dyn fmt::Display| TlsError::new("client_ca", file, why);
            let mut roots = RootCertStore::empty();
            for certificate in certificates("client_ca", file)? {
                roots.add(certificate).map_err(|why| named(&why))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(|why| named(&why))?)
        }
    };
    let config = builder.with_single_cert(chain, key);
    let config = config.map_err(|why| TlsError::new("certificate", &tls.certificate, why))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The certificates of a PEM file: one at least.
fn certificates(key: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = read.map_err(|why| TlsError::new(key, file, why))?;
    match all.is_empty() {
        true => Err(TlsError::new(key, file, "there is no certificate in it")),
        false => Ok(all),
    }
}
