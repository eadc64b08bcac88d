//! `/metrics` and `/health`, for programs that run for long.

use core::convert::Infallible;
use core::time::Duration;
use futures_util::future::join_all;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// How many ask at a time. Others wait.
const ASKING: usize = 16;
/// How long a request may take to come.
const REQUEST: Duration = Duration::from_secs(10);
/// How long it may take in all: who does not read is not waited for.
const ANSWER: Duration = Duration::from_secs(15);
/// How long nobody is accepted after that could not be done: there may be too many open files, and that may pass.
const PAUSE: Duration = Duration::from_millis(200);

/// What Prometheus reads.
const METRICS: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

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

/// Serves requests, one on a connection, for ever: sixteen at a time, and each has fifteen seconds. `answer` gives the
/// text of a page; an error, status 503, says why there is none, or why not all is well.
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
/// tokio::spawn(serve(listener, async |page| match page {
///     Page::Metrics => Ok("up 1\n".to_owned()),
///     Page::Health => Err("the disk is full\n".to_owned()),
/// }));
/// client.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
/// let mut text = String::new();
/// client.read_to_string(&mut text).await?;
/// assert!(text.starts_with("HTTP/1.1 503 ") && text.ends_with("the disk is full\n"));
/// # Ok(()) }
/// ```
pub async fn serve<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Page) -> F,
    F: Future<Output = Result<String, String>>,
{
    serve_within(ANSWER, &listener, &answer).await;
}

async fn serve_within<A, F>(limit: Duration, listener: &TcpListener, answer: &A)
where
    A: Fn(Page) -> F,
    F: Future<Output = Result<String, String>>,
{
    let one_by_one = |_| async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(timeout(limit, serve_one(stream, answer)).await),
                Err(_) => sleep(PAUSE).await,
            }
        }
    };
    join_all((0..ASKING).map(one_by_one)).await;
}

/// Serves one request.
async fn serve_one<A, F>(stream: TcpStream, answer: &A)
where
    A: Fn(Page) -> F,
    F: Future<Output = Result<String, String>>,
{
    let service = service_fn(|request| {
        let page = match request.uri().path() {
            _ if !matches!(*request.method(), Method::GET | Method::HEAD) => {
                Err((StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n"))
            }
            "/metrics" => Ok((answer(Page::Metrics), METRICS)),
            "/health" => Ok((answer(Page::Health), PLAIN)),
            _ => Err((StatusCode::NOT_FOUND, "there are /metrics and /health\n")),
        };
        async {
            let (status, kind, text) = match page {
                Err((status, why)) => (status, PLAIN, why.to_owned()),
                Ok((text, kind)) => match text.await {
                    Ok(text) => (StatusCode::OK, kind, text),
                    Err(why) => (StatusCode::SERVICE_UNAVAILABLE, PLAIN, why),
                },
            };
            Ok::<_, Infallible>(response(status, kind, text))
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

fn response(status: StatusCode, kind: HeaderValue, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::SocketAddr;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Serves for as long as somebody asks.
    async fn with_server<T>(limit: Duration, len: usize, ask: impl AsyncFn(SocketAddr) -> T) -> T {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let answer = async |page| match page {
            Page::Metrics => Ok("x".repeat(len)),
            Page::Health => Err("ill".to_owned()),
        };
        tokio::select! {
            _ = serve_within(limit, &listener, &answer) => unreachable!("it serves for ever"),
            told = ask(address) => told,
        }
    }

    /// Sends a request.
    async fn asked(address: SocketAddr, line: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let request = format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        stream
    }

    async fn answered(address: SocketAddr, line: &str) -> String {
        let mut text = String::new();
        asked(address, line).await.read_to_string(&mut text).await.expect("an answer");
        text.to_lowercase()
    }

    #[tokio::test]
    async fn answers_say_what_they_are() {
        let prometheus = "content-type: text/plain; version=0.0.4; charset=utf-8\r\n";
        let plain = "content-type: text/plain; charset=utf-8\r\n";
        with_server(ANSWER, 3, async |address| {
            for (line, status, kind, body) in [
                ("GET /metrics", 200, prometheus, "xxx"),
                ("HEAD /metrics", 200, prometheus, ""),
                ("GET /health", 503, plain, "ill"),
                ("GET /", 404, plain, "there are /metrics and /health\n"),
                ("POST /metrics", 405, plain, "only get and head\n"),
                ("DELETE /", 405, plain, "only get and head\n"),
            ] {
                let text = answered(address, line).await;
                assert!(text.starts_with(&format!("http/1.1 {status} ")), "{line}: {text}");
                assert!(text.contains(kind), "{line}: {text}");
                assert!(text.ends_with(&format!("\r\n\r\n{body}")), "{line}: {text}");
                assert_eq!(text.contains("allow: get, head\r\n"), status == 405, "{line}: {text}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn those_who_do_not_read_are_not_waited_for() {
        // More than sockets hold.
        with_server(Duration::from_secs(1), 20 << 20, async |address| {
            let mut silent = Vec::new();
            for _ in 0..ASKING {
                silent.push(asked(address, "GET /metrics").await);
            }
            assert!(answered(address, "GET /health").await.ends_with("ill"));
        })
        .await;
    }
}
