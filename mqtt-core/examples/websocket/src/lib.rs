//! MQTT in WebSocket: the bytes of packets in binary messages, cut anywhere.
//!
//! v3 section 6, v5 section 6.

use bytes::{Buf, Bytes};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_util::{Sink, Stream};
use std::io;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

/// The name that the standards give it.
const PROTOCOL: &str = "mqtt";
/// The one of programs for MQTT 3.1.
const OLD_PROTOCOL: &str = "mqttv3.1";
const PROTOCOL_HEADER: &str = "Sec-WebSocket-Protocol";

/// A stream of bytes in binary messages.
///
/// # Examples
/// ```
/// use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let (near, far) = duplex(1 << 16);
/// let (client, server) = tokio::join!(
///     mqc_websocket::open("ws://localhost/mqtt", 1 << 20, near),
///     mqc_websocket::accept(1 << 20, far),
/// );
/// let (mut client, mut server) = (client?, server?);
/// client.write_all(b"\xC0\0").await?;
/// client.flush().await?;
/// let mut ping = [0; 2];
/// server.read_exact(&mut ping).await?;
/// assert_eq!(ping, *b"\xC0\0");
/// # Ok(()) }
/// ```
pub struct WebSocket<S> {
    messages: WebSocketStream<S>,
    /// What has come and has not been read yet.
    unread: Bytes,
}

/// So many bytes may be in one message beside the largest packet.
const BESIDE: usize = 1 << 20;

fn config(max_packet_size: u32) -> WebSocketConfig {
    let max = Some((max_packet_size as usize).saturating_add(BESIDE));
    WebSocketConfig::default().max_message_size(max).max_frame_size(max)
}

/// Shakes hands as a client over a stream, with a URL of `ws` or `wss`. Messages may be as large as a packet, and
/// larger, for a server may put several packets into one; beyond that they are refused, before there is room made
/// for them.
///
/// # Errors
/// No URL, no connection, or the server does not speak MQTT over WebSocket.
///
/// See [`WebSocket`] for an example.
pub async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    url: &str,
    max_packet_size: u32,
    stream: S,
) -> io::Result<WebSocket<S>> {
    let mut request = url.into_client_request().map_err(failed)?;
    request.headers_mut().insert(PROTOCOL_HEADER, HeaderValue::from_static(PROTOCOL));
    let config = Some(config(max_packet_size));
    let (messages, response) = tokio_tungstenite::client_async_with_config(request, stream, config)
        .await
        .map_err(failed)?;
    let agreed = response.headers().get(PROTOCOL_HEADER).map(HeaderValue::as_bytes);
    if agreed != Some(PROTOCOL.as_bytes()) {
        return Err(io::Error::other("the server does not speak MQTT over WebSocket"));
    }
    Ok(WebSocket { messages, unread: Bytes::new() })
}

/// Shakes hands as a server over a stream, whatever the path. Messages may be as large as for [`open`].
///
/// # Errors
/// The client does not speak MQTT over WebSocket: then it is told so.
///
/// See [`WebSocket`] for an example.
pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
    max_packet_size: u32,
    stream: S,
) -> io::Result<WebSocket<S>> {
    let config = Some(config(max_packet_size));
    let messages = tokio_tungstenite::accept_hdr_async_with_config(stream, agree, config).await;
    Ok(WebSocket { messages: messages.map_err(failed)?, unread: Bytes::new() })
}

/// Chooses MQTT among the protocols that a client offers.
#[allow(clippy::result_large_err)] // the type is the library's
fn agree(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offers = || {
        let values = request.headers().get_all(PROTOCOL_HEADER).iter();
        values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','))
    };
    let is_offered = |name: &&str| offers().any(|offer| offer.trim().eq_ignore_ascii_case(name));
    // The old name is for clients of 3.1, which offer nothing else (MQTT-6.0.0-4).
    let chosen = [PROTOCOL, OLD_PROTOCOL].into_iter().find(is_offered);
    let Some(chosen) = chosen else {
        let mut refusal = ErrorResponse::new(Some("the protocol is mqtt".to_owned()));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        return Err(refusal);
    };
    response.headers_mut().insert(PROTOCOL_HEADER, HeaderValue::from_static(chosen));
    Ok(response)
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// What carries the messages.
    pub fn inner(&self) -> &S {
        self.messages.get_ref()
    }
}

fn failed(error: tungstenite::Error) -> io::Error {
    match error {
        tungstenite::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(Pin::new(&mut self.messages).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => self.unread = bytes,
                Some(Ok(Message::Text(_))) => {
                    let why = "a text message: MQTT is binary (v5 [MQTT-6.0.0-1])";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, why)));
                }
                // PING is answered with the next poll.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)))
                | None
                | Some(Err(
                    tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed,
                )) => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(failed(error))),
            }
        }
        let len = self.unread.len().min(out.remaining());
        out.put_slice(&self.unread[..len]);
        self.unread.advance(len);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut messages = Pin::new(&mut self.messages);
        ready!(messages.as_mut().poll_ready(cx)).map_err(failed)?;
        let message = Message::Binary(Bytes::copy_from_slice(data));
        messages.start_send(message).map_err(failed)?;
        Poll::Ready(Ok(data.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.messages).poll_flush(cx).map_err(failed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(Pin::new(&mut self.messages).poll_close(cx)) {
            Err(tungstenite::Error::ConnectionClosed) => Poll::Ready(Ok(())),
            other => Poll::Ready(other.map_err(failed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::SinkExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
    /// What the client reads when the server sends messages of these sizes and closes.
    async fn read(max_packet_size: u32, sizes: &[usize]) -> io::Result<usize> {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let serving = async {
            let mut server: WebSocketStream<DuplexStream> =
                tokio_tungstenite::accept_hdr_async(theirs, agree).await.expect("a handshake");
            for &size in sizes {
                // The client may have had enough.
                let _ = server.send(Message::Binary(vec![0; size].into())).await;
            }
            let _ = server.close(None).await;
        };
        let reading = async {
            let mut client = open("ws://localhost", max_packet_size, ours).await?;
            let mut chunk = vec![0; 1 << 16];
            let mut sum = 0;
            loop {
                match client.read(&mut chunk).await? {
                    0 => return Ok(sum),
                    len => sum += len,
                }
            }
        };
        tokio::join!(serving, reading).1
    }

    #[tokio::test]
    async fn messages_are_as_large_as_packets_may_be() {
        // More than the WebSocket library takes unless told otherwise.
        assert_eq!(read(17 << 20, &[17 << 20, 3]).await.unwrap(), (17 << 20) + 3);
        // Several packets in one message.
        assert_eq!(read(100, &[1 << 20]).await.unwrap(), 1 << 20);
        let error = read(100, &[1, 2 << 20]).await.unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }

    /// What a server answers to a request for this protocol, and what the client makes of it.
    async fn answer(protocol: &str) -> String {
        let (mut ours, theirs) = tokio::io::duplex(1 << 16);
        let request = format!(
            "GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{protocol}\r\n"
        );
        ours.write_all(request.as_bytes()).await.expect("room");
        let accepted = accept(100, theirs).await.is_ok();
        let mut text = vec![0; 1 << 12];
        let len = ours.read(&mut text).await.expect("an answer");
        let text = String::from_utf8_lossy(&text[..len]).to_lowercase();
        assert_eq!(text.starts_with("http/1.1 101 "), accepted, "{text}");
        text
    }

    #[tokio::test]
    async fn a_server_chooses_mqtt() {
        let offers = [
            ("mqtt", "mqtt"),
            ("chat, MQTT", "mqtt"),
            ("mqttv3.1, mqtt", "mqtt"),
            ("mqttv3.1", "mqttv3.1"),
        ];
        for (offer, chosen) in offers {
            let text = answer(&format!("Sec-WebSocket-Protocol: {offer}\r\n")).await;
            assert!(text.contains(&format!("sec-websocket-protocol: {chosen}\r\n")), "{text}");
        }
        for without in ["", "Sec-WebSocket-Protocol: chat\r\n"] {
            assert!(answer(without).await.starts_with("http/1.1 400 "));
        }
    }

    #[tokio::test]
    async fn a_client_offers_mqtt() {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        let opening = tokio::spawn(open("ws://localhost/mqtt", 100, ours));
        let mut text = vec![0; 1 << 12];
        let len = theirs.read(&mut text).await.expect("a request");
        let text = String::from_utf8_lossy(&text[..len]).to_lowercase();
        assert!(text.contains("sec-websocket-protocol: mqtt\r\n"), "{text}");
        opening.abort();
    }
}
