//! TLS to a broker on another machine.
//!
//! The client library brings a TLS of its own, older than the one that the rest of Homeward trusts (decision 29). So it isn't asked to:
//! it connects to a port of this machine that lives as long as the connection does, and what goes in there goes on to the broker under
//! TLS. Whoever else of this machine finds that port gets no further than the broker's log-in.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::options::NETWORK_TIMEOUT;
use super::{BrokerAddress, Lost};

/// Whose word is taken for who a broker is.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

/// Why there is nobody whose word could be taken.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// The file has no certificate in it.
    #[error("no certificate can be read in it (PEM: -----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    /// This machine trusts nobody.
    #[error("this machine has no list of whom it trusts (Debian: ca-certificates)")]
    NobodyTrusted,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Trusts who vouches in this PEM file alone: for a broker with a certificate of the school's own making.
    pub fn trusting(pem: &[u8]) -> Result<Self, TlsFault> {
        let mut roots = RootCertStore::empty();
        let certificates = CertificateDer::pem_slice_iter(pem).filter_map(Result::ok);
        match roots.add_parsable_certificates(certificates).0 {
            0 => Err(TlsFault::NoCertificate),
            _ => Ok(Self::of(roots)),
        }
    }

    /// Trusts whom this machine trusts.
    pub fn of_this_machine() -> Result<Self, TlsFault> {
        let mut roots = RootCertStore::empty();
        match roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs).0 {
            0 => Err(TlsFault::NobodyTrusted),
            _ => Ok(Self::of(roots)),
        }
    }

    fn of(roots: RootCertStore) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has what TLS 1.2 and 1.3 need")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self(Arc::new(config))
    }

    async fn connect(&self, to: &BrokerAddress) -> io::Result<TlsStream<TcpStream>> {
        tokio::time::timeout(NETWORK_TIMEOUT, self.shakes_hands(to)).await?
    }

    async fn shakes_hands(&self, to: &BrokerAddress) -> io::Result<TlsStream<TcpStream>> {
        // An IPv6 address stands in brackets where a port follows, and in none in a certificate.
        let host = to.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = TcpStream::connect((host.as_str(), to.port)).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.0)).connect(name, stream).await
    }
}

/// The way to a broker, as long as this lives.
pub(super) struct Way {
    /// Where it begins, on this machine.
    pub(super) begins: BrokerAddress,
    _carrying: JoinSet<()>,
}

impl Way {
    /// Opens it; that the broker is who it should be is known before anybody is let in.
    pub(super) async fn open(to: &BrokerAddress, tls: &Tls) -> Result<Self, Lost> {
        let failed = |error: io::Error| Lost::Broken(format!("TLS with {to}: {error}"));
        let first = tls.connect(to).await.map_err(failed)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let begins = listener.local_addr().map_err(failed)?;
        let mut carrying = JoinSet::new();
        carrying.spawn(carry(listener, first, to.clone(), tls.clone()));
        Ok(Self { begins: address(begins), _carrying: carrying })
    }
}

fn address(of: SocketAddr) -> BrokerAddress {
    BrokerAddress { host: of.ip().to_string(), port: of.port() }
}

/// Takes whoever comes to the broker, each by a connection of its own; the first one by the one that stands already.
async fn carry(listener: TcpListener, first: TlsStream<TcpStream>, to: BrokerAddress, tls: Tls) {
    let (mut first, mut each) = (Some(first), JoinSet::new());
    loop {
        let came = tokio::select! {
            came = listener.accept() => came,
            Some(_) = each.join_next() => continue,
        };
        let Ok((near, _)) = came else { continue };
        let (ready, to, tls) = (first.take(), to.clone(), tls.clone());
        each.spawn(async move {
            // Whoever is at the near end finds that its connection ended, and why stands with the first one of the next way.
            let _ = carry_one(near, ready, &to, &tls).await;
        });
    }
}

async fn carry_one(
    mut near: TcpStream,
    ready: Option<TlsStream<TcpStream>>,
    to: &BrokerAddress,
    tls: &Tls,
) -> io::Result<()> {
    near.set_nodelay(true)?;
    let mut far = match ready {
        Some(far) => far,
        None => tls.connect(to).await?,
    };
    tokio::io::copy_bidirectional(&mut near, &mut far).await.map(drop)
}
