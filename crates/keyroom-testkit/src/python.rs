//! A real Python with the pinned `cryptography`: the reference that Fernet rooms are measured against.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The interpreter that tests and benchmarks use: `$KEYROOM_PYTHON`, or `.venv/bin/python` at the workspace's
/// root, or `python3`. Its `cryptography` is of the version that `tests/requirements.txt` pins.
///
/// # Errors
/// [`PythonError`], whose sentence says how to install what lacks. A test that needs Python fails on it: skipping
/// would leave compatibility unproved.
pub fn interpreter() -> Result<PathBuf, PythonError> {
    let python = candidate();
    let asked = Command::new(&python)
        .args(["-c", "import cryptography; print(cryptography.__version__)"])
        .stdin(Stdio::null())
        .output()
        .map_err(|_| PythonError::NotFound { python: python.clone() })?;
    let pinned = pinned();
    let version = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    match version.as_str() {
        version if version == pinned => Ok(python),
        "" => Err(PythonError::NoCryptography { python, pinned }),
        _ => Err(PythonError::OtherVersion { python, version, pinned }),
    }
}

/// A Python program that answers each line with one line, so that thousands of questions cost one start.
#[derive(Debug)]
pub struct Lines {
    child: Child,
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
}

impl Lines {
    /// Starts a script under [`interpreter`]. Its standard error goes to the test's own.
    ///
    /// # Errors
    /// Those of [`interpreter`], or the process does not start.
    pub fn start(script: impl AsRef<OsStr>) -> Result<Self, PythonError> {
        let python = interpreter()?;
        let mut child = Command::new(&python)
            .arg("-u")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|_| PythonError::NotFound { python: python.clone() })?;
        let (Some(ask), Some(answer)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(PythonError::NotFound { python });
        };
        Ok(Self { child, ask, answer: BufReader::new(answer) })
    }

    /// Sends one line and waits for the answer, without its line end.
    ///
    /// # Errors
    /// The program has ended.
    pub fn ask(&mut self, line: &str) -> io::Result<String> {
        self.ask.write_all(line.as_bytes())?;
        self.ask.write_all(b"\n")?;
        self.ask.flush()?;
        let mut answer = String::new();
        if self.answer.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        answer.truncate(answer.trim_end().len());
        Ok(answer)
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // It may have ended by itself; either way no process is left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why there is no Python to compare with.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PythonError {
    /// The interpreter does not start.
    #[error("{python:?} does not start: install Python 3, or name an interpreter in KEYROOM_PYTHON")]
    NotFound {
        /// What was tried.
        python: PathBuf,
    },
    /// The package is not installed.
    #[error("{python:?} cannot import cryptography {pinned}: {HOW}")]
    NoCryptography {
        /// What was asked.
        python: PathBuf,
        /// The version that `tests/requirements.txt` names.
        pinned: String,
    },
    /// The package is of another version, whose decisions may differ.
    #[error("{python:?} has cryptography {version}, the tests need {pinned}: {HOW}")]
    OtherVersion {
        /// What was asked.
        python: PathBuf,
        /// The version it has.
        version: String,
        /// The version that `tests/requirements.txt` names.
        pinned: String,
    },
}

fn candidate() -> PathBuf {
    if let Some(named) = env::var_os("KEYROOM_PYTHON").filter(|named| !named.is_empty()) {
        return named.into();
    }
    let own = Path::new(ROOT).join(".venv/bin/python");
    if own.exists() { own } else { "python3".into() }
}

fn pinned() -> String {
    let pin = REQUIREMENTS.lines().find_map(|line| line.trim().strip_prefix("cryptography=="));
    pin.unwrap_or_default().to_owned()
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const REQUIREMENTS: &str = include_str!("../../../tests/requirements.txt");
const HOW: &str =
    "at the workspace's root run `python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_pin_one_version() {
        assert!(pinned().split('.').all(|part| part.parse::<u32>().is_ok()), "{:?}", pinned());
    }

    #[test]
    fn every_error_says_what_to_do() {
        let (python, pinned) = (PathBuf::from("python3"), pinned());
        let errors = [
            PythonError::NotFound { python: python.clone() },
            PythonError::NoCryptography { python: python.clone(), pinned: pinned.clone() },
            PythonError::OtherVersion { python, version: "1.0".to_owned(), pinned },
        ];
        assert!(errors.iter().all(|error| error.to_string().contains("install")));
    }
}
