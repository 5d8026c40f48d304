//! What the disk alone takes, measured beside the servers.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::server::Scratch;
use crate::{Fault, Samples};

/// Appends 256 bytes to a file in `dir` and waits for `fdatasync`, again and again for so long, each this long after the one
/// before began: a disk that had nothing to do meanwhile, and the threads that wait for it, are slower than busy ones.
///
/// # Errors
/// The file cannot be written.
pub fn fdatasync(dir: &Path, time: Duration, each: Duration) -> Result<Samples, Fault> {
    let files = Scratch::new(dir)?;
    let mut file = File::create(files.0.join("probe"))?;
    let mut samples = Samples::default();
    let until = Instant::now() + time;
    while Instant::now() < until {
        let begun = Instant::now();
        file.write_all(&[0; 256])?;
        file.sync_data()?;
        samples.push(begun.elapsed());
        std::thread::sleep((begun + each).saturating_duration_since(Instant::now()));
    }
    Ok(samples)
}
