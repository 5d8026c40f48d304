//! Reads what `strace` wrote.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The calls that change files or make changes durable, and those that say which file is meant.
pub(super) const CALLS: &str = "trace=openat,close,write,pwrite64,pwritev,fsync,fdatasync,ftruncate,fallocate,rename,unlink,unlinkat,mkdir";

/// The file to which the run writes what is acknowledged.
pub(super) const ACKS: &str = "acks";

#[derive(Debug)]
pub(super) enum Event {
    Mkdir(PathBuf),
    Open { path: PathBuf, fd: i64, create: bool },
    Close(i64),
    Write { fd: i64, offset: u64, data: Vec<u8> },
    Truncate { fd: i64, len: u64 },
    Sync(i64),
    Unlink(PathBuf),
    Ack(String),
}

/// Every call that succeeded, in the order in which they ended.
pub(super) fn read(trace: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(trace).unwrap();
    let mut begun: HashMap<&str, &str> = HashMap::new();
    let mut events = Vec::new();
    let mut acks = None;
    for line in text.lines() {
        let (process, call) = line.split_once(' ').unwrap();
        let call = call.trim_start();
        if let Some(call) = call.strip_suffix("<unfinished ...>") {
            begun.insert(process, call);
        } else if let Some(resumed) = call.strip_prefix("<... ") {
            let end = resumed.split_once("resumed>").unwrap().1;
            events.extend(event(&format!("{}{end}", begun.remove(process).unwrap_or_default()), &mut acks));
        } else {
            events.extend(event(call, &mut acks));
        }
    }
    events
}

fn event(call: &str, acks: &mut Option<i64>) -> Option<Event> {
    let (name, rest) = call.split_once('(')?;
    // Some columns of spaces stand before the sign.
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?;
    let result: i64 = result.split_whitespace().next()?.parse().ok()?;
    if result < 0 {
        return None;
    }
    let arguments: Vec<&str> = arguments.split(", ").map(str::trim).collect();
    let fd = || arguments[0].parse::<i64>().unwrap();
    Some(match name {
        "openat" => {
            let path = path(arguments[1]);
            if path.file_name().is_some_and(|name| name == ACKS) {
                *acks = Some(result);
                return None;
            }
            Event::Open { path, fd: result, create: arguments[2].contains("O_CREAT") }
        }
        "close" => Event::Close(fd()),
        "write" if *acks == Some(fd()) => Event::Ack(String::from_utf8(bytes(arguments[1])).unwrap()),
        // The test harness's own words. The store writes at places only, but for its probe for space.
        "write" => return None,
        "pwrite64" => {
            let data = bytes(arguments[1]);
            assert_eq!(i64::try_from(data.len()).unwrap(), result, "a short write, or a cut trace");
            Event::Write { fd: fd(), offset: arguments[3].parse().unwrap(), data }
        }
        "ftruncate" => Event::Truncate { fd: fd(), len: arguments[1].parse().unwrap() },
        "fsync" | "fdatasync" => Event::Sync(fd()),
        "unlink" => Event::Unlink(path(arguments[0])),
        "mkdir" => Event::Mkdir(path(arguments[0])),
        other => panic!("the model of the disk does not know {other}"),
    })
}

fn path(quoted: &str) -> PathBuf {
    PathBuf::from(String::from_utf8(bytes(quoted)).unwrap())
}

/// `"\x6b\x65"` as bytes.
fn bytes(quoted: &str) -> Vec<u8> {
    let inner = quoted.trim().trim_matches('"');
    inner.split("\\x").skip(1).map(|hex| u8::from_str_radix(hex, 16).unwrap()).collect()
}
