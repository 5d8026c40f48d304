//! How a command ends when it does not end well: a sentence for people and an exit code for scripts.

use std::process::ExitCode;

/// Why a command ended without doing all it was asked. `Display` says what happened, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct Failure {
    code: Code,
    text: String,
}

/// The exit codes that scripts rely on (design section 5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Code {
    /// It did not work.
    Failed = 1,
    /// It was asked for in a way that cannot work.
    Usage = 2,
    /// It was refused: wrong key.
    Refused = 3,
}

impl Failure {
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self { code: Code::Failed, text: text.into() }
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self { code: Code::Usage, text: text.into() }
    }

    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self { code: Code::Refused, text: text.into() }
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.code as u8)
    }

    /// The name of the code in JSON events.
    pub(crate) fn kind(&self) -> &'static str {
        match self.code {
            Code::Failed => "failed",
            Code::Usage => "usage",
            Code::Refused => "refused",
        }
    }
}
