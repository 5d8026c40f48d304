//! Words of a sealed room's people, codes and settings.

use std::time::Duration;

use keyroom_client::Knock;
use keyroom_types::text;

use super::count;
use crate::screen::CardAction;

/// People: somebody who looks after the room.
pub const ADMIN: &str = "looks after the room";
/// People: somebody whose code was compared.
pub const COMPARED: &str = "code compared ✓";
/// People: over those who ask to be let in.
pub const ASKING: &str = "Asks to come in";
/// People: the button that lets somebody in.
pub const LET_IN: &str = "Let in";
/// People: the button that does not.
pub const TURN_AWAY: &str = "Turn away";
/// People: over the room's code.
pub const ROOM_CODE: &str = "Room code";
/// People: what the room's code is for.
pub const ROOM_CODE_NOTE: &str = "The same digits on every screen: nobody stands in between.";
/// The room code's card: what to do with it.
pub const ROOM_CODE_LEAD: &str = "Read these digits to each other, or hold the screens side by side. If they are the same, you see the same room with the same people and keys. They change whenever somebody comes in or leaves.";
/// A person's card: what to do with the code.
pub const MEMBER_CODE_LEAD: &str = "Compare these digits with this person, face to face or on the phone. If they are the same, what comes under this name comes from their device. They never change.";
/// The own card: what to do with the code.
pub const OWN_CODE_LEAD: &str =
    "These are your digits, on this device. Read them to the others, so that they know that it is you.";
/// The switch that a person sets after comparing.
pub const COMPARED_SWITCH: &str = "I compared this code";
/// That switch: what it says.
pub const COMPARED_HINT: &str =
    "You see a mark beside the name, in every room where you meet this person again. Nobody is told.";
/// Button and title.
pub const SETTINGS: &str = "Room settings";
/// Settings: the button beside it.
pub const SAVE_NAME: &str = "Save name";
/// Settings: who may come in.
pub const ASK_FIRST: &str = "Newcomers ask first";
/// Settings: that switch, on.
pub const ASK_FIRST_ON: &str = "Who has the key knocks, and somebody who looks after the room lets them in.";
/// Settings: that switch, off.
pub const ASK_FIRST_OFF: &str = "Who has the key can come in.";
/// Settings: whether anybody can come in at all.
pub const KEY_WORKS: &str = "The key lets people in";
/// Settings: that switch, on.
pub const KEY_WORKS_ON: &str = "Turn it off when everybody is here: then no key opens this room.";
/// Settings: that switch, off.
pub const KEY_WORKS_OFF: &str = "Nobody can come in. Turning it on makes a new key.";
/// Settings: the button that replaces the key.
pub const NEW_KEY_BUTTON: &str = "Make a new key";
/// Settings: what that does.
pub const NEW_KEY_HINT: &str =
    "Keys and links that you gave out until now open nothing any more. Who is in stays in.";
/// Settings: how long messages are kept.
pub const LIFETIME: &str = "Messages are kept";
/// Settings: what that means.
pub const LIFETIME_HINT: &str = "After that time they are deleted on every device that is honest. Nothing stops somebody from copying them before.";
/// Settings: heading of what is only for this person.
pub const FOR_ME: &str = "Only for you";
/// Settings: receipts.
pub const RECEIPTS: &str = "Tell others that messages reached you";
/// Settings: what that means.
pub const RECEIPTS_HINT: &str = "They see “delivered” under what they wrote.";
/// Settings: typing hints.
pub const TYPING: &str = "Show who is writing";
/// Settings: what that means.
pub const TYPING_HINT: &str = "Others see when you write, and you see when they do.";
/// Settings: muted.
pub const MUTE: &str = "Mute this room";
/// Settings: what that means.
pub const MUTE_HINT: &str = "No notifications, and its messages are not counted in the window's title.";
/// Settings: for who may not change the room.
pub const NOT_YOURS_TO_CHANGE: &str = "Only who looks after the room can change this.";
/// The list of rooms: a muted room.
pub const MUTED: &str = "muted";

impl CardAction {
    /// The button's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::MakeAdmin => "Let them look after the room, too",
            Self::TakeAdmin => "No longer let them look after the room",
            Self::Mute => "Mute here",
            Self::Unmute => "No longer mute here",
            Self::Remove => "Take out of the room",
        }
    }
}

/// Who asks to be let in: their code.
pub fn knock_detail(knock: &Knock) -> String {
    format!("Code {}. Compare it with them before you let them in.", knock.code)
}

/// Which state of the room's keys a code is of, for who wants to know.
pub fn keys_changed(times: u64) -> String {
    format!("The room's keys were changed {} so far.", count(times, "time", "times"))
}

/// How long messages are kept.
pub fn kept_for(lifetime: Option<Duration>) -> String {
    let Some(lifetime) = lifetime else { return "for good".to_owned() };
    let seconds = lifetime.as_secs();
    match seconds {
        0..3_600 => count(seconds.div_ceil(60), "minute", "minutes"),
        3_600..86_400 => count(seconds / 3_600, "hour", "hours"),
        _ => count(seconds / 86_400, "day", "days"),
    }
}

/// The question before somebody is taken out.
pub fn remove_question(name: &str) -> (String, String) {
    (
        format!("Take {name} out of the room?"),
        format!(
            "{name} reads nothing that is said from then on, and the key is replaced. What was said until now stays with them."
        ),
    )
}

/// A person's card.
pub fn code_of(name: &str) -> String {
    format!("Code of {name}")
}

/// The name of somebody who asks, safe to show.
pub fn knock_name(knock: &Knock) -> String {
    text::one_line(knock.name.as_str()).into_owned()
}
