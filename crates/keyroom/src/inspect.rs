//! `keyroom inspect`: what the network saw of a message, how it was opened, and what would have been refused.

mod json;
mod stored;
mod tables;

use std::io::{self, Write as _};
use std::time::SystemTime;

use keyroom_client::inspect::report::Manner;
use keyroom_client::inspect::{Attack, FernetLab, Report, Trial, draw, find, inspect_token, side_by_side};
use keyroom_types::Key;

use crate::cli::{Global, InspectArgs};
use crate::failure::Failure;
use crate::plain::json::rfc3339;
use crate::room::Stdin;
use crate::{input, secret};

/// `keyroom inspect`.
pub(crate) fn run(global: &Global, args: &InspectArgs) -> Result<(), Failure> {
    if args.room.is_some() && (args.key.key_file.is_some() || args.key.key_stdin) {
        return Err(Failure::usage(
            "A room of the profile needs no key to be looked at. --key-file and --key-stdin go with --fernet.",
        ));
    }
    let shown = match (&args.room, &args.message) {
        (None, _) if args.fernet => token(args)?,
        (None, _) if args.compare => return compare(args),
        (None, _) => return print(&stored::keep(global, args)?),
        (Some(_), None) if args.lab => {
            return Err(Failure::usage("The lab attacks one message: name it behind the room."));
        }
        (Some(room), None) => {
            let (name, report) = stored::room(global, room)?;
            return print(&if args.json {
                tables::room_json(&name, &report)?
            } else {
                tables::room(&name, &report)
            });
        }
        (Some(room), Some(message)) => stored::message(global, args, room, message)?,
    };
    print(&if args.json {
        json::message(&shown)?
    } else {
        shown.text(&Manner::english(args.whole, &rfc3339))
    })
}

/// `keyroom inspect --compare`: a text from standard input, both ways.
fn compare(args: &InspectArgs) -> Result<(), Failure> {
    let text =
        String::from_utf8(input()?).map_err(|_| Failure::usage("What came on standard input is no text."))?;
    let sides = side_by_side(&text, now(), true, &mut draw)
        .map_err(|error| Failure::failed(format!("The text cannot be shown both ways: {error}.")))?;
    print(&if args.json { tables::sides_json(&sides)? } else { tables::sides(&sides, args.whole) })
}

/// `keyroom inspect --fernet`: a token from standard input.
fn token(args: &InspectArgs) -> Result<Report, Failure> {
    let mut stdin = Stdin::stdin();
    let opener = secret::given(&args.key, &mut stdin)?;
    drop(stdin);
    let token = input()?;
    let key = opener.as_ref().map(secret::Opener::key);
    let now = now();
    let inspected = inspect_token(&token, key, now, args.ttl);
    let trials = match (args.lab, key) {
        (false, _) => Vec::new(),
        (true, Some(key)) => fernet_lab(key, &token, now),
        (true, None) => {
            return Err(Failure::usage(
                "The lab opens copies of the token, so it needs the key: --key-file F, or --key-stdin for the first line \
                 of standard input.",
            ));
        }
    };
    let text = match &inspected.plaintext {
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None if key.is_some() => "nothing: it was not opened".to_owned(),
        None => "nothing: no key was given".to_owned(),
    };
    Ok(Report {
        see: vec![("text", text)],
        layers: inspected.layers,
        remarks: Vec::new(),
        steps: inspected.steps,
        trials,
    })
}

/// Each attack once, and a flipped bit in each field.
fn fernet_lab(key: &Key, token: &[u8], now: u64) -> Vec<Trial> {
    let mut other = [0; Key::BYTES];
    draw(&mut other);
    let Some(lab) = FernetLab::new(key.clone(), Key::from_bytes(other), token, now) else {
        return Vec::new();
    };
    let named = Attack::NAMED.into_iter();
    let inspected = inspect_token(token, None, now, None);
    let fields = inspected.layers.get(1).map(|layer| layer.fields.as_slice()).unwrap_or_default();
    let flips =
        ["version", "time", "IV", "ciphertext", "HMAC"].into_iter().filter_map(|name| find(fields, name));
    let flips = flips.map(|field| Attack::FlipBit(field.range.end * 8 - 1));
    named.chain(flips).map(|attack| lab.run(attack)).collect()
}

/// All of standard input without white space around it, as peers send tokens.
fn input() -> Result<Vec<u8>, Failure> {
    let input = input::all(INPUT_BYTES, "a token to look at has at most")?;
    let input = input.trim_ascii().to_vec();
    if input.is_empty() {
        return Err(Failure::usage(
            "Nothing came on standard input. With --fernet give a token, such as keyroom fernet encrypt prints; with --compare a text.",
        ));
    }
    Ok(input)
}

fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs())
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::failed(format!("Standard output cannot be written: {error}.")))
}

/// A token is shown with some eighty characters for each 16 bytes.
const INPUT_BYTES: usize = 1 << 20;
