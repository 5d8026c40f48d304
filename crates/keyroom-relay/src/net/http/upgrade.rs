//! From HTTP to a link: the server's side of the opening handshake (RFC 6455, section 4.2).

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{
    ALLOW, CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tungstenite::handshake::derive_accept_key;

use super::answer::{Answer, Body, plain};
use crate::Service;
use crate::net::link::Driver;
use crate::net::roll::Place;
use crate::net::shared::Shared;

/// Answers 101 and lets a link take the connection over, or says what is wrong with the request.
pub(super) fn upgrade<IO, S>(
    shared: &Arc<Shared<S>>,
    place: &Arc<Place>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Answer
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service,
{
    let accept = match accept_key(&request) {
        Ok(accept) => accept,
        Err(answer) => return *answer,
    };
    if shared.is_draining() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    let (shared, place) = (shared.clone(), place.clone());
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        // hyper's own buffers end here; what it had read too much goes on with the stream.
        let Ok(parts) = upgraded.downcast::<TokioIo<IO>>() else {
            tracing::error!("a connection changed its type");
            return;
        };
        let io = parts.io.into_inner();
        let (service, metrics) = (shared.service.clone(), shared.metrics.link.clone());
        let driver = Driver::new(io, parts.read_buf, service, peer, place, metrics);
        // A task of its own: this one is as large as its largest step, and ends here.
        tokio::spawn(async move {
            // How a connection broke is the other side's affair; that it is gone, the link's drop tells.
            let _ = driver.await;
        });
    });
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    answer.headers_mut().extend([
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_ACCEPT, accept),
    ]);
    answer
}

/// What proves that the request was understood, if it is a request for a WebSocket.
fn accept_key(request: &Request<Incoming>) -> Result<HeaderValue, Box<Answer>> {
    let headers = request.headers();
    let refuse = |status, text: &'static str, header: Option<(HeaderName, &'static str)>| {
        let mut answer = plain(status, text);
        if let Some((name, value)) = header {
            answer.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Err(Box::new(answer))
    };
    if request.method() != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "only GET\n", Some((ALLOW, "GET")));
    }
    let asked = has_token(headers, &CONNECTION, "upgrade") && has_token(headers, &UPGRADE, "websocket");
    if !asked || request.version() != Version::HTTP_11 {
        let upgrade = Some((UPGRADE, "websocket"));
        return refuse(StatusCode::UPGRADE_REQUIRED, "this is a WebSocket (RFC 6455)\n", upgrade);
    }
    if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let version = Some((SEC_WEBSOCKET_VERSION, "13"));
        return refuse(StatusCode::UPGRADE_REQUIRED, "only version 13 of WebSocket\n", version);
    }
    // Sixteen bytes in base64 (RFC 6455, 4.1).
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let accept = key.and_then(|key| HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok());
    match accept {
        Some(accept) => Ok(accept),
        None => refuse(StatusCode::BAD_REQUEST, "the Sec-WebSocket-Key is missing or wrong\n", None),
    }
}

/// Whether a header that is a list has this entry, in whatever case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let lists = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|entry| entry.trim().eq_ignore_ascii_case(token))
}
