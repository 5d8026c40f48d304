//! What strangers and members say does not turn up where it should not: in the relay's directory, in its log.

use std::fs;
use std::path::{Path, PathBuf};

use keyroom_fernet::Cipher;
use keyroom_testkit::crowd::{Crowd, FilePurpose, Say};
use keyroom_testkit::https;
use keyroom_testkit::pair::Dice;
use keyroom_testkit::relay::Relay;
use keyroom_testkit::scratch::Scratch;
use keyroom_types::{EnvelopeId, FileId, Key, RoomId};

use crate::{UNBOUND, relay};

/// Attack matrix rows 7 and 24.
#[test]
fn neither_plaintext_nor_strangers_words_turn_up_in_the_relays_directory_or_log() {
    let scratch = Scratch::new("canaries");
    let mut relay = relay(scratch.path(), &format!("log_level = \"debug\"\n{UNBOUND}"));
    let mut crowd = Crowd::new(relay.way(), 7);
    let cipher = Cipher::new(&Key::from_bytes([7; 32]));
    let mut dice = Dice::new(7);

    let mut sealed_ones = Vec::new();
    // Ids are bytes: nothing keeps a client from writing words, paths and escapes in them.
    let room = crowd.found_as(RoomId::from_bytes(*ROOM), 3);
    for (number, id) in IDS.iter().enumerate() {
        let text = format!("{TEXT} {number} \u{1b}]0;{TEXT}\u{7}");
        let sealed = cipher.seal(text.as_bytes(), 1_800_000_000, dice.bytes()).expect("it is short");
        sealed_ones.push(sealed.as_str().to_owned());
        let say = Say { ids: vec![EnvelopeId::from_bytes(**id)], ..Say::message(sealed.into_bytes()) };
        crowd.say(room[number % room.len()], [say]);
    }
    crowd.wait("all is said", |all| room.iter().all(|&member| all[member].is_done()));
    for id in FILES {
        file(&crowd, &relay, room[0], FileId::from_bytes(**id), &cipher, &mut dice);
    }
    for bytes in strangers_requests() {
        // Refused or cut off: whatever it is, the relay goes on.
        let _ = https::request(relay.way(), &bytes);
    }
    assert_eq!(https::get(relay.way(), "/healthz").status, 200);
    crowd.settle(&room);
    assert_eq!(relay.end(), Some(0));

    let files = files_below(&scratch.path().join("data"));
    assert!(files.iter().any(|path| path.starts_with(scratch.path().join("data/files"))), "{files:?}");
    for path in &files {
        let bytes = fs::read(path).expect("the relay ended");
        for canary in [TEXT, PATH, HEADER] {
            assert!(!contains(&bytes, canary.as_bytes()), "{canary} is in {}", path.display());
        }
        let name = path.file_name().and_then(|name| name.to_str()).expect("names are plain");
        let plain = |ch: char| ch.is_ascii_lowercase() || ch.is_ascii_digit() || "._-".contains(ch);
        assert!(name.chars().all(plain) && !name.contains(".."), "{name:?} is a name");
    }
    // The search finds what is there: what was sealed is.
    for sealed in &sealed_ones {
        let kept = files.iter().any(|path| contains(&fs::read(path).unwrap_or_default(), sealed.as_bytes()));
        assert!(kept, "a sealed message is in the directory");
    }
    let outside = files_below(scratch.path()).len() - files.len();
    assert_eq!(outside, 1, "nothing but the configuration file is beside the data directory");

    let said = relay.said().join("\n");
    assert!(said.contains("connected with"), "the log is on: {said}");
    assert!(said.chars().all(|ch| ch == '\n' || !ch.is_control()), "{said:?}");
    let ids = IDS.iter().chain(FILES).chain([&ROOM]);
    let shown = ids.clone().map(|id| FileId::from_bytes(**id).to_string());
    let hex = ids.clone().map(|id| id.iter().map(|byte| format!("{byte:02x}")).collect());
    let words = ids.map(|id| String::from_utf8_lossy(&id[id.len() - 8..]).into_owned());
    let canaries = [TEXT, PATH, HEADER].map(str::to_owned);
    for canary in shown.chain(hex).chain(words).chain(canaries) {
        assert!(!said.contains(&canary), "{canary:?} is in the log: {said}");
    }
    // Where the relay listens is announced; where its clients are is not said.
    let listens = relay.way().address.to_string();
    let rest = said.replace(&listens, "");
    assert!(!rest.contains("127."), "an address is in the log: {rest}");
}

/// Uploads a file and reads it back.
fn file(crowd: &Crowd, relay: &Relay, member: usize, id: FileId, cipher: &Cipher, dice: &mut Dice) {
    let sealed = cipher.seal(TEXT.as_bytes(), 1_800_000_000, dice.bytes()).expect("it is short");
    let bytes = sealed.as_bytes();
    let ticket = crowd.ticket(member, id, FilePurpose::Put, bytes.len() as u64);
    let head = |method: &str, ticket: &str, more: &str| {
        format!(
            "{method} /v1/blob/{id} HTTP/1.1\r\nhost: {HEADER}\r\nauthorization: Bearer {ticket}\r\n\
             user-agent: {HEADER}\r\nconnection: close\r\n{more}\r\n"
        )
    };
    let mut request = head("PUT", &ticket, &format!("content-length: {}\r\n", bytes.len())).into_bytes();
    request.extend_from_slice(bytes);
    assert_eq!(https::request(relay.way(), &request).expect("it is taken").status, 201);
    let ticket = crowd.ticket(member, id, FilePurpose::Get, 0);
    let answer = https::request(relay.way(), head("GET", &ticket, "").as_bytes()).expect("it is there");
    assert_eq!((answer.status, answer.body.as_bytes()), (200, bytes));
}

/// Requests of somebody who wants to be read, or to get out of the directory.
fn strangers_requests() -> Vec<Vec<u8>> {
    let paths = [
        format!("/{PATH}"),
        format!("/v1/blob/{PATH}"),
        format!("/v1/blob/../../{PATH}"),
        format!("/v1/blob/%2e%2e%2f%2e%2e%2f{PATH}"),
        format!("/v1/blob/..\\{PATH}"),
        format!("/v1/link/{PATH}?{PATH}=%1b%5b31m"),
        format!("/\u{1b}]52;c;{PATH}\u{7}"),
        format!("//{PATH}\u{9b}31m"),
    ];
    let methods = ["GET", "PUT", PATH];
    let mut requests = Vec::new();
    for path in &paths {
        for method in methods {
            requests.push(
                format!(
                    "{method} {path} HTTP/1.1\r\nhost: {HEADER}\r\nauthorization: Bearer {HEADER}\u{1b}[2J\r\n\
                     x-forwarded-for: {HEADER}\r\ncontent-length: 4\r\nconnection: close\r\n\r\n{}",
                    &TEXT[..4]
                )
                .into_bytes(),
            );
        }
    }
    requests.push(format!("{PATH}\u{1b}[2J\n\n").into_bytes());
    requests
}

fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).expect("it is a directory") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

const TEXT: &str = "canary-of-a-member-4711";
const PATH: &str = "CANARY-IN-A-PATH-0815";
const HEADER: &str = "canary-in-a-header-1138";
const ROOM: &[u8; 16] = b"../../RoomCanary";
const IDS: &[&[u8; 16]] =
    &[b"../../EnvlCanary", b"\x1b]0;\x07./EnvlCnry1", b"\0\n\r%s%n/EnvlCan2", b"CANARY-ENVELOPE3"];
const FILES: &[&[u8; 16]] = &[b"../../FileCanary", b"/\0\n\x1b[2J.FileCan4", b"CANARY-FILE-ID05"];
