//! Words of a sealed room's people, codes and settings.

use std::time::Duration;

use keyroom_client::Knock;
use keyroom_types::text;

use super::{HOST, Word, count, pick, say};
use crate::screen::CardAction;

/// People: somebody who looks after the room.
pub const ADMIN: Word = Word::new("looks after the room", "betreut den Raum");
/// People: somebody whose code was compared.
pub const COMPARED: Word = Word::new("code compared ✓", "Code verglichen ✓");
/// People: over those who ask to be let in.
pub const ASKING: Word = Word::new("Asks to come in", "Bittet um Einlass");
/// People: the button that lets somebody in.
pub const LET_IN: Word = Word::new("Let in", "Herein");
/// People: the button that does not.
pub const TURN_AWAY: Word = Word::new("Turn away", "Abweisen");
/// People: over the room's code.
pub const ROOM_CODE: Word = Word::new("Room code", "Raumcode");
/// People: what the room's code is for.
pub const ROOM_CODE_NOTE: Word = Word::new(
    "The same digits on every screen: nobody stands in between.",
    "Auf jedem Bildschirm dieselben Ziffern: Niemand steht dazwischen.",
);
/// The room code's card: what to do with it.
pub const ROOM_CODE_LEAD: Word = Word::new(
    "Read these digits to each other, or hold the screens side by side. If they are the same, you see the same room with the same people and keys. They change whenever somebody comes in or leaves.",
    "Lest einander diese Ziffern vor, oder haltet die Bildschirme nebeneinander. Sind sie gleich, seht ihr denselben Raum mit denselben Leuten und Schlüsseln. Sie ändern sich, wenn jemand hereinkommt oder geht.",
);
/// A person's card: what to do with the code.
pub const MEMBER_CODE_LEAD: Word = Word::new(
    "Compare these digits with this person, face to face or on the phone. If they are the same, what comes under this name comes from their device. They never change.",
    "Vergleiche diese Ziffern mit dieser Person, von Angesicht zu Angesicht oder am Telefon. Sind sie gleich, kommt von ihrem Gerät, was unter diesem Namen kommt. Sie ändern sich nie.",
);
/// The own card: what to do with the code.
pub const OWN_CODE_LEAD: Word = Word::new(
    "These are your digits, on this device. Read them to the others, so that they know that it is you.",
    "Das sind deine Ziffern auf diesem Gerät. Lies sie den anderen vor, damit sie wissen, dass du es bist.",
);
/// The switch that a person sets after comparing.
pub const COMPARED_SWITCH: Word = Word::new("I compared this code", "Ich habe diesen Code verglichen");
/// That switch: what it says.
pub const COMPARED_HINT: Word = Word::new(
    "You see a mark beside the name, in every room where you meet this person again. Nobody is told.",
    "Du siehst ein Zeichen neben dem Namen, in jedem Raum, in dem du diese Person wiedertriffst. Niemand erfährt davon.",
);
/// Button and title.
pub const SETTINGS: Word = Word::new("Room settings", "Raumeinstellungen");
/// Settings: the button beside it.
pub const SAVE_NAME: Word = Word::new("Save name", "Namen sichern");
/// Settings: who may come in.
pub const ASK_FIRST: Word = Word::new("Newcomers ask first", "Neue bitten um Einlass");
/// Settings: that switch, on.
pub const ASK_FIRST_ON: Word = Word::new(
    "Who has the key knocks, and somebody who looks after the room lets them in.",
    "Wer den Schlüssel hat, klopft an, und jemand, der den Raum betreut, lässt herein.",
);
/// Settings: that switch, off.
pub const ASK_FIRST_OFF: Word =
    Word::new("Who has the key can come in.", "Wer den Schlüssel hat, kann hereinkommen.");
/// Settings: whether anybody can come in at all.
pub const KEY_WORKS: Word = Word::new("The key lets people in", "Der Schlüssel lässt herein");
/// Settings: that switch, on.
pub const KEY_WORKS_ON: Word = Word::new(
    "Turn it off when everybody is here: then no key opens this room.",
    "Schalt das aus, wenn alle da sind: Dann öffnet kein Schlüssel diesen Raum.",
);
/// Settings: that switch, off.
pub const KEY_WORKS_OFF: Word = Word::new(
    "Nobody can come in. Turning it on makes a new key.",
    "Niemand kann hereinkommen. Einschalten macht einen neuen Schlüssel.",
);
/// Settings: the button that replaces the key.
pub const NEW_KEY_BUTTON: Word = Word::new("Make a new key", "Neuen Schlüssel machen");
/// Settings: what that does.
pub const NEW_KEY_HINT: Word = Word::new(
    "Keys and links that you gave out until now open nothing any more. Who is in stays in.",
    "Schlüssel und Links, die du bisher weitergegeben hast, öffnen nichts mehr. Wer drin ist, bleibt drin.",
);
/// Settings: how long messages are kept.
pub const LIFETIME: Word = Word::new("Messages are kept", "Nachrichten bleiben");
/// Settings: what that means.
pub const LIFETIME_HINT: Word = Word::new(
    "After that time they are deleted on every device that is honest. Nothing stops somebody from copying them before.",
    "Nach dieser Zeit werden sie auf jedem ehrlichen Gerät gelöscht. Nichts hindert jemanden daran, sie vorher abzuschreiben.",
);
/// Settings: heading of what is only for this person.
pub const FOR_ME: Word = Word::new("Only for you", "Nur für dich");
/// Settings: receipts.
pub const RECEIPTS: Word =
    Word::new("Tell others that messages reached you", "Anderen sagen, dass Nachrichten bei dir ankamen");
/// Settings: what that means.
pub const RECEIPTS_HINT: Word = Word::new(
    "They see “delivered” under what they wrote.",
    "Sie sehen „zugestellt“ unter dem, was sie geschrieben haben.",
);
/// Settings: typing hints.
pub const TYPING: Word = Word::new("Show who is writing", "Zeigen, wer schreibt");
/// Settings: what that means.
pub const TYPING_HINT: Word = Word::new(
    "Others see when you write, and you see when they do.",
    "Andere sehen, wenn du schreibst, und du siehst, wenn sie es tun.",
);
/// Settings: muted.
pub const MUTE: Word = Word::new("Mute this room", "Diesen Raum stummschalten");
/// Settings: what that means.
pub const MUTE_HINT: Word = Word::new(
    "No notifications, and its messages are not counted in the window's title.",
    "Keine Mitteilungen, und seine Nachrichten zählen nicht im Titel des Fensters.",
);
/// Settings: for who may not change the room.
pub const NOT_YOURS_TO_CHANGE: Word =
    Word::new("Only who looks after the room can change this.", "Das kann nur ändern, wer den Raum betreut.");
/// The list of rooms: a muted room.
pub const MUTED: Word = Word::new("muted", "stumm");

impl CardAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::MakeAdmin => {
                pick!("Let them look after the room, too", "Darf den Raum mit betreuen")
            }
            Self::TakeAdmin => {
                pick!("No longer let them look after the room", "Darf den Raum nicht mehr betreuen")
            }
            Self::Mute => pick!("Mute here", "Hier stummschalten"),
            Self::Unmute => pick!("No longer mute here", "Hier nicht mehr stummschalten"),
            Self::Remove => pick!("Take out of the room", "Aus dem Raum entfernen"),
        }
    }
}

/// Who asks to be let in: their code.
pub fn knock_detail(knock: &Knock) -> String {
    say!(
        "Code {}. Compare it with them before you let them in.",
        "Code {}. Vergleicht ihn, bevor du hereinlässt.",
        knock.code
    )
}

/// Which state of the room's keys a code is of, for who wants to know.
pub fn keys_changed(times: u64) -> String {
    say!(
        "The room's keys were changed {} so far.",
        "Die Schlüssel des Raums wurden bisher {} gewechselt.",
        count(times, pick!("time", "Mal"), pick!("times", "Mal"))
    )
}

/// How long messages are kept.
pub fn kept_for(lifetime: Option<Duration>) -> String {
    let Some(lifetime) = lifetime else { return say!("for good", "für immer") };
    let seconds = lifetime.as_secs();
    match seconds {
        0..3_600 => count(seconds.div_ceil(60), pick!("minute", "Minute"), pick!("minutes", "Minuten")),
        3_600..86_400 => count(seconds / 3_600, pick!("hour", "Stunde"), pick!("hours", "Stunden")),
        _ => count(seconds / 86_400, pick!("day", "Tag"), pick!("days", "Tage")),
    }
}

/// The question before somebody is taken out.
pub fn remove_question(name: &str) -> (String, String) {
    (
        say!("Take {name} out of the room?", "{name} aus dem Raum entfernen?"),
        say!(
            "{name} reads nothing that is said from then on, and the key is replaced. What was said until now stays with them.",
            "{name} liest nichts von dem, was danach gesagt wird, und der Schlüssel wird ersetzt. Was bisher gesagt wurde, bleibt dort."
        ),
    )
}

/// A person's card.
pub fn code_of(name: &str) -> String {
    say!("Code of {name}", "Personencode von {name}")
}

/// What the engine calls people of a room without names, in the language that is spoken; `None`: another name.
pub fn name_by_engine(label: &str) -> Option<String> {
    let number = label.strip_prefix("guest ");
    match number {
        Some(number) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(say!("guest {number}", "Gast {number}"))
        }
        _ => (label == "host").then(|| HOST.to_owned()),
    }
}

/// The name of somebody who asks, safe to show.
pub fn knock_name(knock: &Knock) -> String {
    text::one_line(knock.name.as_str()).into_owned()
}
