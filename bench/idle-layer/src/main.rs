//! Memory of idle TLS 1.3 and WebSocket connections: one layer beside the other.
//!
//! `keyroom-bench-layers [CONNECTIONS [LAYER…]]` starts, for each layer, a server and a client in processes of their own,
//! opens the connections over loopback, sends one message each way on each, waits, and prints by how much the server
//! grew. Kernel memory (socket buffers) is not in these figures.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for developers, that ends at the first fault"
)]

mod client;
mod layers;

use std::io::{BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LAYERS: [&str; 4] = ["axum", "tungstenite", "own-buffered", "own-unbuffered"];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", layer] => layers::serve(layer),
        ["connect", address, count] => client::hold(address, count.parse().unwrap()),
        ref rest => {
            let count = rest.first().map_or("2000", |count| count);
            let chosen = if rest.len() > 1 { &rest[1..] } else { &LAYERS[..] };
            println!("{count} connections; KiB each of the server's growth");
            println!("{:<16} {:>8} {:>8}", "layer", "RSS", "PSS");
            for layer in chosen {
                measure(layer, count);
            }
        }
    }
}

fn measure(layer: &str, count: &str) {
    let (mut server, mut server_out) = start(&["serve", layer]);
    let address = line(&mut server_out);
    // The first connections pay for what all share: threads, thread-local buffers, allocator arenas.
    let (mut warm, mut warm_out) = start(&["connect", &address, "50"]);
    line(&mut warm_out);
    std::thread::sleep(Duration::from_secs(1));
    let before = memory(&server);
    let (mut client, mut client_out) = start(&["connect", &address, count]);
    line(&mut client_out);
    std::thread::sleep(Duration::from_secs(3));
    let after = memory(&server);
    let each = |at: usize| (after[at] - before[at]) / count.parse::<f64>().unwrap();
    println!("{layer:<16} {:>8.1} {:>8.1}", each(0), each(1));
    for child in [&mut client, &mut warm, &mut server] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn start(args: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut child = command.args(args).stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

fn line(out: &mut impl std::io::BufRead) -> String {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// RSS and PSS of a process in KiB.
fn memory(process: &Child) -> [f64; 2] {
    let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", process.id())).unwrap();
    ["Rss:", "Pss:"].map(|field| {
        let line = rollup.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    })
}

/// Tells the process that started this one.
fn say(text: &str) {
    println!("{text}");
    std::io::stdout().flush().unwrap();
}
