//! A small disk in memory, which can be filled (Linux).

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::scratch::Scratch;

/// A file system in memory of a fixed size; gone when dropped.
#[derive(Debug)]
pub struct Tmpfs {
    scratch: Scratch,
}

impl Tmpfs {
    /// Mounts one of so many bytes.
    ///
    /// # Errors
    /// [`NotPermitted`], which a test prints as the reason why it is skipped.
    pub fn mount(label: &str, bytes: u64) -> Result<Self, NotPermitted> {
        let scratch = Scratch::new(label);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "keyroom-test"]).arg(scratch.path());
        let output = mount.stdin(Stdio::null()).output().map_err(|error| NotPermitted(error.to_string()))?;
        match output.status.success() {
            true => Ok(Self { scratch }),
            false => Err(NotPermitted(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Takes so many bytes of it; the file to remove for them to be free again.
    pub fn ballast(&self, bytes: usize) -> PathBuf {
        let path = self.path().join("ballast");
        let written = File::create(&path).and_then(|mut file| file.write_all(&vec![0; bytes]));
        written.unwrap_or_else(|error| panic!("{} is written: {error}", path.display()));
        path
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily: a program that a failed test left may still have files open there.
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).stderr(Stdio::null()).status();
    }
}

/// This system does not let the test mount anything.
#[derive(Debug)]
pub struct NotPermitted(String);

impl fmt::Display for NotPermitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing can be mounted here: {}", self.0)
    }
}
