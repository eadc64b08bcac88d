//! Certificates for tests.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A certificate and its private key, as PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate.
    pub certificate: PathBuf,
    /// The key, PKCS #8.
    pub key: PathBuf,
}

/// Fresh certificates: an authority, a server and a client that it vouches for, and a second
/// authority, with a client of its own, that nobody trusts.
///
/// A clone names the same files. They are deleted with the last clone. Keys are ECDSA P-256.
///
/// ```
/// let certificates = loopback::Certificates::new()?;
/// let pem = std::fs::read_to_string(certificates.authority())?;
/// assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Certificates {
    folder: Arc<TempDir>,
}

impl Certificates {
    /// Makes them all in a temporary folder.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn new() -> io::Result<Certificates> {
        let certificates = Certificates { folder: Arc::new(tempfile::tempdir()?) };
        let trusted = certificates.make_authority("authority")?;
        certificates.make("server", "localhost", ExtendedKeyUsagePurpose::ServerAuth, &trusted)?;
        certificates.make("client", "client", ExtendedKeyUsagePurpose::ClientAuth, &trusted)?;
        let stranger = certificates.make_authority("stranger")?;
        certificates.make("impostor", "client", ExtendedKeyUsagePurpose::ClientAuth, &stranger)?;
        Ok(certificates)
    }

    /// The authority's certificate: what clients and servers should trust.
    pub fn authority(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// Another authority's certificate. Nothing of the server or the client was signed by it.
    pub fn stranger(&self) -> PathBuf {
        self.path("stranger.pem")
    }

    /// A server called `localhost`, `127.0.0.1` and `::1`.
    pub fn server(&self) -> Identity {
        self.identity("server")
    }

    /// A client, its common name `client`.
    pub fn client(&self) -> Identity {
        self.identity("client")
    }

    /// A client of the same name, signed by the [`stranger`](Self::stranger).
    pub fn impostor(&self) -> Identity {
        self.identity("impostor")
    }

    /// The folder of all files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn identity(&self, name: &str) -> Identity {
        Identity {
            certificate: self.path(&format!("{name}.pem")),
            key: self.path(&format!("{name}.key")),
        }
    }

    fn make_authority(&self, name: &str) -> io::Result<Issuer<'static, KeyPair>> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut params = params(name, Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        fs::write(self.path(&format!("{name}.pem")), certificate.pem())?;
        Ok(Issuer::new(params, key))
    }

    fn make(
        &self,
        file: &str,
        name: &str,
        purpose: ExtendedKeyUsagePurpose,
        issuer: &Issuer<'static, KeyPair>,
    ) -> io::Result<()> {
        let names: &[&str] = match purpose {
            ExtendedKeyUsagePurpose::ServerAuth => &["localhost", "127.0.0.1", "::1"],
            _ => &[],
        };
        let mut params = params(name, names.iter().copied().map(str::to_owned).collect())?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, issuer).map_err(io::Error::other)?;
        let identity = self.identity(file);
        fs::write(identity.certificate, certificate.pem())?;
        fs::write(identity.key, key.serialize_pem())
    }
}

fn params(name: &str, alternatives: Vec<String>) -> io::Result<CertificateParams> {
    let mut params = CertificateParams::new(alternatives).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}
