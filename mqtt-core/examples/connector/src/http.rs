//! `/metrics` and `/health`.

use crate::monitor::Monitor;
use core::net::SocketAddr;
use mqc_http::Page;
use std::sync::Arc;
use tokio::net::TcpListener;

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
    mqc_http::serve(listener, |page| answer(page, &monitor)).await;
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
