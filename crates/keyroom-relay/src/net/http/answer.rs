//! What is answered: a status, a few headers, and a body that is text or part of a file.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

use crate::files::FileBody;

/// An answer to a request.
pub(crate) type Answer = Response<Body>;

/// Text in memory, or part of a file.
pub(crate) enum Body {
    Text(Full<Bytes>),
    File(FileBody),
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self::Text(Full::default())
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Text(text) => {
                let never = |error: Infallible| match error {};
                Pin::new(text).poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(never)))
            }
            Self::File(file) => file.poll(cx).map(|part| part.map(|part| part.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Text(text) => text.is_end_stream(),
            Self::File(file) => file.rest() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => text.size_hint(),
            Self::File(file) => SizeHint::with_exact(file.rest()),
        }
    }
}

/// An answer of text for people.
pub(crate) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    with_type(status, text.into(), "text/plain; charset=utf-8")
}

/// A refusal for programs: `{"error":"name","message":"…"}`.
pub(crate) fn error(status: StatusCode, name: &str, message: &str) -> Answer {
    #[derive(Serialize)]
    struct Refusal<'a> {
        error: &'a str,
        message: &'a str,
    }
    // Two strings always have a form in JSON; an empty body would still carry its status.
    let text = serde_json::to_vec(&Refusal { error: name, message }).unwrap_or_default();
    with_type(status, text.into(), "application/json")
}

fn with_type(status: StatusCode, text: Bytes, kind: &'static str) -> Answer {
    let mut answer = Response::new(Body::Text(Full::new(text)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
