//! A link between two processes: a small proxy on loopback that can be cut and slowed down.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// As it should be.
    Open,
    /// Everything takes this much longer, each way.
    Slow(Duration),
    /// Connections are broken off, and none is made.
    Cut,
    /// Nobody listens there any more.
    Closed,
}

/// A link; gone when dropped.
pub(crate) struct Link {
    port: u16,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

impl Link {
    /// To that port of this machine.
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let own = listener.local_addr().expect("bound").port();
        let (state, mut seen) = watch::channel(State::Open);
        let task = tokio::spawn(async move {
            let mut listener = Some(listener);
            loop {
                let open = match listener.take() {
                    Some(open) => open,
                    None => TcpListener::bind((Ipv4Addr::LOCALHOST, own)).await.expect("it was ours"),
                };
                listen(&open, port, &mut seen).await;
                drop(open);
                if seen.wait_for(|state| *state != State::Closed).await.is_err() {
                    return;
                }
            }
        });
        Self { port: own, state, task }
    }

    /// From now on nobody listens, and every connection is broken off.
    pub(crate) async fn closes(&self) {
        self.is_now(State::Closed);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }

    /// Somebody listens again.
    pub(crate) async fn opens(&self) {
        self.is_now(State::Open);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_err() {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn is_now(&self, state: State) {
        self.state.send_replace(state);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes connections until it is closed.
async fn listen(listener: &TcpListener, port: u16, seen: &mut watch::Receiver<State>) {
    loop {
        let accepted = tokio::select! {
            _ = seen.wait_for(|state| *state == State::Closed) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((client, _)) = accepted else { return };
        let state = *seen.borrow();
        match state {
            State::Open | State::Slow(_) => {
                tokio::spawn(carry(client, (Ipv4Addr::LOCALHOST, port).into(), seen.clone()));
            }
            State::Cut | State::Closed => {}
        }
    }
}

/// Carries bytes both ways until one side ends or the link is cut. Whoever is at the other end then sees a broken
/// connection, which is all that this can go wrong with.
async fn carry(client: TcpStream, server: SocketAddr, state: watch::Receiver<State>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    // Without it, small messages would wait for each other.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let mut watched = state.clone();
    tokio::select! {
        _ = pump(from_client, to_server, state.clone()) => {}
        _ = pump(from_server, to_client, state) => {}
        _ = watched.wait_for(|state| matches!(state, State::Cut | State::Closed)) => {}
    }
}

async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    state: watch::Receiver<State>,
) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        let slow = match *state.borrow() {
            State::Slow(by) => Some(by),
            State::Open | State::Cut | State::Closed => None,
        };
        if let Some(by) = slow {
            tokio::time::sleep(by).await;
        }
        to.write_all(&bytes[..count]).await?;
    }
}
