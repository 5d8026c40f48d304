//! The routes of the relay, over HTTP/1.1 (RFC 9112).

mod answer;
mod upgrade;

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use answer::{Answer, Body, error, plain};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, FORWARDED, HeaderName};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::metrics::{LinkMetrics, Misuse};
use super::roll::Place;
use super::shared::{Phase, Shared};
use super::{metrics, wait_for};
use crate::config::MetricsFor;
use crate::{Service, files};

/// Serves one connection to its end, or until a link takes it over.
pub(super) async fn serve<IO, S>(shared: Arc<Shared<S>>, io: IO, peer: IpAddr, place: Arc<Place>)
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service,
{
    let mut phase = shared.phase.subscribe();
    let metrics = shared.metrics.link.clone();
    let service = service_fn(move |request| {
        let (shared, place) = (shared.clone(), place.clone());
        async move { Ok::<_, Infallible>(answer::<IO, S>(&shared, &place, peer, request).await) }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_headers(MAX_HEADERS)
        .max_buf_size(BUFFER_BYTES)
        .max_header_size(MAX_HEAD_BYTES);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(io), service).with_upgrades());
    tokio::select! {
        ended = connection.as_mut() => return note(&metrics, ended),
        () = wait_for(&mut phase, Phase::Draining) => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        ended = connection => note(&metrics, ended),
        () = wait_for(&mut phase, Phase::Closing) => {}
    }
}

/// Counts how a connection ended, where that was the other side's fault.
fn note(metrics: &LinkMetrics, ended: hyper::Result<()>) {
    match ended {
        Err(error) if error.is_timeout() => metrics.misuse(Misuse::SlowRequest),
        Err(error) if error.is_parse() => metrics.misuse(Misuse::BadRequest),
        _ => {}
    }
}

async fn answer<IO, S>(
    shared: &Arc<Shared<S>>,
    place: &Arc<Place>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Answer
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service,
{
    let (path, method) = (request.uri().path(), request.method());
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let (route, answer) = match path {
        "/v1/link" => ("link", upgrade::upgrade::<IO, S>(shared, place, peer, request)),
        "/healthz" if reads => ("healthz", plain(StatusCode::OK, "ok\n")),
        "/readyz" if reads => ("readyz", ready(shared)),
        "/metrics" if reads && may_see_metrics(shared.pages().metrics_for, peer, &request) => {
            ("metrics", metrics_page(shared))
        }
        _ => match path.strip_prefix("/v1/blob/").map(str::to_owned) {
            Some(file) => {
                ("blob", files::answer(shared.files.as_ref(), &shared.metrics, &file, request).await)
            }
            None if matches!(path, "/healthz" | "/readyz") => ("other", only_reading()),
            None => ("other", plain(StatusCode::NOT_FOUND, "there is nothing here\n")),
        },
    };
    let label = metrics::Request { route, status: answer.status().as_u16() };
    shared.metrics.requests.get_or_create(&label).inc();
    answer
}

fn ready<S: Service>(shared: &Shared<S>) -> Answer {
    if shared.is_draining() {
        plain(StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else if (shared.ready)() {
        plain(StatusCode::OK, "ready\n")
    } else {
        plain(StatusCode::SERVICE_UNAVAILABLE, "the store cannot be used\n")
    }
}

fn may_see_metrics(metrics_for: MetricsFor, peer: IpAddr, request: &Request<Incoming>) -> bool {
    match metrics_for {
        MetricsFor::Everyone => true,
        MetricsFor::Off => false,
        // What a reverse proxy on this computer passes on does not come from this computer.
        MetricsFor::Loopback => {
            let passed_on =
                [FORWARDED, FORWARDED_FOR].iter().any(|name| request.headers().contains_key(name));
            peer.to_canonical().is_loopback() && !passed_on
        }
    }
}

fn metrics_page<S: Service>(shared: &Shared<S>) -> Answer {
    let mut page = plain(StatusCode::OK, shared.metrics.text());
    let kind =
        hyper::header::HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    page.headers_mut().insert(CONTENT_TYPE, kind);
    page
}

fn only_reading() -> Answer {
    let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    answer.headers_mut().insert(ALLOW, hyper::header::HeaderValue::from_static("GET, HEAD"));
    answer
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// How long the head of a request may take, and a connection may wait for the next one.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
const MAX_HEADERS: usize = 32;
const MAX_HEAD_BYTES: usize = 8 << 10;
/// The most that hyper holds of what was read and of what is to be written.
const BUFFER_BYTES: usize = 32 << 10;
