//! Where a server listens, and how bytes come from there: TLS and WebSocket, off the broker's thread.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, copy_bidirectional_with_sizes};
use tokio::net::TcpStream;
use tokio::time::timeout;
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

    /// Carries bytes between a socket and the broker, to their end.
    pub(crate) async fn carry(self, stream: std::net::TcpStream, pipe: DuplexStream) {
        let result = async {
            let stream = TcpStream::from_std(stream)?;
            match self.tls {
                None => unwrap(self.websocket, stream, pipe).await,
                Some(tls) => {
                    let tls = timeout(HANDSHAKE, tls.accept(stream)).await??;
                    unwrap(self.websocket, tls, pipe).await
                }
            }
        };
        if let Err(why) = result.await {
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
fn acceptor(tls: &Tls) -> Result<TlsAcceptor, String> {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|why| why.to_string())?;
    let builder = match &tls.client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|why| named(file, why))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(|why| named(file, why))?)
        }
    };
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|why| named(&tls.key, why))?;
    let config = builder.with_single_cert(certificates(&tls.certificate)?, key);
    let config = config.map_err(|why| named(&tls.certificate, why))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The certificates of a PEM file: one at least.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = read.map_err(|why| named(file, why))?;
    match all.is_empty() {
        true => Err(named(file, "there is no certificate in it")),
        false => Ok(all),
    }
}

fn named(file: &Path, why: impl core::fmt::Display) -> String {
    format!("{}: {why}", file.display())
}
