//! What the tests of this crate share.

use std::path::{Path, PathBuf};

/// A directory of a test's own, removed at its end.
pub(crate) struct ScratchDir(PathBuf);

impl std::ops::Deref for ScratchDir {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes one.
pub(crate) fn scratch_dir(name: &str) -> ScratchDir {
    let dir = std::env::temp_dir().join(format!("keyroom-relay-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    ScratchDir(dir)
}
