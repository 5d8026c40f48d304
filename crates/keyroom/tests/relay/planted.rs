//! Strings planted by strangers: in bodies, ids, paths. Neither the relay's directory nor its log may show them.

use std::path::Path;

use keyroom_fernet::Cipher;
use keyroom_testkit::member::Member;
use keyroom_testkit::relay::Relay;
use keyroom_types::{Key, RoomId};

use crate::support::{KEYROOM, Scratch, page};

/// Attack matrix rows 7 and 24.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strangers_plant_is_in_no_file_name_no_readable_content_and_no_log() {
    let scratch = Scratch::new("planted");
    let mut relay = Relay::start(KEYROOM, &["--verbose", "--data", scratch.path()]);
    let (address, pin) = (relay.address().clone(), relay.pin());
    let room = RoomId::from_bytes(*b"PLANTED-ROOM\x1b[31");
    let founder = Member::founder(&address, pin, room, 0);
    founder.until("the room is made", |founder| founder.look(|mind| mind.is_in())).await;
    // Members seal what they say; the relay's part is to add nothing to it.
    let cipher = Cipher::new(&Key::from_bytes([9; 32]));
    for number in 1..=20 {
        let sealed = cipher.seal(b"PLANTED-TEXT", 1_700_000_000, [3; 16]).unwrap();
        let sealed = sealed.as_bytes().to_vec();
        founder.tell(|mind| mind.say_this(number, sealed.into()));
    }
    founder.until("all is said", |founder| founder.look(|mind| mind.is_done())).await;
    for path in [
        "/PLANTED-PATH",
        "/v1/blob/../../../../tmp/PLANTED-FILE",
        "/v1/blob/PLANTED%1b[31m%0d%0aPLANTED",
        "/v1/blob/UExBTlRFRC1GSUxFISEhIQ",
    ] {
        assert!(page(&relay, path).0 >= 400);
    }
    drop(founder);
    let (code, log) = relay.end();
    assert_eq!(code, Some(0));

    for file in files(Path::new(scratch.path())) {
        let name = file.strip_prefix(scratch.path()).unwrap().to_string_lossy().into_owned();
        assert!(!name.contains("PLANTED"), "{name}");
        let bytes = std::fs::read(&file).unwrap();
        assert!(!contains(&bytes, b"PLANTED-TEXT"), "in {name}");
        assert!(!contains(&bytes, b"PLANTED-PATH") && !contains(&bytes, b"PLANTED-FILE"), "in {name}");
    }
    assert!(!log.contains("PLANTED"), "{log}");
    assert!(log.chars().all(|ch| ch == '\n' || !ch.is_control()), "{log:?}");
    let others = log.replace(&relay.address().to_string(), "");
    assert!(!others.contains("127.0.0.1"), "no address of a client: {others}");
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
