//! `keyroom relay`: keeps rooms for others until it is asked to end.

use std::io::Write as _;

use keyroom_client::reachable;
use keyroom_relay::{Config, Started, Stop, start_log};
use keyroom_types::{Address, Place, RelayReference};

use crate::cli::{Global, RelayArgs};
use crate::failure::Failure;
use crate::interrupt;

/// Serves until Ctrl-C or a request to end. Says where first, in lines that scripts read.
pub(crate) fn run(global: &Global, args: &RelayArgs) -> Result<(), Failure> {
    let mut config = match &args.config {
        Some(file) => Config::load(file).map_err(|error| Failure::usage(sentence(&error)))?,
        None => Config::default(),
    };
    if !args.listen.is_empty() {
        config.listen.clone_from(&args.listen);
    }
    if let Some(data) = &args.data {
        config.data = Some(data.clone());
        config.memory = false;
    }
    if args.memory || global.ephemeral {
        config.memory = true;
        config.data = None;
    }
    if global.verbose {
        config.log_level = keyroom_relay::LogLevel::Debug;
    }
    config.check().map_err(|error| Failure::usage(sentence(&error)))?;
    start_log(&config);
    let stop = Stop::new();
    let asked = stop.clone();
    interrupt::first(move || asked.ask())?;
    keyroom_relay::run(&config, &stop, |started| announce(&config, started))
        .map_err(|error| Failure::failed(sentence(&error)))
}

/// Where the relay is, and what `--at` takes. A script that does not read it any more does not end the relay.
fn announce(config: &Config, started: &Started) {
    let addresses = reachable(&started.addresses);
    let mut out = String::new();
    for address in &addresses {
        out.push_str(&format!("address: {address}\n"));
    }
    for place in places(config, started, addresses) {
        out.push_str(&format!("relay: {}\n", RelayReference::new(place)));
    }
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(out.as_bytes()).and_then(|()| stdout.flush());
}

/// By each of its names, or by its key where it is best reached.
fn places(config: &Config, started: &Started, mut addresses: Vec<Address>) -> Vec<Place> {
    if !started.by_name {
        addresses.truncate(1);
        return Place::pinned(addresses, vec![started.pin]).into_iter().collect();
    }
    let port = started.addresses.first().map_or(HTTPS, std::net::SocketAddr::port);
    let at = |name: &String| format!("{name}:{port}").parse().ok().and_then(Place::named);
    config.names.iter().filter_map(at).collect()
}

/// As a sentence: it begins with a capital letter and ends with a full stop.
fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

const HTTPS: u16 = 443;
