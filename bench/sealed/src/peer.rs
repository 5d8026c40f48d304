//! `nats-server`, where it is in the path: the same message from one client to another through it, over TLS.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyroom_bench_load::{Crowd, Keeping, Pace, Samples, Server};

use crate::Result;

/// From the call that publishes to the receipt of the only subscriber. `None`: there is no `nats-server`.
pub(crate) fn nats(files: &Path, bytes: usize) -> Result<Option<Samples>> {
    let Some(program) = found("nats-server") else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::nats(&program, Keeping::Nothing, files)?;
        let mut crowd = Crowd::gather(server, 1, 1, true).await?;
        let pace = |time| Pace { rate: 200, time, bytes };
        crowd.paced(pace(Duration::from_millis(500))).await?;
        crowd.times();
        crowd.paced(pace(Duration::from_secs(3))).await?;
        Ok(Some(crowd.times()))
    })
}

fn found(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
