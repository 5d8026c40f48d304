//! Where a key comes from: a file, standard input, or a prompt. Never an argument.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use keyroom_types::{Address, Invite, Key};
use zeroize::Zeroizing;

use crate::cli::KeyArgs;
use crate::failure::Failure;
use crate::input::Lines;

/// What opens a room: a whole invite, or a bare key.
pub(crate) enum Opener {
    Invite(Invite),
    Key(Key),
}

impl Opener {
    /// Reads either, and says what is wrong with the one that it looks like.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if Invite::is_meant(text) {
            return match Invite::parse(text) {
                Ok(invite) => Ok(Self::Invite(invite)),
                Err(error) => Err(Failure::usage(format!(
                    "The invite cannot be used: {error}. Copy it again from the host's window, whole."
                ))),
            };
        }
        Key::parse(text).map(Self::Key).map_err(|error| {
            Failure::usage(format!(
                "The key cannot be used: {error}. Copy it again from the host's window, whole."
            ))
        })
    }

    /// Where it says the room is; nowhere for a bare key.
    pub(crate) fn addresses(&self) -> &[Address] {
        match self {
            Self::Invite(invite) => invite.addresses(),
            Self::Key(_) => &[],
        }
    }

    /// Whether it is an invite to a Fernet room; `None` for a bare key, which does not say.
    pub(crate) fn is_fernet(&self) -> Option<bool> {
        match self {
            Self::Invite(invite) => Some(matches!(invite, Invite::Fernet(_))),
            Self::Key(_) => None,
        }
    }

    /// The key in it.
    pub(crate) fn key(&self) -> &Key {
        match self {
            Self::Invite(invite) => invite.key(),
            Self::Key(key) => key,
        }
    }
}

/// Reads the opener from where the arguments say; `None` where they say nothing.
pub(crate) fn given(
    args: &KeyArgs,
    lines: &mut Lines<std::io::StdinLock<'static>>,
) -> Result<Option<Opener>, Failure> {
    if let Some(path) = &args.key_file {
        return Opener::parse(&from_file(path)?).map(Some);
    }
    if args.key_stdin {
        return from_line(lines, "").map(Some);
    }
    Ok(None)
}

/// Reads the opener from a line of standard input, typed without echo where that is a terminal.
pub(crate) fn from_line(
    lines: &mut Lines<std::io::StdinLock<'static>>,
    prompt: &str,
) -> Result<Opener, Failure> {
    let line = lines
        .secret(prompt)
        .map_err(|error| Failure::failed(format!("Standard input cannot be read: {error}.")))?;
    let line = line.ok_or_else(|| {
        Failure::usage("Standard input ended before a key came. Give the key on its first line.")
    })?;
    Opener::parse(&line)
}

/// Refuses a secret given as an argument: every program on the computer can read those.
pub(crate) fn refuse_in_argument(argument: &str) -> Result<(), Failure> {
    if !Invite::is_meant(argument) && !argument.contains('#') && Key::parse(argument).is_err() {
        return Ok(());
    }
    Err(Failure::usage(
        "A key or an invite is never taken from the command line: every program on this computer can read it there, \
         and the shell keeps it in its history. Leave it out and paste it when asked, or use --key-file or --key-stdin. \
         If others use this computer, make a new key.",
    ))
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("The key file {} cannot be used: {why}.", path.display()))
    };
    let file = File::open(path).map_err(|error| cannot(&error))?;
    // Room for the whole text at once, so that no half-read copy is left behind by a growing buffer.
    let mut text = Zeroizing::new(String::with_capacity(Invite::MAX_BYTES + 2));
    let limit = u64::try_from(Invite::MAX_BYTES + 1).unwrap_or(u64::MAX);
    file.take(limit).read_to_string(&mut text).map_err(|error| cannot(&error))?;
    if text.len() > Invite::MAX_BYTES {
        return Err(cannot(&"it is longer than a key or an invite can be"));
    }
    Ok(text)
}
