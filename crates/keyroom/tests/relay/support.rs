//! What these tests share.

use std::path::PathBuf;

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
