//! One message to 200 peers: from the send call to the last peer's receipt, beside a plain Python relay of
//! tokens, in one run. How to: `bench/README.md`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark's table is its result")]

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use keyroom_client::{Config, Engine, Event, HostOptions, Listen, RoomEvent, RoomId};
use keyroom_fernet::Cipher;
use keyroom_testkit::process::Running;
use keyroom_testkit::python::interpreter;
use keyroom_types::Key;

fn main() -> Result<(), Box<dyn Error>> {
    let key = Key::from_bytes([7; Key::BYTES]);
    let (engine, room, at) = host(&key)?;
    let mut guests = connect(at, PEERS)?;
    // One more, whose tokens go through the host to the others; it gets what the host says, too.
    let mut author = connect(at, 1)?.remove(0);

    let mut relay = Running::start(Command::new(interpreter()?).arg("-u").arg(RELAY));
    let port: u16 = relay.line_after("port: ").parse()?;
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut relayed = connect(at, PEERS)?;
    let mut relay_author = connect(at, 1)?.remove(0);

    let cipher = Cipher::new(&key);
    let (mut said, mut through, mut python) = (Vec::new(), Vec::new(), Vec::new());
    let mut sealed = 0_u128;
    let mut seal = || {
        sealed += 1;
        cipher
            .seal(TEXT.as_bytes(), 1_700_000_000, sealed.to_be_bytes())
            .map(keyroom_fernet::Token::into_bytes)
    };
    let chars = seal()?.len();
    for round in 0..WARM_UP + ROUNDS {
        let begun = Instant::now();
        engine.say(room, TEXT);
        let one = last_receipt(begun, &mut guests, chars)?;
        author.read_exact(&mut vec![0; chars])?;
        std::thread::sleep(BETWEEN);

        let begun = Instant::now();
        author.write_all(&seal()?)?;
        let two = last_receipt(begun, &mut guests, chars)?;
        std::thread::sleep(BETWEEN);

        let begun = Instant::now();
        relay_author.write_all(&seal()?)?;
        let three = last_receipt(begun, &mut relayed, chars)?;
        std::thread::sleep(BETWEEN);

        if round >= WARM_UP {
            said.push(one);
            through.push(two);
            python.push(three);
        }
    }
    println!("{ROUNDS} interleaved rounds, {PEERS} peers, {chars} characters a token, ms\n");
    println!("| | p50 | p99 |");
    println!("|---|---:|---:|");
    print("Keyroom host says it", &mut said);
    print("a guest says it, through a Keyroom host", &mut through);
    print("a peer says it, through the Python relay", &mut python);
    engine.shutdown();
    Ok(())
}

fn host(key: &Key) -> Result<(Engine, RoomId, SocketAddr), Box<dyn Error>> {
    let (engine, mut events) = Engine::start_with_events(Config::in_memory())?;
    let listen = Listen::At(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]);
    let mut options = HostOptions::new("bench".parse()?, "bench".parse()?, listen);
    options.key = Some(key.clone());
    let room = engine.host(options);
    let at = events.wait_for(PATIENCE, |event| match event {
        Event::Room { event: RoomEvent::Opened(opened), .. } => opened.listening.first().copied(),
        _ => None,
    });
    // Taken as a face takes them, so that they do not pile up.
    std::thread::spawn(move || events.for_each(drop));
    Ok((engine, room, at.ok_or("the room did not open")?))
}

fn connect(at: SocketAddr, count: usize) -> Result<Vec<TcpStream>, Box<dyn Error>> {
    let connect = |_| {
        let stream = TcpStream::connect(at)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(stream)
    };
    let streams = (0..count).map(connect).collect::<Result<Vec<_>, std::io::Error>>()?;
    // Accepted by the kernel is not yet known to the room.
    std::thread::sleep(Duration::from_millis(200));
    Ok(streams)
}

/// Reads one token from each peer; the time from `begun` to the last.
///
/// Both write in the order in which the peers came, so the last is waited for first: a reader that woke up for
/// each would take its processor from the writer.
fn last_receipt(begun: Instant, peers: &mut [TcpStream], chars: usize) -> Result<Duration, std::io::Error> {
    let mut token = vec![0; chars];
    for peer in peers.iter_mut().rev() {
        peer.read_exact(&mut token)?;
    }
    Ok(begun.elapsed())
}

fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let ms = |share: usize| times.get(times.len() * share / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    println!("| {what} | {:.2} | {:.2} |", ms(50), ms(99));
}

const PEERS: usize = 200;
const ROUNDS: usize = 300;
const WARM_UP: usize = 20;
const TEXT: &str = "sixty bytes, about as long as what people say to each other.";
/// Longer than the pace, which would otherwise be measured.
const BETWEEN: Duration = Duration::from_millis(12);
const PATIENCE: Duration = Duration::from_secs(30);
const RELAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/relay.py");
