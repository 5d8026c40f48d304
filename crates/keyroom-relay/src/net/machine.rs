//! What the system says of the process and its disk, for whoever reads the metrics.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;

use super::shared::Shared;

/// Adds these to the metrics. What the system does not say is left out.
pub(super) fn expose<S: Send + Sync + 'static>(shared: &Arc<Shared<S>>, data: Option<PathBuf>) {
    let seen: Weak<Shared<S>> = Arc::downgrade(shared);
    let ready = move || seen.upgrade().is_some_and(|shared| shared.is_ready());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let started = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let machine = Machine { data, started, ready: Box::new(ready) };
    shared.metrics.register(|registry| {
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "Version of the program", Info::new(version.to_vec()));
        registry.register_collector(Box::new(machine));
    });
}

struct Machine {
    data: Option<PathBuf>,
    started: i64,
    ready: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Machine {
    /// Name, help and value.
    fn gauges(&self) -> Vec<(&'static str, &'static str, Option<u64>)> {
        let database = self.data.as_ref().map(|data| data.join("rooms").join("rooms.db"));
        let bytes = |name: &str| {
            let path = database.as_ref()?.with_file_name(name);
            std::fs::metadata(path).ok().map(|file| file.len())
        };
        vec![
            ("ready", "1 while clients should come here, as /readyz says", Some(u64::from((self.ready)()))),
            (
                "start_time_seconds",
                "When it started, in seconds since 1970",
                u64::try_from(self.started).ok(),
            ),
            ("memory_bytes", "Memory that the process holds", resident()),
            ("open_files", "File descriptors in use", open_files()),
            ("open_files_limit", "File descriptors that it may use", open_files_limit()),
            ("store_bytes", "Size of the rooms' database", bytes("rooms.db")),
            ("store_log_bytes", "Size of its write-ahead log", bytes("rooms.db-wal")),
            ("disk_free_bytes", "Free space on the disk of the data directory", self.disk_free()),
        ]
    }

    #[cfg(unix)]
    fn disk_free(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(self.data.as_ref()?).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    #[cfg(not(unix))]
    fn disk_free(&self) -> Option<u64> {
        None
    }
}

impl Collector for Machine {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, help, value) in self.gauges() {
            if let Some(value) = value {
                let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
                gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Machine(..)")
    }
}

/// Resident memory in bytes (proc(5), `statm`).
pub(super) fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    pages.checked_mul(page_bytes())
}

#[cfg(unix)]
fn page_bytes() -> u64 {
    rustix::param::page_size() as u64
}

#[cfg(not(unix))]
fn page_bytes() -> u64 {
    4 << 10
}

fn open_files() -> Option<u64> {
    // The one that reads the directory is not counted.
    Some((std::fs::read_dir("/proc/self/fd").ok()?.count() as u64).saturating_sub(1))
}

#[cfg(unix)]
pub(super) fn open_files_limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
pub(super) fn open_files_limit() -> Option<u64> {
    None
}
