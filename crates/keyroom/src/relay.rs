//! `keyroom relay`: keeps rooms for others until it is asked to end.

use std::io::Write as _;
use std::path::Path;

use keyroom_client::reachable;
use keyroom_relay::{Config, ConfigError, Started, back_up, check, start_log};
use keyroom_types::{Address, Place, RelayReference};

use crate::cli::{Global, RelayArgs, RelayVerb};
use crate::failure::Failure;

/// Serves, or does what can be done beside a relay that runs.
pub(crate) fn run(global: &Global, args: &RelayArgs) -> Result<(), Failure> {
    match &args.verb {
        None => serve(global, args),
        Some(RelayVerb::CheckConfig) => check_config(global, args),
        Some(RelayVerb::Backup { to }) => backup(global, args, to),
    }
}

/// Serves until Ctrl-C or a request to end. Says where first, in lines that scripts read. At SIGHUP it reads its
/// configuration again.
fn serve(global: &Global, args: &RelayArgs) -> Result<(), Failure> {
    let config = configuration(global, args).map_err(|error| Failure::usage(sentence(&error)))?;
    config.check().map_err(|error| Failure::usage(sentence(&error)))?;
    start_log(&config);
    let again = || configuration(global, args);
    keyroom_relay::run(&config, again, |started| announce(&config, started))
        .map_err(|error| Failure::failed(sentence(&error)))
}

/// Says what a relay would do with this configuration.
fn check_config(global: &Global, args: &RelayArgs) -> Result<(), Failure> {
    let config = configuration(global, args).map_err(|error| Failure::usage(sentence(&error)))?;
    let said = check(&config).map_err(|error| Failure::usage(sentence(&error)))?;
    let first = match &args.config {
        Some(file) => format!("The relay could start with {}.", file.display()),
        None => "The relay could start without a configuration file.".to_owned(),
    };
    say(&format!("{first}\n{}\n", said.join("\n")));
    Ok(())
}

fn backup(global: &Global, args: &RelayArgs, to: &Path) -> Result<(), Failure> {
    let config = configuration(global, args).map_err(|error| Failure::usage(sentence(&error)))?;
    let data = config.data_dir().map_err(|error| Failure::usage(sentence(&error)))?;
    let data = data.ok_or_else(|| {
        Failure::usage(
            "This relay keeps nothing on disk, so there is nothing to back up. Leave --memory out.",
        )
    })?;
    let copied = back_up(&data, to).map_err(|error| Failure::failed(sentence(&error)))?;
    say(&format!(
        "Backed up {} rooms with {} envelopes, and {} files, {} bytes in all, to {}.\n",
        copied.rooms,
        copied.envelopes,
        copied.files,
        copied.bytes,
        to.display()
    ));
    Ok(())
}

/// The file, and what the command line overrides.
fn configuration(global: &Global, args: &RelayArgs) -> Result<Config, ConfigError> {
    let mut config = args.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load)?;
    if !args.listen.is_empty() {
        config.listen.clone_from(&args.listen);
        config.written.forget("listen");
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
    Ok(config)
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
    say(&out);
}

/// To standard output; who does not read it any more need not.
fn say(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
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
