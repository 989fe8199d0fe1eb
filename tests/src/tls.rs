//! A way to a port of this machine that speaks TLS, for clients that don't.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

/// Where it begins. Whoever is at its end must show a certificate that this one vouches for.
pub(crate) async fn way_to(port: u16, certificate: &[u8]) -> u16 {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_slice_iter(certificate).filter_map(Result::ok);
    assert_eq!(roots.add_parsable_certificates(certificates).0, 1, "a certificate");
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let config = config.expect("ring has what TLS needs").with_root_certificates(roots).with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let begins = listener.local_addr().expect("bound").port();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let connector = connector.clone();
            tokio::spawn(async move {
                let far = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
                let name = ServerName::try_from("127.0.0.1").expect("an address");
                let mut far = connector.connect(name, far).await.expect("it shows who it is");
                // Either end may break it off.
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    begins
}
