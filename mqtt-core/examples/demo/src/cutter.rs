//! A proxy that cuts connections.

use mqc_client::Address;
use std::io;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Stands before a broker on a free port of 127.0.0.1, and forwards bytes until it is to cut.
#[derive(Debug)]
pub(crate) struct Cutter {
    /// Where it is, as clients know it.
    pub(crate) address: Address,
    cuts: watch::Sender<()>,
    accepting: AbortHandle,
}

impl Cutter {
    pub(crate) async fn start(broker: &Address) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let address = Address { host: "127.0.0.1".to_owned(), port, ..broker.clone() };
        let target = (broker.host.clone(), broker.port);
        let (cuts, _) = watch::channel(());
        let cut = cuts.clone();
        let accepting = tokio::spawn(async move {
            // Clients try again if it fails.
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, target.clone(), cut.subscribe()));
            }
        });
        Ok(Self { address, cuts, accepting: accepting.abort_handle() })
    }

    /// Cuts all connections there are. New ones are accepted.
    pub(crate) fn cut(&self) {
        self.cuts.send_replace(());
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Ends with either side, or a cut: then both sockets are closed, whatever is in them.
async fn forward(mut client: TcpStream, target: (String, u16), mut cut: watch::Receiver<()>) {
    let forwarding = async {
        let mut broker = TcpStream::connect(target).await?;
        client.set_nodelay(true)?;
        broker.set_nodelay(true)?;
        copy_bidirectional(&mut client, &mut broker).await
    };
    tokio::select! {
        _ = forwarding => {}
        _ = cut.changed() => {}
    }
}
