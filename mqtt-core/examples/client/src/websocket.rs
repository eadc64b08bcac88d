//! MQTT in WebSocket: the bytes of packets in binary messages, cut anywhere.
//!
//! v3 section 6, v5 section 6.

use crate::address::Address;
use bytes::{Buf, Bytes};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_util::{Sink, Stream};
use std::io;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

const PROTOCOL: &str = "mqtt";
const PROTOCOL_HEADER: &str = "Sec-WebSocket-Protocol";

/// A stream of bytes in binary messages.
pub(crate) struct WebSocket<S> {
    messages: WebSocketStream<S>,
    /// What has come and has not been read yet.
    unread: Bytes,
}

/// So many bytes may be in one message beside the largest packet.
const BESIDE: usize = 1 << 20;

/// Shakes hands over a stream. Messages may be as large as a packet, and larger, for a server may put several
/// packets into one; beyond that they are refused, before there is room made for them.
pub(crate) async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    address: &Address,
    max_packet_size: u32,
    stream: S,
) -> io::Result<WebSocket<S>> {
    let max = Some((max_packet_size as usize).saturating_add(BESIDE));
    let config = WebSocketConfig::default().max_message_size(max).max_frame_size(max);
    let mut request = address.url().into_client_request().map_err(failed)?;
    request.headers_mut().insert(PROTOCOL_HEADER, HeaderValue::from_static(PROTOCOL));
    let (messages, response) =
        tokio_tungstenite::client_async_with_config(request, stream, Some(config))
            .await
            .map_err(failed)?;
    let agreed = response.headers().get(PROTOCOL_HEADER).map(HeaderValue::as_bytes);
    if agreed != Some(PROTOCOL.as_bytes()) {
        return Err(io::Error::other("the server does not speak MQTT over WebSocket"));
    }
    Ok(WebSocket { messages, unread: Bytes::new() })
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// What carries the messages.
    pub(crate) fn inner(&self) -> &S {
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
    use tokio::io::{AsyncReadExt as _, DuplexStream};
    use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

    /// What the client reads when the server sends messages of these sizes and closes.
    async fn read(max_packet_size: u32, sizes: &[usize]) -> io::Result<usize> {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let address = "ws://localhost".parse().expect("a URL");
        let serving = async {
            #[allow(clippy::result_large_err)] // the type is the library's
            let agree = |_: &Request, mut response: Response| -> Result<_, ErrorResponse> {
                let protocol = HeaderValue::from_static(PROTOCOL);
                response.headers_mut().insert(PROTOCOL_HEADER, protocol);
                Ok(response)
            };
            let mut server: WebSocketStream<DuplexStream> =
                tokio_tungstenite::accept_hdr_async(theirs, agree).await.expect("a handshake");
            for &size in sizes {
                // The client may have had enough.
                let _ = server.send(Message::Binary(vec![0; size].into())).await;
            }
            let _ = server.close(None).await;
        };
        let reading = async {
            let mut client = open(&address, max_packet_size, ours).await?;
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
}
