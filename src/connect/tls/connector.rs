//! Puts TLS around a connection.
//!
//! By hand, since the crate `tokio-postgres-rustls` has no name of the server but the host's, and nothing that
//! checks the certificate between the handshake and the login (`IdentityCheck`).

use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::{io, result};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;

use super::algorithms;
use super::end_point::end_point;
use super::failure::{failure, no_host_name, not_identified};
use super::material;
use super::verifier::Verifier;
use crate::connect::settings::{IdentityCheck, PeerIdentity, Pem, TlsPlan, Verification};
use crate::error::Error;

type Connecting<T> = Pin<Box<dyn Future<Output = result::Result<T, Error>> + Send>>;

/// The parts that every connection shares.
#[derive(Clone)]
pub(in crate::connect) struct Connector {
    config: Arc<ClientConfig>,
    server_name: Option<String>,
    checks_host: bool,
    identity: Option<Identity>,
    is_started: Arc<AtomicBool>,
}

impl Connector {
    /// Reads certificates and keys, which can have changed since the last connection. `more_roots` are
    /// trusted where the platform's CAs are.
    pub(in crate::connect) fn new(plan: &TlsPlan, more_roots: Option<&Pem>) -> Result<Self, Error> {
        let provider = Arc::new(algorithms::provider());
        let is_other = |name: &String| ServerName::try_from(without_zone(name)).is_err();
        let other_name = plan.server_name.clone().filter(is_other);
        let checks_host =
            matches!(plan.verification, Verification::Full(_)) && other_name.is_none();
        let verifier = Verifier::new(&plan.verification, more_roots, other_name, &provider)?;
        let identity = plan.identity_check.clone().map(|check| Identity {
            check,
            authorities: verifier.given().iter().map(|root| root.to_vec()).collect(),
        });
        let mut config = builder(plan, provider)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_client_cert_resolver(material::resolver(plan)?);
        config.enable_sni = plan.sni;
        if plan.direct {
            config.alpn_protocols.push(b"postgresql".to_vec());
        }
        Ok(Self {
            config: Arc::new(config),
            server_name: plan.server_name.clone(),
            checks_host,
            identity,
            is_started: Arc::default(),
        })
    }

    /// Whether a handshake was begun: a server without TLS refuses before.
    pub(in crate::connect) fn is_started(&self) -> bool {
        self.is_started.load(Ordering::Relaxed)
    }

    fn name(&self, host: &str) -> Result<ServerName<'static>, Error> {
        let host = self.server_name.as_deref().unwrap_or(host);
        match ServerName::try_from(without_zone(host).to_owned()) {
            Ok(name) => Ok(name),
            // The server is told no name then, and the verifier checks it, if at all.
            Err(_) if !self.checks_host => Ok(IpAddr::from(Ipv4Addr::UNSPECIFIED).into()),
            Err(_) => Err(no_host_name()),
        }
    }
}

/// The caller's check of who the server is.
#[derive(Clone)]
struct Identity {
    check: IdentityCheck,
    authorities: Vec<Vec<u8>>,
}

impl Identity {
    /// Refuses a server that the check does not accept.
    async fn verify(self, host: String, session: &ClientConnection) -> Result<(), Error> {
        let chain = session.peer_certificates().unwrap_or_default();
        let certificates = chain.iter().map(|certificate| certificate.to_vec()).collect();
        let Self { check, authorities } = self;
        let peer = PeerIdentity { host, certificates, authorities };
        check.run(peer).await.map_err(|error| not_identified(&error))
    }
}

/// The host without its zone, which only this machine knows.
fn without_zone(host: &str) -> &str {
    host.split_once('%').map_or(host, |(address, _)| address)
}

fn builder(
    plan: &TlsPlan,
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, Error> {
    let versions: &[_] = match plan.versions {
        (true, true) => rustls::ALL_VERSIONS,
        (true, false) => &[&rustls::version::TLS12],
        (false, _) => &[&rustls::version::TLS13],
    };
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| failure(&error))
}

impl<S> MakeTlsConnect<S> for Connector
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type TlsConnect = Connect;
    type Error = Error;

    fn make_tls_connect(&mut self, host: &str) -> result::Result<Connect, Error> {
        // The driver asks for plain connections, too, where the name does not matter.
        Ok(Connect { connector: self.clone(), host: host.to_owned() })
    }
}

/// One connection's handshake.
pub(in crate::connect) struct Connect {
    connector: Connector,
    host: String,
}

impl<S> TlsConnect<S> for Connect
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Stream<S>;
    type Error = Error;
    type Future = Connecting<Stream<S>>;

    fn connect(self, stream: S) -> Self::Future {
        let Self { connector, host } = self;
        connector.is_started.store(true, Ordering::Relaxed);
        Box::pin(async move {
            let name = connector.name(&host)?;
            let connecting = TlsConnector::from(connector.config).connect(name, stream);
            let stream = connecting.await.map_err(|error| super::failure::of_io(&error))?;
            // The check comes before the driver says who logs in, and where.
            if let Some(identity) = connector.identity {
                let host = connector.server_name.unwrap_or(host);
                identity.verify(host, stream.get_ref().1).await?;
            }
            Ok(Stream(stream))
        })
    }
}

/// A connection within TLS.
pub(in crate::connect) struct Stream<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        let (_, session) = self.0.get_ref();
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        match certificate.and_then(|certificate| end_point(certificate)) {
            Some(hash) => ChannelBinding::tls_server_end_point(hash),
            None => ChannelBinding::none(),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
