//! What the disk itself takes.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::Result;

/// A file that grows by one write and one `fdatasync` at a time.
pub(crate) struct Disk(File);

impl Disk {
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        Ok(Self(File::create(dir.join("disk"))?))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.write_all(bytes)?;
        Ok(self.0.sync_data()?)
    }
}
