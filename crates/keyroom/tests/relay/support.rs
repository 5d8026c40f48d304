//! What these tests share.

use std::path::PathBuf;
use std::process::Command;

use keyroom_testkit::relay::Relay;
use keyroom_types::RoomId;

/// The program under test.
pub(crate) const KEYROOM: &str = env!("CARGO_BIN_EXE_keyroom");

/// A directory of this test's own, gone when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("keyroom-relay-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One of several rooms.
pub(crate) fn room(number: u8) -> RoomId {
    RoomId::from_bytes([number; 16])
}

/// What a page of the relay answers to Python's HTTPS client, which is not ours: status and body.
pub(crate) fn page(relay: &Relay, path: &str) -> (u16, String) {
    let program = "import http.client, ssl, sys\n\
        context = ssl._create_unverified_context()\n\
        http = http.client.HTTPSConnection(sys.argv[1], int(sys.argv[2]), context=context, timeout=60)\n\
        http.request('GET', sys.argv[3])\n\
        answer = http.getresponse()\n\
        print(answer.status)\n\
        print(answer.read().decode())";
    let (host, port) = (relay.address().host(), relay.address().port().to_string());
    let output = Command::new("python3").args(["-c", program, host, &port, path]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (status, body) = text.split_once('\n').unwrap_or_else(|| panic!("{output:?}"));
    (status.parse().unwrap(), body.to_owned())
}
