//! A plain way from one to another: a thread that reads from one TLS connection and writes to another.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use keyroom_bench_load::Samples;
use rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::Result;

/// From the write at one client to the whole message at another, so many times.
pub(crate) fn passing(rounds: usize, bytes: usize, pause: Duration) -> Result<Samples> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let server = ServerConfig::builder().with_no_client_auth();
    let server = Arc::new(server.with_single_cert(vec![own.cert.der().clone()], key.into())?);
    let mut roots = RootCertStore::empty();
    roots.add(own.cert.der().clone())?;
    let client = Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth());
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let dial = || -> Result<_> {
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from("localhost")?;
        Ok(StreamOwned::new(ClientConnection::new(Arc::clone(&client), name)?, socket))
    };
    let accept = || -> Result<_> {
        let (socket, _) = listener.accept()?;
        socket.set_nodelay(true)?;
        Ok(StreamOwned::new(ServerConnection::new(Arc::clone(&server))?, socket))
    };
    let (mut from, mut relayed_from) = (dial()?, accept()?);
    let (mut to, mut relayed_to) = (dial()?, accept()?);
    // Each ends when what it reads from ends.
    thread::spawn(move || pass(&mut relayed_from, &mut relayed_to, bytes));
    let (tell, told) = mpsc::channel();
    thread::spawn(move || -> std::io::Result<()> {
        let mut message = vec![0; bytes];
        loop {
            to.read_exact(&mut message)?;
            let _ = tell.send(Instant::now());
        }
    });
    let message = vec![7; bytes];
    let mut samples = Samples::default();
    for round in 0..rounds + WARM {
        let begun = Instant::now();
        from.write_all(&message)?;
        from.flush()?;
        let at = told.recv_timeout(Duration::from_secs(10))?;
        if round >= WARM {
            samples.push(at.saturating_duration_since(begun));
        }
        thread::sleep(pause);
    }
    Ok(samples)
}

fn pass(from: &mut impl Read, to: &mut impl Write, bytes: usize) -> std::io::Result<()> {
    let mut message = vec![0; bytes];
    loop {
        from.read_exact(&mut message)?;
        to.write_all(&message)?;
        to.flush()?;
    }
}

const WARM: usize = 20;
