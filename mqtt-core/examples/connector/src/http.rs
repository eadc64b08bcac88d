//! `/metrics` and `/health`.

use crate::monitor::Monitor;
use core::convert::Infallible;
use core::net::SocketAddr;
use core::time::Duration;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How many ask at a time.
const CONNECTIONS: usize = 32;
/// How long a request may take to come.
const REQUEST: Duration = Duration::from_secs(10);

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
            let service = service_fn(|request| answer(request, &monitor));
            // Who asks may go away at any time.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(REQUEST)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(place);
        });
    }
}

async fn answer<B>(
    request: Request<B>,
    monitor: &Monitor,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match request.uri().path() {
        _ if !matches!(*request.method(), Method::GET | Method::HEAD) => {
            (StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n".to_owned())
        }
        "/metrics" => (StatusCode::OK, monitor.metrics().await),
        "/health" => match monitor.health() {
            Ok(()) => (StatusCode::OK, "connected\n".to_owned()),
            Err(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        },
        _ => (StatusCode::NOT_FOUND, "there are /metrics and /health\n".to_owned()),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    Ok(response)
}
