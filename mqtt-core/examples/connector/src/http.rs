//! `/metrics` and `/health`.

use crate::monitor::Monitor;
use core::net::SocketAddr;
use core::time::Duration;
use mqc_http::Page;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How many ask at a time.
const CONNECTIONS: usize = 32;

/// Takes the address.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| format!("metrics_address {address}: {error}"))?;
    let address = listener.local_addr().unwrap_or(address);
    eprintln!("mqc-connector: http://{address}/metrics and /health");
    Ok(listener)
}

/// Answers, for ever.
pub(crate) async fn serve(listener: TcpListener, monitor: Arc<Monitor>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    while let Ok(place) = places.clone().acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                eprintln!("mqc-connector: {error}");
                // Such as too many open files: that may pass.
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let monitor = monitor.clone();
        tokio::spawn(async move {
            mqc_http::serve(stream, |page| answer(page, &monitor)).await;
            drop(place);
        });
    }
}

async fn answer(page: Page, monitor: &Monitor) -> Result<String, String> {
    match page {
        Page::Metrics => Ok(monitor.metrics().await),
        Page::Health => match monitor.health() {
            Ok(()) => Ok("connected\n".to_owned()),
            Err(why) => Err(format!("{why}\n")),
        },
    }
}
