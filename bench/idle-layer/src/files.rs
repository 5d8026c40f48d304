//! How fast one file goes to a relay's disk and comes back, over TLS on loopback.

use std::sync::Arc;
use std::time::Instant;

use keyroom_relay::{Config, Ground, Now, Purpose, Ticket};
use keyroom_types::{FileId, RoomId};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub(crate) fn measure() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let dir = std::env::temp_dir().join(format!("keyroom-bench-files-{}", std::process::id()));
        let config = Config {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            data: Some(dir.clone()),
            ..Config::default()
        };
        let ground = Ground::open(&config).unwrap();
        let tickets = ground.tickets().unwrap();
        let running =
            keyroom_relay::serve(&config, ground, Arc::new(crate::layers::Echo), || true).await.unwrap();
        for purpose in [Purpose::Put, Purpose::Get] {
            let ticket = Ticket {
                purpose,
                room: RoomId::from_bytes([1; 16]),
                file: FileId::from_bytes([2; 16]),
                size: BYTES,
                expires: Now::read().wall.plus_millis(600_000),
            };
            let socket = TcpStream::connect(running.addresses()[0]).await.unwrap();
            let connector = TlsConnector::from(Arc::new(crate::client::trusting()));
            let name = ServerName::try_from("localhost").unwrap();
            let mut stream = connector.connect(name, socket).await.unwrap();
            let started = Instant::now();
            let (verb, length) = if purpose == Purpose::Put { ("PUT", BYTES) } else { ("GET", 0) };
            let head = format!(
                "{verb} /v1/blob/{} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n",
                ticket.file,
                tickets.mint(&ticket)
            );
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut piece = vec![7; 64 << 10];
            for _ in 0..length / (64 << 10) {
                stream.write_all(&piece).await.unwrap();
            }
            stream.flush().await.unwrap();
            let mut came = 0;
            while let Ok(count @ 1..) = stream.read(&mut piece).await {
                came += count;
            }
            let rate = (BYTES >> 20) as f64 / started.elapsed().as_secs_f64();
            println!("{verb} {rate:.0} MiB/s ({came} bytes answered)");
        }
        std::fs::remove_dir_all(dir).unwrap();
    });
}

const BYTES: u64 = 1 << 30;
