//! `keyroom fernet`: keys and single tokens, standard input to standard output.

use std::io::{self, Write as _};
use std::time::SystemTime;

use keyroom_fernet::{Cipher, OpenError, Policy};
use keyroom_types::Key;
use zeroize::Zeroizing;

use crate::cli::{FernetVerb, KeyArgs};
use crate::failure::Failure;
use crate::room::Stdin;
use crate::{input, secret};

pub(crate) fn run(verb: &FernetVerb) -> Result<(), Failure> {
    match verb {
        FernetVerb::Keygen => write(format!("{}\n", fresh_key()?.show().as_str()).as_bytes()),
        FernetVerb::Encrypt { key } => {
            let (cipher, plaintext) = key_and_input(key)?;
            let token = cipher
                .seal(&plaintext, unix_s(), random()?)
                .map_err(|error| Failure::failed(format!("Nothing was encrypted: {error}.")))?;
            write(format!("{token}\n").as_bytes())
        }
        FernetVerb::Decrypt { key, ttl } => {
            let (cipher, token) = key_and_input(key)?;
            let policy = match ttl {
                Some(ttl_s) => Policy::within(unix_s(), *ttl_s, Policy::PYTHON_SKEW_S),
                None => Policy::lenient(),
            };
            let opened = cipher.open(&token, &policy).map_err(refusal)?;
            write(&opened.plaintext)
        }
    }
}

fn refusal(error: OpenError) -> Failure {
    let next = match error {
        OpenError::Expired { .. } => "Ask for a fresh one, or allow more with --ttl.",
        OpenError::FromFuture { .. } => "Compare the clocks of both computers.",
        OpenError::NotAuthentic => "It was made with another key, or changed on the way.",
        _ => "Copy it again, whole.",
    };
    Failure::refused(format!("The token was not opened: {error}. {next}"))
}

/// The key from where the arguments say, and then all of standard input.
fn key_and_input(args: &KeyArgs) -> Result<(Cipher, Zeroizing<Vec<u8>>), Failure> {
    let mut stdin = Stdin::stdin();
    let opener = secret::given(args, &mut stdin)?.ok_or_else(|| {
        Failure::usage(
            "Say where the key is: --key-file F, or --key-stdin for the first line of standard input.",
        )
    })?;
    drop(stdin);
    Ok((Cipher::new(opener.key()), all_input()?))
}

fn all_input() -> Result<Zeroizing<Vec<u8>>, Failure> {
    input::all(INPUT_BYTES, "a token holds at most")
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("Standard output cannot be written: {error}.")))
}

fn fresh_key() -> Result<Key, Failure> {
    random().map(Key::from_bytes)
}

fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed(format!("The system gave no random bytes: {error}.")))?;
    Ok(bytes)
}

fn unix_s() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
}

/// A token is held whole, several times over: enough for any text and for most files.
const INPUT_BYTES: usize = 256 << 20;
