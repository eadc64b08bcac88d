//! `/metrics` and `/health`, for programs that run for long.

use core::convert::Infallible;
use core::time::Duration;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

/// How long a request may take to come.
const REQUEST: Duration = Duration::from_secs(10);

/// What is asked for.
///
/// # Examples
/// See [`serve`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// `/metrics`, as Prometheus reads it.
    Metrics,
    /// `/health`: is all well?
    Health,
}

/// Serves one request on a connection. `answer` gives the text of a page; an error, status 503, says why there is
/// none, or why not all is well.
///
/// # Examples
/// ```
/// use mqc_http::{Page, serve};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use tokio::net::{TcpListener, TcpStream};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// client.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
/// let (stream, _) = listener.accept().await?;
/// serve(stream, async |page| match page {
///     Page::Metrics => Ok("up 1\n".to_owned()),
///     Page::Health => Err("the disk is full\n".to_owned()),
/// })
/// .await;
/// let mut text = String::new();
/// client.read_to_string(&mut text).await?;
/// assert!(text.starts_with("HTTP/1.1 503 ") && text.ends_with("the disk is full\n"));
/// # Ok(()) }
/// ```
pub async fn serve<A, F>(stream: TcpStream, answer: A)
where
    A: Fn(Page) -> F,
    F: Future<Output = Result<String, String>>,
{
    let service = service_fn(|request| {
        let page = match request.uri().path() {
            _ if !matches!(*request.method(), Method::GET | Method::HEAD) => {
                Err((StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n"))
            }
            "/metrics" => Ok(answer(Page::Metrics)),
            "/health" => Ok(answer(Page::Health)),
            _ => Err((StatusCode::NOT_FOUND, "there are /metrics and /health\n")),
        };
        async {
            let (status, text) = match page {
                Err((status, why)) => (status, why.to_owned()),
                Ok(text) => match text.await {
                    Ok(text) => (StatusCode::OK, text),
                    Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
                },
            };
            Ok::<_, Infallible>(response(status, text))
        }
    });
    // Who asks may go away at any time.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn response(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
