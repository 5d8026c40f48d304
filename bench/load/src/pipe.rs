//! A connection of a peer's client: what it wrote waits until it is sent, and what came until it is a whole message.

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::Fault;

/// TLS, and a buffer each way.
pub(crate) struct Pipe {
    stream: TlsStream<TcpStream>,
    /// What came and was not taken.
    pub(crate) read: BytesMut,
    /// What is to be sent.
    pub(crate) write: BytesMut,
    /// How much one read takes: little while it is idle.
    chunk: usize,
}

impl Pipe {
    pub(crate) fn new(stream: TlsStream<TcpStream>) -> Self {
        Self { stream, read: BytesMut::new(), write: BytesMut::new(), chunk: LITTLE }
    }

    /// Sends what is to be sent.
    pub(crate) async fn flush(&mut self) -> Result<(), Fault> {
        while self.write.has_remaining() {
            self.stream.write_buf(&mut self.write).await?;
        }
        Ok(self.stream.flush().await?)
    }

    /// Waits for more. Nothing is lost when the wait is given up.
    pub(crate) async fn fill(&mut self) -> Result<(), Fault> {
        self.read.reserve(self.chunk);
        let read = self.stream.read_buf(&mut self.read).await?;
        if read == 0 {
            return Err(Fault::Closed);
        }
        if read >= self.chunk {
            self.chunk = (self.chunk * 2).min(MUCH);
        }
        Ok(())
    }
}

const LITTLE: usize = 512;
const MUCH: usize = 16 << 10;
