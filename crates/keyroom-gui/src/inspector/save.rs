//! Saving an inspection where a person finds it: a new file in the folder of downloads.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use keyroom_view::{Export, Saving, words as say};

use super::picture;

/// Writes a new file into the folder, or into that of downloads, and gives where it is. No file that is there is touched.
pub(super) fn save(saving: Saving, folder: Option<&Path>) -> Result<PathBuf, String> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => downloads().ok_or_else(|| say::NO_FOLDER.to_owned())?,
    };
    let (bytes, ending) = match saving.what {
        Export::Text(text) => (text.into_bytes(), "txt"),
        Export::Picture(picture) => (picture::draw(&picture)?, "png"),
    };
    let (mut file, path) = new_file(&folder, &saving.name, ending).map_err(|error| error.to_string())?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(|error| {
        // Half of an inspection is none.
        let _ = std::fs::remove_file(&path);
        error.to_string()
    })?;
    Ok(path)
}

/// `NAME.txt`, or `NAME-2.txt` where that is taken, and so on.
fn new_file(folder: &Path, name: &str, ending: &str) -> io::Result<(File, PathBuf)> {
    let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 1..=MOST {
        let name = if number == 1 { format!("{name}.{ending}") } else { format!("{name}-{number}.{ending}") };
        let path = folder.join(name);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

/// The folder that the desktop calls so; else `Downloads` in the home folder, or that itself.
fn downloads() -> Option<PathBuf> {
    let home = std::env::home_dir().filter(|home| home.is_absolute())?;
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let dirs = config.unwrap_or_else(|| home.join(".config")).join("user-dirs.dirs");
    let named = std::fs::read_to_string(dirs).ok().and_then(|dirs| named(&dirs, &home));
    let usual = home.join("Downloads");
    named.filter(|folder| folder.is_dir()).or_else(|| usual.is_dir().then_some(usual)).or(Some(home))
}

/// `XDG_DOWNLOAD_DIR="$HOME/Downloads"`, as xdg-user-dirs writes it.
fn named(dirs: &str, home: &Path) -> Option<PathBuf> {
    let line = dirs.lines().find_map(|line| line.trim().strip_prefix("XDG_DOWNLOAD_DIR="))?;
    let path = line.trim().trim_matches('"');
    match path.strip_prefix("$HOME") {
        Some(rest) => Some(home.join(rest.trim_start_matches('/'))),
        None => Some(PathBuf::from(path)).filter(|path| path.is_absolute()),
    }
}

/// More files of one name than this are not looked through.
const MOST: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_downloads_is_the_one_that_the_desktop_names() {
        let home = Path::new("/home/anna");
        let dirs =
            "# a comment\nXDG_DESKTOP_DIR=\"$HOME/Desktop\"\nXDG_DOWNLOAD_DIR=\"$HOME/Hereingeladen\"\n";
        assert_eq!(named(dirs, home), Some(PathBuf::from("/home/anna/Hereingeladen")));
        assert_eq!(named("XDG_DOWNLOAD_DIR=\"/data/new\"", home), Some(PathBuf::from("/data/new")));
        assert_eq!(named("XDG_DOWNLOAD_DIR=\"relative\"", home), None);
        assert_eq!(named("", home), None);
    }

    #[test]
    fn a_file_that_is_there_is_never_written_over() {
        let folder = std::env::temp_dir().join(format!("keyroom-save-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let text = |text: &str| Saving { name: "a".to_owned(), what: Export::Text(text.to_owned()) };
        let first = save(text("one"), Some(&folder)).expect("it is saved");
        let second = save(text("two"), Some(&folder)).expect("it is saved");
        assert_eq!((first, second.clone()), (folder.join("a.txt"), folder.join("a-2.txt")));
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("it is there");
        assert_eq!((read("a.txt").as_str(), read("a-2.txt").as_str()), ("one", "two"));
        std::fs::remove_dir_all(&folder).expect("it goes");
        assert!(save(text("three"), Some(&folder)).is_err(), "the folder is gone");
    }
}
