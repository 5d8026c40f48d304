//! Somebody on the way between programs and their relay, who records all that goes by.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What went over each connection: to the relay, and to the client.
type Record = Arc<Mutex<Vec<[Vec<u8>; 2]>>>;

/// Passes connections on, and keeps what goes over them.
pub(crate) struct Recorder {
    pub(crate) at: SocketAddr,
    record: Record,
}

impl Recorder {
    /// In front of the relay at this address.
    pub(crate) fn before(relay: &str) -> Self {
        let relay: SocketAddr = relay.parse().expect("the relay listens at numbers");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (at, record) = (listener.local_addr().expect("it is bound"), Record::default());
        let recording = Arc::clone(&record);
        thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                let Ok(server) = TcpStream::connect(relay) else { continue };
                lock(&recording).push([Vec::new(), Vec::new()]);
                let pairs = [(client.try_clone(), server.try_clone(), 0), (Ok(server), Ok(client), 1)];
                for (from, to, way) in pairs {
                    let (Ok(from), Ok(to)) = (from, to) else { continue };
                    let recording = Arc::clone(&recording);
                    thread::spawn(move || {
                        pass(from, to, |bytes| lock(&recording)[number][way].extend(bytes));
                    });
                }
            }
        });
        Self { at, record }
    }

    /// What was recorded until now, in either direction.
    pub(crate) fn recorded(&self) -> Vec<[Vec<u8>; 2]> {
        lock(&self.record).clone()
    }

    /// Lengths of the TLS records with application data that went to the relay over a connection, in their order.
    pub(crate) fn sent_records(&self, connection: usize) -> Vec<usize> {
        let [to_relay, _] = &lock(&self.record)[connection];
        let (mut rest, mut lengths) = (to_relay.as_slice(), Vec::new());
        while let [kind, _, _, high, low, after @ ..] = rest {
            let length = usize::from(*high) << 8 | usize::from(*low);
            if *kind == APPLICATION_DATA {
                lengths.push(length);
            }
            rest = after.get(length..).unwrap_or_default();
        }
        lengths
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut note: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut buffer)
        && count > 0
    {
        note(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn lock(record: &Record) -> std::sync::MutexGuard<'_, Vec<[Vec<u8>; 2]>> {
    record.lock().unwrap_or_else(PoisonError::into_inner)
}

/// RFC 8446, section 5.1. With TLS 1.3 the rest of the handshake looks like it, too.
const APPLICATION_DATA: u8 = 23;
