//! Words of what is done about messages.

use keyroom_client::{ActRefusal, SendFailure};

use super::{count, grouped, not_sent};
use crate::screen::MenuAction;

/// A message that was changed.
pub const EDITED: &str = "edited";
/// Stands where a message was.
pub const GONE_LINE: &str = "This message was withdrawn, or its time is over.";
/// A quoted message that is not here.
pub const NOT_KNOWN_HERE: &str = "a message that is not here";
/// A change, a withdrawal or a reaction that the others do not have yet.
pub const CHANGE_UNSAID: &str = "the others do not have this change yet";
/// A message that names this person, for a screen reader.
pub const NAMES_YOU: &str = "names you";
/// Stands in place of a message of somebody who is muted here.
pub const FOLDED: &str = "Hidden here: you muted this person.";
/// The button on such a message.
pub const SHOW: &str = "Show";
/// The question before a web address is opened: the word for yes.
pub const OPEN_IN_BROWSER: &str = "Open";
/// The question about a link: what else.
pub const COPY_ADDRESS: &str = "Copy address";
/// The question about an invite in a message: the word for yes.
pub const JOIN_WITH_IT: &str = "Join with it";
/// The line of a message's menu for an invite in it.
pub const INVITE_LINE: &str = "Invite to a room …";
/// No program opened an address.
pub const LINK_NOT_OPENED: &str =
    "No program on this computer opened the address. You can copy it from the message’s menu.";
/// The list of names that can be completed, for a screen reader.
pub const NAMES_HERE: &str = "People you can name";
/// The composer while a message is changed.
pub const CHANGING: &str = "Changing your message";
/// The button that ends answering or changing.
pub const CANCEL_ABOUT: &str = "Cancel";
/// The menu button of a message.
pub const MORE: &str = "More";
/// Heading of the menu's emoji.
pub const REACT: &str = "React";
/// What can be put beside a message.
pub const PALETTE: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

impl MenuAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reply => "Reply",
            Self::Copy => "Copy message",
            Self::Edit => "Change",
            Self::Earlier => "What it said before",
            Self::Original => "Show what it answers",
            Self::Retry => "Try again",
            Self::Inspect => super::NETWORK_SAW,
            Self::Mute => "Mute this person",
            Self::Unmute => "No longer mute this person",
            Self::Delete => "Withdraw",
        }
    }
}

/// An own message that others have.
pub fn delivered_to(people: usize) -> String {
    format!("delivered to {} ✓✓", grouped(people as u64))
}

/// The same with names, for a screen reader and a tip.
pub fn delivered_to_names(names: &[String], all: usize) -> String {
    format!("delivered to {}", list(names, all))
}

/// What a message answers, for a screen reader.
pub fn answers(author: &str, text: &str) -> String {
    format!("answers {author}: {text}")
}

/// Who put something beside a message.
pub fn reacted(emoji: &str, names: &[String], all: usize) -> String {
    format!("{emoji} by {}", list(names, all))
}

/// What a message said before.
pub fn said_until(until: &str, text: &str) -> String {
    format!("until {until}: {text}")
}

/// The composer while a message is answered.
pub fn answering(author: &str, text: &str) -> String {
    format!("Answer to {author}: {text}")
}

/// Who is writing.
pub fn writing(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is writing …"),
        [one, two] => format!("{one} and {two} are writing …"),
        [one, others @ ..] => format!("{one} and {} others are writing …", others.len()),
    }
}

/// The question before a message is withdrawn.
pub fn withdraw_question() -> (String, String) {
    (
        "Withdraw this message?".to_owned(),
        "Its text is deleted here and with the others. Who has read it already may remember it, and a line says that it was withdrawn."
            .to_owned(),
    )
}

/// The question before a web address is opened.
pub fn open_question(host: &str, address: &str) -> (String, String) {
    (
        format!("Open {host}?"),
        format!("{address}\n\nThis opens in your browser. Whoever runs {host} sees that you came, and when."),
    )
}

/// The question about an invite in a message.
pub fn invite_question(places: &str) -> (String, String) {
    (
        "An invite to a room".to_owned(),
        format!(
            "It leads to {places}. To join fills in the form: you see where it leads before you enter. Whoever reads this message can use it, too."
        ),
    )
}

/// The line of a message's menu for a link in it.
pub fn open_line(host: &str) -> String {
    format!("Open {host} …")
}

/// Something was not done about a message.
pub fn act_refused(refusal: ActRefusal) -> &'static str {
    match refusal {
        ActRefusal::NoMessage => "That message is not here.",
        ActRefusal::Gone => "That message was withdrawn, or its time is over.",
        ActRefusal::NotYours => "Only who wrote a message can change or withdraw it.",
        ActRefusal::NotAnEmoji => "This cannot stand beside a message.",
        _ => "That was not done: the room is not open now.",
    }
}

/// Something that was done about a message did not get to the others.
pub fn act_failed(why: SendFailure) -> String {
    format!("The others do not have what you did about a message: {}.", not_sent(why))
}

fn list(names: &[String], all: usize) -> String {
    let rest = all.saturating_sub(names.len());
    match (names, rest) {
        ([], _) => count(all as u64, "person", "people"),
        ([only], 0) => only.clone(),
        ([first @ .., last], 0) => format!("{} and {last}", first.join(", ")),
        (names, rest) => format!("{} and {}", names.join(", "), count(rest as u64, "other", "others")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_people_say_them() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        assert_eq!(reacted("👍", &names(&["Ben"]), 1), "👍 by Ben");
        assert_eq!(delivered_to_names(&names(&["Ben", "Cleo", "Dan"]), 3), "delivered to Ben, Cleo and Dan");
        assert_eq!(delivered_to_names(&names(&["Ben"]), 4), "delivered to Ben and 3 others");
        assert_eq!(writing(&names(&["Ben", "Cleo", "Dan"])), "Ben and 2 others are writing …");
    }
}
