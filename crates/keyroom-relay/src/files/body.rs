//! Part of a file on its way to a client: one piece in memory at a time.

use std::fs::File;
use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use prometheus_client::metrics::counter::Counter;
use tokio::task::JoinHandle;

/// Reads a file in pieces, each on a thread that may block.
pub(crate) struct FileBody {
    file: Option<File>,
    rest: u64,
    reading: Option<JoinHandle<io::Result<(File, Bytes)>>>,
    sent: Counter,
}

impl FileBody {
    /// The next `rest` bytes of this file.
    pub(super) fn new(file: File, rest: u64, sent: Counter) -> Self {
        Self { file: Some(file), rest, reading: None, sent }
    }

    /// Bytes that have not been given out.
    pub(crate) fn rest(&self) -> u64 {
        self.rest
    }

    /// The next piece.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(file) = self.file.take()
            && self.rest > 0
        {
            let count = usize::try_from(self.rest).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            self.reading = Some(tokio::task::spawn_blocking(move || read(file, count)));
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let read = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        match read.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok((file, piece)) => {
                self.file = Some(file);
                self.rest -= piece.len() as u64;
                self.sent.inc_by(piece.len() as u64);
                Poll::Ready(Some(Ok(piece)))
            }
            Err(error) => {
                self.rest = 0;
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

fn read(mut file: File, count: usize) -> io::Result<(File, Bytes)> {
    let mut piece = vec![0; count];
    file.read_exact(&mut piece)?;
    Ok((file, piece.into()))
}

const PIECE_BYTES: usize = 256 << 10;
