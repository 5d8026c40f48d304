//! What the system says of a process: processor time, memory, open files. Source: proc(5).

use std::fs;
use std::ops::Sub;
use std::path::Path;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Fault;

/// Processor time of a process and all its threads, in user and system mode.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Cpu {
    /// `utime` and `stime` of `/proc/PID/stat`, in steps of a hundredth of a second.
    pub ticks: Duration,
    /// Sum of `/proc/PID/task/*/schedstat`, in nanoseconds; threads that have ended are not in it.
    pub scheduled: Duration,
}

impl Cpu {
    /// What a process has used.
    ///
    /// # Errors
    /// There is no such process.
    pub fn of(process: u32) -> Result<Self, Fault> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        let ticks = ticks(&stat).ok_or_else(|| Fault::Setup("/proc/PID/stat cannot be read".to_owned()))?;
        let mut scheduled = 0;
        for task in fs::read_dir(format!("/proc/{process}/task"))? {
            // A thread may end in between.
            let text = fs::read_to_string(task?.path().join("schedstat")).unwrap_or_default();
            scheduled += text.split(' ').next().and_then(|nanos| nanos.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Self {
            ticks: Duration::from_millis(ticks * 1_000 / clock_ticks_per_second()),
            scheduled: Duration::from_nanos(scheduled),
        })
    }

    /// What this process has used.
    ///
    /// # Errors
    /// The system does not say.
    pub fn own() -> Result<Self, Fault> {
        Self::of(std::process::id())
    }
}

impl Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            ticks: self.ticks.saturating_sub(before.ticks),
            scheduled: self.scheduled.saturating_sub(before.scheduled),
        }
    }
}

/// Fields 14 and 15. The name in field 2 may hold anything, also a parenthesis.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    Some(fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?)
}

/// Memory of a process, from `/proc/PID/smaps_rollup`, in KiB.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Memory {
    /// Its share of what it holds: `Pss`.
    pub pss: u64,
    /// What it holds alone: `Private_Clean` and `Private_Dirty`.
    pub private: u64,
}

impl Memory {
    /// What a process holds.
    ///
    /// # Errors
    /// There is no such process, or it is another user's.
    pub fn of(process: u32) -> Result<Self, Fault> {
        Ok(Self::parse(&fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?))
    }

    fn parse(rollup: &str) -> Self {
        let field = |name: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
        };
        Self { pss: field("Pss"), private: field("Private_Clean") + field("Private_Dirty") }
    }
}

/// Lets this process, and those that it starts, open so many files.
///
/// # Errors
/// The system allows fewer.
pub fn raise_open_files(files: u64) -> Result<(), Fault> {
    let now = getrlimit(Resource::Nofile);
    if now.current.is_none_or(|current| current >= files) {
        return Ok(());
    }
    let maximum = now.maximum.map(|maximum| maximum.max(files));
    setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum }).map_err(|error| {
        Fault::Setup(format!("{files} open files are needed, raise the limit (`ulimit -n {files}`): {error}"))
    })
}

/// Lets this process, and those that it starts, open up to so many files. Returns how many the system allows.
pub fn open_files_up_to(files: u64) -> u64 {
    if raise_open_files(files).is_ok() {
        return files;
    }
    let allowed = getrlimit(Resource::Nofile).maximum.unwrap_or(files);
    // What is allowed already can be had.
    let _ = raise_open_files(allowed);
    allowed
}

/// The kind of file system that a folder is on, as `/proc/mounts` names it.
pub(crate) fn file_system(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or_default();
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    mounts
        .filter(|(at, _)| dir.starts_with(at))
        .max_by_key(|(at, _)| at.len())
        .map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_behind_a_name_with_a_parenthesis() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 250 30 0 0 20 0 4 0 100 1 1";
        assert_eq!(ticks(stat), Some(280));
    }

    #[test]
    fn memory_is_read_by_the_names_of_its_lines() {
        let rollup = "55-7f ---p 00000000 00:00 0 [rollup]\nRss: 900 kB\nPss:  700 kB\nPss_Dirty: 1 kB\n\
                      Private_Clean:  20 kB\nPrivate_Dirty:  300 kB\n";
        assert_eq!(Memory::parse(rollup), Memory { pss: 700, private: 320 });
    }

    #[test]
    fn this_process_uses_time_and_memory() {
        let begun = Cpu::own().unwrap();
        while (Cpu::own().unwrap() - begun).scheduled < Duration::from_millis(5) {}
        assert!(Memory::of(std::process::id()).unwrap().private > 0);
    }
}
