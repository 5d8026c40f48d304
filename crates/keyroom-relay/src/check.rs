//! What a configuration would do, without doing it.

use std::path::Path;

use crate::net::certificate_ends;
use crate::{Config, ConfigError, StartError};

/// Checks all that can be checked of a configuration without starting a relay or changing anything: what it will do, in
/// sentences.
///
/// # Errors
/// Says what would stop the start, and what to do.
pub fn check(config: &Config) -> Result<Vec<String>, StartError> {
    config.check()?;
    let listen: Vec<String> = config.sockets().iter().map(ToString::to_string).collect();
    let mut said = vec![format!("It listens at {}.", listen.join(" and "))];
    said.push(match config.data_dir()? {
        Some(dir) => {
            is_usable(&dir)?;
            format!("It keeps its data in {}.", dir.display())
        }
        None => "It keeps nothing on disk: rooms end with it.".to_owned(),
    });
    said.push(match certificate_ends(config)? {
        Some(days) => {
            format!("It shows a certificate for {}, for {days} more days.", config.names.join(", "))
        }
        None => "It shows a certificate of its own, whose key invites pin.".to_owned(),
    });
    let memory = config.quotas.memory_bytes >> 20;
    said.push(match memory {
        0 => format!("It takes {} connections at once.", config.quotas.links),
        _ => format!(
            "It takes {} connections at once, while it holds less than {memory} MiB.",
            config.quotas.links
        ),
    });
    Ok(said)
}

/// A directory that is not there yet is made at the start.
fn is_usable(dir: &Path) -> Result<(), ConfigError> {
    match std::fs::read_dir(dir) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ConfigError::new(format!(
            "the relay could not use {} as its data directory: {error}. Choose a directory that it may write to with \
             --data DIR",
            dir.display()
        ))),
    }
}
