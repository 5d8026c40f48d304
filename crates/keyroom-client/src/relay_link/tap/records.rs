//! TLS records as they come over TCP, handed on one at a time.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that hands on at most one TLS record for each read, and keeps the last ones.
pub(in crate::relay_link) struct RecordTap<IO> {
    io: IO,
    /// Read and not handed on.
    held: Vec<u8>,
    at: usize,
    /// The record that is being handed on, and how much of it is to come.
    current: Vec<u8>,
    left: usize,
    /// Whole records; the first of them has the number `first`.
    records: VecDeque<Arc<[u8]>>,
    first: u64,
}

impl<IO> RecordTap<IO> {
    pub(in crate::relay_link) fn new(io: IO) -> Self {
        Self { io, held: Vec::new(), at: 0, current: Vec::new(), left: 0, records: VecDeque::new(), first: 0 }
    }

    /// The number of the last whole record.
    pub(super) fn last(&self) -> Option<u64> {
        (self.first + self.records.len() as u64).checked_sub(1)
    }

    /// A whole record, if it is still kept.
    pub(super) fn bytes(&self, number: u64) -> Option<&Arc<[u8]>> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.records.get(place)
    }

    /// How long its content is, if it is not padded.
    pub(super) fn plain_len(&self, number: u64) -> Option<usize> {
        self.bytes(number)?.len().checked_sub(HEAD + TYPE_AND_TAG)
    }

    /// Gives up records before this one.
    pub(super) fn keep_from(&mut self, number: u64) {
        while self.first < number && self.records.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// Notes what of `held` is handed on, at most to the end of the record.
    fn hand_on(&mut self, buf: &mut ReadBuf<'_>) {
        let there = &self.held[self.at..];
        if self.left == 0 {
            // A length that says nothing sound is TLS's to refuse.
            let length = [there[3], there[4]].map(usize::from);
            self.left = HEAD + (length[0] << 8 | length[1]);
        }
        let count = there.len().min(self.left).min(buf.remaining());
        buf.put_slice(&there[..count]);
        self.current.extend_from_slice(&there[..count]);
        self.at += count;
        self.left -= count;
        if self.left == 0 {
            self.records.push_back(self.current.as_slice().into());
            self.current.clear();
            if self.records.len() > RECORDS {
                self.records.pop_front();
                self.first += 1;
            }
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for RecordTap<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        // At the beginning of a record its head must be whole, to know where it ends.
        while this.held.len() - this.at < if this.left == 0 { HEAD } else { 1 } {
            this.held.drain(..this.at);
            this.at = 0;
            let before = this.held.len();
            this.held.resize(before + READ, 0);
            let mut more = ReadBuf::new(&mut this.held[before..]);
            let read = Pin::new(&mut this.io).poll_read(cx, &mut more);
            let count = more.filled().len();
            this.held.truncate(before + count);
            ready!(read)?;
            if count == 0 {
                // The end, perhaps within a head: what is there is handed on for TLS to judge.
                buf.put_slice(&this.held[..before.min(buf.remaining())]);
                this.held.clear();
                return Poll::Ready(Ok(()));
            }
        }
        this.hand_on(buf);
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for RecordTap<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// Type, version, length: RFC 8446, 5.1.
const HEAD: usize = 5;
/// What stands in a record behind its content: RFC 8446, 5.2.
const TYPE_AND_TAG: usize = 1 + 16;
const READ: usize = 16 << 10;
/// Records that are kept at most: enough for the longest frame.
const RECORDS: usize = 1_024;

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    fn record(length: u16, byte: u8) -> Vec<u8> {
        [&[23, 3, 3][..], &length.to_be_bytes(), &vec![byte; usize::from(length)]].concat()
    }

    #[tokio::test]
    async fn each_read_ends_with_its_record_and_nothing_is_lost() {
        let sent = [record(20, 1), record(0, 2), record(40_000, 3), record(17, 4)];
        let all = [sent.concat(), vec![23, 3]].concat();
        let mut tap = RecordTap::new(std::io::Cursor::new(all.clone()));
        let (mut got, mut ends) = (Vec::<u8>::new(), Vec::new());
        loop {
            let mut piece = vec![0; 3_000];
            let count = tap.read(&mut piece).await.unwrap();
            if count == 0 {
                break;
            }
            got.extend(&piece[..count]);
            ends.push(got.len());
        }
        assert_eq!(got, all);
        let mut end = 0;
        for (number, record) in sent.iter().enumerate() {
            end += record.len();
            assert!(ends.contains(&end), "no read goes over the end of record {number}");
            assert_eq!(tap.bytes(number as u64).map(|bytes| &**bytes), Some(record.as_slice()));
        }
        assert_eq!((tap.last(), tap.plain_len(0), tap.plain_len(1)), (Some(3), Some(3), None));
        tap.keep_from(2);
        assert_eq!(
            (tap.bytes(1), tap.bytes(2).map(|bytes| bytes.len()), tap.last()),
            (None, Some(40_005), Some(3))
        );
    }
}
