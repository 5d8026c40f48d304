//! The requests of the files API and their answers.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_RANGES, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    HeaderName, HeaderValue, RANGE, WWW_AUTHENTICATE,
};
use hyper::{Method, Request, Response, StatusCode};
use keyroom_types::FileId;
use tokio::time::timeout;

use super::range::{Asked, Span, content_range, range};
use super::shelf::{Files, Held, Refusal, Upload};
use super::{FileBody, Purpose, Ticket};
use crate::Now;
use crate::net::Metrics;
use crate::net::http::{Answer, Body, error};

/// Answers a request for the file of this name.
pub(crate) async fn answer(
    files: Option<&Files>,
    metrics: &Metrics,
    name: &str,
    request: Request<Incoming>,
) -> Answer {
    let Some(files) = files else {
        return error(
            StatusCode::NOT_IMPLEMENTED,
            "no_files",
            "this relay keeps nothing on disk, so it takes no files",
        );
    };
    let result = match *request.method() {
        Method::PUT => match allowed(files, name, &request, Some(Purpose::Put)) {
            Ok(ticket) => put(files, metrics, ticket, request).await,
            Err(answer) => Err(answer),
        },
        Method::GET => match allowed(files, name, &request, Some(Purpose::Get)) {
            Ok(ticket) => get(files, metrics, ticket, &request).await,
            Err(answer) => Err(answer),
        },
        Method::HEAD => match allowed(files, name, &request, None) {
            Ok(ticket) => head(files, ticket).await,
            Err(answer) => Err(answer),
        },
        _ => {
            let mut answer = error(StatusCode::METHOD_NOT_ALLOWED, "method", "only GET, HEAD and PUT");
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, PUT"));
            Ok(answer)
        }
    };
    result.unwrap_or_else(|answer| *answer)
}

type Step<T> = Result<T, Box<Answer>>;

/// The ticket of the request, if it is for this file and this purpose.
fn allowed(files: &Files, name: &str, request: &Request<Incoming>, purpose: Option<Purpose>) -> Step<Ticket> {
    let header = request.headers().get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    let text = header.and_then(|header| header.strip_prefix("Bearer ")).ok_or_else(|| {
        let mut answer = error(StatusCode::UNAUTHORIZED, "no_ticket", "a file needs a ticket from the link");
        answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Box::new(answer)
    })?;
    let ticket = files.tickets().verify(text, Now::read().wall).map_err(|refused| {
        let name = if refused == super::TicketError::Expired { "ticket_expired" } else { "ticket_invalid" };
        Box::new(error(StatusCode::FORBIDDEN, name, &refused.to_string()))
    })?;
    let right_file = name.parse() == Ok::<FileId, _>(ticket.file);
    if !right_file || purpose.is_some_and(|purpose| purpose != ticket.purpose) {
        return refuse(StatusCode::FORBIDDEN, "ticket_for_another", "the ticket is for something else");
    }
    Ok(files.sized(ticket))
}

async fn put(files: &Files, metrics: &Metrics, ticket: Ticket, request: Request<Incoming>) -> Step<Answer> {
    let span = span_of(&ticket, &request)?;
    let (shelf, now) = (files.clone(), Now::read().wall);
    let upload = blocking(move || {
        let upload = shelf.upload(&ticket, now)?;
        // Checked before the body is read, so that a client that goes on at the wrong place sends nothing in vain.
        match shelf.held(&ticket).map_err(Refusal::Io)? {
            Held::Part(at) if at == span.start => Ok(upload),
            held => Err(Refusal::Offset(held)),
        }
    })
    .await
    .map_err(|refusal| refused(&ticket, &refusal))?;
    let upload = std::sync::Arc::new(upload);
    let received = receive(&upload, metrics, span.start, request.into_body()).await;
    let finished = blocking(move || upload.finish()).await;
    // What went wrong with a piece explains more than what the end found.
    received.map_err(|refusal| refusal.map_or_else(stalled, |refusal| refused(&ticket, &refusal)))?;
    match finished.map_err(|refusal| refused(&ticket, &refusal))? {
        Held::Whole => Ok(with_offset(empty(StatusCode::CREATED), ticket.size)),
        held => Ok(with_offset(empty(StatusCode::ACCEPTED), offset(held, &ticket))),
    }
}

/// Which bytes the request brings.
fn span_of(ticket: &Ticket, request: &Request<Incoming>) -> Step<Span> {
    let header = |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let Some(length) = header(CONTENT_LENGTH).and_then(|text| text.parse::<u64>().ok()) else {
        return refuse(StatusCode::LENGTH_REQUIRED, "length_required", "an upload says its Content-Length");
    };
    let span = match header(CONTENT_RANGE) {
        None => Span { start: 0, end: length },
        Some(text) => match content_range(text) {
            Some((span, total)) if total == ticket.size && span.end - span.start == length => span,
            _ => {
                return refuse(
                    StatusCode::BAD_REQUEST,
                    "bad_range",
                    "the Content-Range does not fit the ticket or the length",
                );
            }
        },
    };
    if span.end > ticket.size || (header(CONTENT_RANGE).is_none() && length != ticket.size) {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "size", "the ticket is for another size");
    }
    Ok(span)
}

/// Writes the body to the disk as it comes. `Err(None)`: it stopped coming.
async fn receive(
    upload: &std::sync::Arc<Upload>,
    metrics: &Metrics,
    mut at: u64,
    mut body: Incoming,
) -> Result<(), Option<Refusal>> {
    loop {
        let Some(mut piece) = next(&mut body, PATIENCE).await? else { return Ok(()) };
        let mut pieces = Vec::new();
        let mut bytes = 0;
        // What comes right behind it goes to the disk with it.
        loop {
            bytes += piece.len();
            pieces.push(piece);
            if bytes >= PIECE_BYTES {
                break;
            }
            match timeout(GATHER, body.frame()).await {
                Ok(Some(Ok(frame))) => piece = frame.into_data().unwrap_or_default(),
                _ => break,
            }
        }
        let upload = upload.clone();
        blocking(move || upload.append(at, &pieces.concat())).await.map_err(Some)?;
        at += bytes as u64;
        metrics.file_bytes_in.inc_by(bytes as u64);
    }
}

async fn next(body: &mut Incoming, patience: Duration) -> Result<Option<Bytes>, Option<Refusal>> {
    match timeout(patience, body.frame()).await {
        Ok(None) => Ok(None),
        // Trailers are no bytes of the file.
        Ok(Some(Ok(frame))) => Ok(Some(frame.into_data().unwrap_or_default())),
        Ok(Some(Err(_))) | Err(_) => Err(None),
    }
}

async fn get(files: &Files, metrics: &Metrics, ticket: Ticket, request: &Request<Incoming>) -> Step<Answer> {
    let shelf = files.clone();
    match blocking(move || shelf.held(&ticket).map_err(Refusal::Io))
        .await
        .map_err(|refusal| refused(&ticket, &refusal))?
    {
        Held::Whole => {}
        Held::Part(_) => {
            return refuse(StatusCode::NOT_FOUND, "unfinished", "not all of the file is here yet");
        }
        Held::Nothing => {
            return refuse(StatusCode::NOT_FOUND, "unknown_file", "there is no such file, or no more");
        }
    }
    let asked = request.headers().get(RANGE).and_then(|value| value.to_str().ok());
    let (status, span) = match asked.map_or(Asked::Whole, |asked| range(asked, ticket.size)) {
        Asked::Whole => (StatusCode::OK, Span { start: 0, end: ticket.size }),
        Asked::Part(span) => (StatusCode::PARTIAL_CONTENT, span),
        Asked::Nothing => {
            let mut answer = error(StatusCode::RANGE_NOT_SATISFIABLE, "range", "the file is shorter");
            set(&mut answer, CONTENT_RANGE, &format!("bytes */{}", ticket.size));
            return Err(Box::new(answer));
        }
    };
    let shelf = files.clone();
    let file = blocking(move || shelf.open_whole(&ticket, span.start).map_err(Refusal::Io))
        .await
        .map_err(|refusal| refused(&ticket, &refusal))?;
    let count = span.end - span.start;
    let mut answer = Response::new(Body::File(FileBody::new(file, count, metrics.file_bytes_out.clone())));
    *answer.status_mut() = status;
    set(&mut answer, CONTENT_LENGTH, &count.to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut answer, CONTENT_RANGE, &format!("bytes {}-{}/{}", span.start, span.end - 1, ticket.size));
    }
    set(&mut answer, CONTENT_TYPE, "application/octet-stream");
    set(&mut answer, ACCEPT_RANGES, "bytes");
    set(&mut answer, CACHE_CONTROL, "no-store");
    Ok(answer)
}

async fn head(files: &Files, ticket: Ticket) -> Step<Answer> {
    let shelf = files.clone();
    let held = blocking(move || shelf.held(&ticket).map_err(Refusal::Io)).await;
    Ok(match held.map_err(|refusal| refused(&ticket, &refusal))? {
        Held::Whole => {
            let mut answer = with_offset(empty(StatusCode::OK), ticket.size);
            set(&mut answer, CONTENT_LENGTH, &ticket.size.to_string());
            set(&mut answer, ACCEPT_RANGES, "bytes");
            answer
        }
        Held::Part(at) => with_offset(empty(StatusCode::NO_CONTENT), at),
        Held::Nothing => with_offset(empty(StatusCode::NOT_FOUND), 0),
    })
}

/// Runs a step on a thread that may block.
async fn blocking<T: Send + 'static>(
    step: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(step).await {
        Ok(result) => result,
        Err(error) => Err(Refusal::Io(std::io::Error::other(error))),
    }
}

fn refused(ticket: &Ticket, refusal: &Refusal) -> Box<Answer> {
    let (status, name, message) = match refusal {
        Refusal::Taken => {
            (StatusCode::CONFLICT, "taken", "the file belongs to another room or has another size")
        }
        Refusal::FileBytes => {
            (StatusCode::PAYLOAD_TOO_LARGE, "file_bytes", "the file is larger than this relay takes")
        }
        Refusal::RoomFileBytes => {
            (StatusCode::INSUFFICIENT_STORAGE, "room_file_bytes", "the room's files take all that a room may")
        }
        Refusal::FilesBytes => {
            (StatusCode::INSUFFICIENT_STORAGE, "files_bytes", "the relay's files take all that they may")
        }
        Refusal::Offset(_) => (StatusCode::CONFLICT, "offset", "go on at Keyroom-Offset"),
        Refusal::Replaced(_) => (StatusCode::CONFLICT, "replaced", "another upload of this file began"),
        Refusal::DiskFull(_) => {
            (StatusCode::INSUFFICIENT_STORAGE, "disk_full", "the disk is full; go on later at Keyroom-Offset")
        }
        Refusal::Io(error) => {
            tracing::warn!(%error, "a file cannot be read or written");
            (StatusCode::INTERNAL_SERVER_ERROR, "io", "the relay's disk answered with an error")
        }
    };
    let answer = error(status, name, message);
    Box::new(match refusal {
        Refusal::Offset(held) | Refusal::Replaced(held) | Refusal::DiskFull(held) => {
            with_offset(answer, offset(*held, ticket))
        }
        _ => answer,
    })
}

fn stalled() -> Box<Answer> {
    Box::new(error(StatusCode::REQUEST_TIMEOUT, "stalled", "the upload stopped; go on at its offset"))
}

fn refuse<T>(status: StatusCode, name: &str, message: &str) -> Step<T> {
    Err(Box::new(error(status, name, message)))
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

fn with_offset(mut answer: Answer, offset: u64) -> Answer {
    set(&mut answer, OFFSET, &offset.to_string());
    answer
}

fn offset(held: Held, ticket: &Ticket) -> u64 {
    match held {
        Held::Nothing => 0,
        Held::Part(at) => at,
        Held::Whole => ticket.size,
    }
}

fn set(answer: &mut Answer, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// How many bytes of the file are there.
const OFFSET: HeaderName = HeaderName::from_static("keyroom-offset");
/// How long an upload may stand still.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is written to the disk at once.
const PIECE_BYTES: usize = 256 << 10;
/// How long a piece waits for the next one before it is written.
const GATHER: Duration = Duration::from_millis(2);
