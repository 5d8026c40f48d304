//! Somebody on the way between client and relay, who records and cuts.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A direction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    ToRelay,
    ToClient,
}

/// What went over each connection, each way.
pub(crate) type Record = Arc<Mutex<Vec<[Vec<u8>; 2]>>>;

pub(crate) struct Proxy {
    pub(crate) at: SocketAddr,
    record: Record,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Passes connections on to `relay`. The first is cut after so many bytes that way: they arrive, the next does not.
    pub(crate) async fn start(relay: SocketAddr, cut: Option<(Way, usize)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let record = Record::default();
        let task = tokio::spawn(accept(listener, relay, cut, record.clone()));
        Self { at, record, task }
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.record.lock().unwrap().len()
    }

    /// What went that way over a connection.
    pub(crate) fn recorded(&self, connection: usize, way: Way) -> Vec<u8> {
        self.record.lock().unwrap()[connection][way as usize].clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, relay: SocketAddr, mut cut: Option<(Way, usize)>, record: Record) {
    while let Ok((client, _)) = listener.accept().await {
        let number = {
            let mut record = record.lock().unwrap();
            record.push([Vec::new(), Vec::new()]);
            record.len() - 1
        };
        tokio::spawn(pass_on(client, relay, cut.take(), number, record.clone()));
    }
}

async fn pass_on(
    client: TcpStream,
    relay: SocketAddr,
    cut: Option<(Way, usize)>,
    number: usize,
    record: Record,
) {
    let Ok(relay) = TcpStream::connect(relay).await else { return };
    for socket in [&client, &relay] {
        socket.set_nodelay(true).unwrap();
    }
    let ((from_client, to_client), (from_relay, to_relay)) = (client.into_split(), relay.into_split());
    let most = |way| cut.filter(|cut| cut.0 == way).map_or(usize::MAX, |cut| cut.1);
    let note = |way: Way, bytes: &[u8]| {
        record.lock().unwrap()[number][way as usize].extend_from_slice(bytes);
    };
    // Whichever ends first ends both: then the halves are dropped, and so are the sockets.
    tokio::select! {
        () = pump(from_client, to_relay, most(Way::ToRelay), |bytes| note(Way::ToRelay, bytes)) => {}
        () = pump(from_relay, to_client, most(Way::ToClient), |bytes| note(Way::ToClient, bytes)) => {}
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, most: usize, note: impl Fn(&[u8])) {
    let mut left = most;
    let mut buffer = vec![0; 16 << 10];
    while left > 0 {
        let Ok(read) = from.read(&mut buffer).await else { return };
        let passed = &buffer[..read.min(left)];
        note(passed);
        if passed.is_empty() || to.write_all(passed).await.is_err() {
            return;
        }
        left -= passed.len();
    }
}
