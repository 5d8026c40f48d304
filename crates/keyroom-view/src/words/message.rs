//! Words of what is done about messages.

use keyroom_client::{ActRefusal, SendFailure};

use super::{Word, count, grouped, not_sent, pick, say};
use crate::markup::{Link, Target};
use crate::screen::MenuAction;

/// A message that was changed.
pub const EDITED: Word = Word::new("edited", "geändert");
/// Stands where a message was.
pub const GONE_LINE: Word = Word::new(
    "This message was withdrawn, or its time is over.",
    "Diese Nachricht wurde zurückgezogen, oder ihre Zeit ist um.",
);
/// A quoted message that is not here.
pub const NOT_KNOWN_HERE: Word =
    Word::new("a message that is not here", "eine Nachricht, die nicht hier ist");
/// A change, a withdrawal or a reaction that the others do not have yet.
pub const CHANGE_UNSAID: Word =
    Word::new("the others do not have this change yet", "die anderen haben diese Änderung noch nicht");
/// A message that names this person, for a screen reader.
pub const NAMES_YOU: Word = Word::new("names you", "nennt dich");
/// Stands in place of a message of somebody who is muted here.
pub const FOLDED: Word =
    Word::new("Hidden here: you muted this person.", "Hier verborgen: Du hast diese Person stummgeschaltet.");
/// The button on such a message.
pub const SHOW: Word = Word::new("Show", "Zeigen");
/// The question before a web address is opened: the word for yes.
pub const OPEN_IN_BROWSER: Word = Word::new("Open", "Öffnen");
/// The question about a link: what else.
pub const COPY_ADDRESS: Word = Word::new("Copy address", "Adresse kopieren");
/// The question about an invite in a message: the word for yes.
pub const JOIN_WITH_IT: Word = Word::new("Join with it", "Damit eintreten");
/// The line of a message's menu for an invite in it.
pub const INVITE_LINE: Word = Word::new("Invite to a room …", "Einladung in einen Raum …");
/// No program opened an address.
pub const LINK_NOT_OPENED: Word = Word::new(
    "No program on this computer opened the address. You can copy it from the message’s menu.",
    "Kein Programm auf diesem Computer hat die Adresse geöffnet. Du kannst sie aus dem Menü der Nachricht kopieren.",
);
/// The list of names that can be completed, for a screen reader.
pub const NAMES_HERE: Word = Word::new("People you can name", "Leute, die du nennen kannst");
/// The composer while a message is changed.
pub const CHANGING: Word = Word::new("Changing your message", "Du änderst deine Nachricht");
/// The button that ends answering or changing.
pub const CANCEL_ABOUT: Word = Word::new("Cancel", "Abbrechen");
/// The menu button of a message.
pub const MORE: Word = Word::new("More", "Mehr");
/// Heading of the menu's emoji.
pub const REACT: Word = Word::new("React", "Reagieren");
/// What can be put beside a message.
pub const PALETTE: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

impl MenuAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reply => pick!("Reply", "Antworten"),
            Self::Copy => pick!("Copy message", "Nachricht kopieren"),
            Self::Edit => pick!("Change", "Ändern"),
            Self::Earlier => pick!("What it said before", "Was vorher dastand"),
            Self::Original => pick!("Show what it answers", "Zeigen, worauf sie antwortet"),
            Self::Retry => pick!("Try again", "Noch einmal versuchen"),
            Self::Inspect => super::NETWORK_SAW.text(),
            Self::Mute => pick!("Mute this person", "Diese Person stummschalten"),
            Self::Unmute => pick!("No longer mute this person", "Diese Person nicht mehr stummschalten"),
            Self::Delete => pick!("Withdraw", "Zurückziehen"),
        }
    }
}

/// An own message that others have.
pub fn delivered_to(people: usize) -> String {
    say!("delivered to {} ✓✓", "zugestellt an {} ✓✓", grouped(people as u64))
}

/// The same with names, for a screen reader and a tip.
pub fn delivered_to_names(names: &[String], all: usize) -> String {
    say!("delivered to {}", "zugestellt an {}", list(names, all))
}

/// What a message answers, for a screen reader.
pub fn answers(author: &str, text: &str) -> String {
    say!("answers {author}: {text}", "antwortet {author}: {text}")
}

/// Who put something beside a message.
pub fn reacted(emoji: &str, names: &[String], all: usize) -> String {
    say!("{emoji} by {}", "{emoji} von: {}", list(names, all))
}

/// What a message said before.
pub fn said_until(until: &str, text: &str) -> String {
    say!("until {until}: {text}", "bis {until}: {text}")
}

/// The composer while a message is answered.
pub fn answering(author: &str, text: &str) -> String {
    say!("Answer to {author}: {text}", "Antwort an {author}: {text}")
}

/// Who is writing.
pub fn writing(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => say!("{one} is writing …", "{one} schreibt …"),
        [one, two] => say!("{one} and {two} are writing …", "{one} und {two} schreiben …"),
        [one, others @ ..] => {
            say!("{one} and {} others are writing …", "{one} und {} andere schreiben …", others.len())
        }
    }
}

/// The question before a message is withdrawn.
pub fn withdraw_question() -> (String, String) {
    (
        say!("Withdraw this message?", "Diese Nachricht zurückziehen?"),
        say!(
            "Its text is deleted here and with the others. Who has read it already may remember it, and a line says that it was withdrawn.",
            "Ihr Text wird hier und bei den anderen gelöscht. Wer sie schon gelesen hat, erinnert sich vielleicht, und eine Zeile sagt, dass sie zurückgezogen wurde."
        ),
    )
}

/// The question before a web address is opened.
pub fn open_question(host: &str, address: &str) -> (String, String) {
    (
        say!("Open {host}?", "{host} öffnen?"),
        say!(
            "{address}\n\nThis opens in your browser. Whoever runs {host} sees that you came, and when.",
            "{address}\n\nDas öffnet sich in deinem Browser. Wer {host} betreibt, sieht, dass du kamst und wann."
        ),
    )
}

/// The question about an invite in a message.
pub fn invite_question(places: &str) -> (String, String) {
    (
        say!("An invite to a room", "Eine Einladung in einen Raum"),
        say!(
            "It leads to {places}. To join fills in the form: you see where it leads before you enter. Whoever reads this message can use it, too.",
            "Sie führt zu {places}. Eintreten füllt das Formular aus: Du siehst, wohin sie führt, bevor du eintrittst. Wer diese Nachricht liest, kann sie auch benutzen."
        ),
    )
}

/// The line of a message's menu for a link in it.
pub fn link_line(link: &Link) -> String {
    match &link.target {
        Target::Web(address) => say!("Open {} …", "{} öffnen …", address.host()),
        Target::Invite(_) => INVITE_LINE.to_owned(),
    }
}

/// Something was not done about a message.
pub fn act_refused(refusal: ActRefusal) -> &'static str {
    match refusal {
        ActRefusal::NoMessage => pick!("That message is not here.", "Diese Nachricht ist nicht hier."),
        ActRefusal::Gone => pick!(
            "That message was withdrawn, or its time is over.",
            "Diese Nachricht wurde zurückgezogen, oder ihre Zeit ist um."
        ),
        ActRefusal::NotYours => pick!(
            "Only who wrote a message can change or withdraw it.",
            "Nur wer eine Nachricht schrieb, kann sie ändern oder zurückziehen."
        ),
        ActRefusal::NotAnEmoji => {
            pick!("This cannot stand beside a message.", "Das kann nicht neben einer Nachricht stehen.")
        }
        _ => pick!(
            "That was not done: the room is not open now.",
            "Das ging nicht: Der Raum ist jetzt nicht offen."
        ),
    }
}

/// Something that was done about a message did not get to the others.
pub fn act_failed(why: SendFailure) -> String {
    say!(
        "The others do not have what you did about a message: {}.",
        "Die anderen haben nicht, was du mit einer Nachricht getan hast: {}.",
        not_sent(why)
    )
}

fn list(names: &[String], all: usize) -> String {
    let rest = all.saturating_sub(names.len());
    match (names, rest) {
        ([], _) => count(all as u64, pick!("person", "Person"), pick!("people", "Personen")),
        ([only], 0) => only.clone(),
        ([first @ .., last], 0) => say!("{} and {last}", "{} und {last}", first.join(", ")),
        (names, rest) => {
            say!(
                "{} and {}",
                "{} und {}",
                names.join(", "),
                count(rest as u64, pick!("other", "weitere Person"), pick!("others", "weitere"))
            )
        }
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
