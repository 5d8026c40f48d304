//! `keyroom doctor`: what is right and wrong on this computer, with what to do about it. It changes nothing.

mod checks;

use serde::Serialize;

use crate::cli::{DoctorArgs, Global};
use crate::failure::Failure;
use crate::profile_rooms::print;

/// How one thing is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    /// As it should be.
    Good,
    /// Only said: it is neither right nor wrong.
    Note,
    /// It works, and could be better.
    Warning,
    /// Something does not work, or is not safe.
    Bad,
}

impl Level {
    /// As it begins a line.
    fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Warning => "look",
            Self::Bad => "BAD ",
        }
    }
}

/// What was found.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename = "finding")]
struct Finding {
    /// What it is about, in one word.
    about: &'static str,
    level: Level,
    text: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Finding {
    fn new(about: &'static str, level: Level, text: impl Into<String>) -> Self {
        Self { about, level, text: text.into(), next: None }
    }

    fn next(self, next: impl Into<String>) -> Self {
        Self { next: Some(next.into()), ..self }
    }
}

/// Looks, and prints each finding as soon as it is there. Ends with 1 if something is bad.
pub(crate) fn run(global: &Global, args: &DoctorArgs) -> Result<(), Failure> {
    let mut bad = 0_usize;
    let mut tell = |finding: &Finding| {
        bad += usize::from(finding.level == Level::Bad);
        print(&line(finding, args.json)?)
    };
    checks::program(&mut tell)?;
    let profile = checks::profile(global, &mut tell)?;
    let rooms =
        profile.as_ref().map(|profile| checks::rooms(profile, args.offline, &mut tell)).transpose()?;
    checks::clock(&rooms.unwrap_or_default(), &mut tell)?;
    checks::network(global, &mut tell)?;
    match bad {
        0 => Ok(()),
        1 => Err(Failure::failed("One thing is wrong here; the line that says BAD tells what to do.")),
        more => Err(Failure::failed(format!(
            "{more} things are wrong here; the lines that say BAD tell what to do."
        ))),
    }
}

fn line(finding: &Finding, json: bool) -> Result<String, Failure> {
    if json {
        return serde_json::to_string(finding)
            .map(|line| line + "\n")
            .map_err(|error| Failure::failed(format!("The line cannot be written: {error}.")));
    }
    let Finding { about, level, text, next } = finding;
    let next = next.as_ref().map(|next| format!(" {next}")).unwrap_or_default();
    Ok(format!("{}  {about:<9} {text}{next}\n", level.word()))
}
