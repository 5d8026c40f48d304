//! What each thread of this process took of a processor: what else runs on the machine does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use crate::Result;

/// Processor time by thread, so far.
pub(crate) struct Effort(BTreeMap<u32, Duration>);

/// Processor time between two looks, by who used it.
#[derive(Clone, Copy)]
pub(crate) struct Shares {
    /// One engine's thread.
    pub(crate) ada: Duration,
    /// The other's.
    pub(crate) ben: Duration,
    /// All others but the one that measures: relay, syncs.
    pub(crate) relay: Duration,
}

impl Effort {
    pub(crate) fn now() -> Result<Self> {
        let mut all = BTreeMap::new();
        for task in fs::read_dir("/proc/self/task")? {
            let path = task?.path();
            // A thread that ended just now is in no list any more.
            let (Some(id), Ok(text)) = (thread(&path), fs::read_to_string(path.join("schedstat"))) else {
                continue;
            };
            let nanos = text.split_ascii_whitespace().next().unwrap_or("0").parse()?;
            all.insert(id, Duration::from_nanos(nanos));
        }
        Ok(Self(all))
    }

    /// What was used since an earlier look.
    pub(crate) fn since(&self, earlier: &Self, (ada, ben): (u32, u32)) -> Shares {
        let used = |id: u32| {
            let before = earlier.0.get(&id).copied().unwrap_or_default();
            self.0.get(&id).copied().unwrap_or_default().saturating_sub(before)
        };
        let others = self.0.keys().filter(|id| ![ada, ben, std::process::id()].contains(id));
        Shares { ada: used(ada), ben: used(ben), relay: others.map(|id| used(*id)).sum() }
    }
}

/// The threads that are engines.
pub(crate) fn engines() -> Result<BTreeSet<u32>> {
    let mut engines = BTreeSet::new();
    for task in fs::read_dir("/proc/self/task")? {
        let path = task?.path();
        let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
        if name.trim() == "keyroom-engine" {
            engines.extend(thread(&path));
        }
    }
    Ok(engines)
}

fn thread(path: &std::path::Path) -> Option<u32> {
    path.file_name()?.to_str()?.parse().ok()
}
