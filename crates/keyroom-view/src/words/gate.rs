//! Words of the first start and of the unlock screen.

use keyroom_client::ProfileError;

use super::{Word, pick, say};

/// First start: title.
pub const WELCOME: Word = Word::new("Welcome to Keyroom", "Willkommen bei Keyroom");
/// First start: what is asked.
pub const WELCOME_LEAD: Word = Word::new(
    "Two questions, and you can begin. There is no account.",
    "Zwei Fragen, dann kann es losgehen. Es gibt kein Konto.",
);
/// First start: the name.
pub const YOUR_NAME_ASKED: Word = Word::new("What should others call you?", "Wie sollen andere dich nennen?");
/// First start: what the name is for.
pub const YOUR_NAME_ASKED_HINT: Word = Word::new(
    "People in your rooms see it. You can use another name in each room.",
    "Die Leute in deinen Räumen sehen es. Du kannst in jedem Raum einen anderen Namen nehmen.",
);
/// First start: what is kept.
pub const KEEPING: Word = Word::new("When you close Keyroom", "Wenn du Keyroom schließt");
/// First start: with a passphrase.
pub const KEEP: (Word, Word) = (
    Word::new("Keep my rooms, with a passphrase", "Meine Räume behalten, mit einer Passphrase"),
    Word::new(
        "Rooms and messages stay on this computer, encrypted. You are asked for the passphrase at each start. If you forget it, they are lost: nobody can open them without it.",
        "Räume und Nachrichten bleiben auf diesem Computer, verschlüsselt. Bei jedem Start wirst du nach der Passphrase gefragt. Wenn du sie vergisst, sind sie verloren: Ohne sie kann niemand sie öffnen.",
    ),
);
/// First start: without one.
pub const KEEP_NOTHING: (Word, Word) = (
    Word::new("Keep nothing", "Nichts behalten"),
    Word::new(
        "No passphrase. Your rooms, and what was said in them, are gone here when the window closes. You are asked again at the next start.",
        "Keine Passphrase. Deine Räume, und was in ihnen gesagt wurde, sind hier weg, wenn das Fenster geschlossen wird. Beim nächsten Start wirst du wieder gefragt.",
    ),
);
/// The passphrase.
pub const PASSPHRASE: Word = Word::new("Passphrase", "Passphrase");
/// A new passphrase: what is a good one.
pub const PASSPHRASE_HINT: Word = Word::new(
    "Four or more words that do not belong together are hard to guess.",
    "Vier oder mehr Wörter, die nicht zusammengehören, sind schwer zu erraten.",
);
/// A new passphrase that is short.
pub const PASSPHRASE_SHORT: Word = Word::new(
    "This is short: whoever has this computer could guess it. More words make it harder.",
    "Das ist kurz: Wer diesen Computer hat, könnte es erraten. Mehr Wörter machen es schwerer.",
);
/// The same passphrase again.
pub const PASSPHRASE_AGAIN: Word = Word::new("The same passphrase again", "Dieselbe Passphrase noch einmal");
/// The two are different.
pub const PASSPHRASES_DIFFER: Word =
    Word::new("This is not the same as above.", "Das ist nicht dasselbe wie oben.");
/// The switch that shows what is typed.
pub const REVEAL: Word = Word::new("Show what I type", "Zeigen, was ich tippe");
/// First start: the button.
pub const BEGIN: Word = Word::new("Start", "Los");
/// Meanwhile.
pub const MAKING: Word = Word::new(
    "Making your profile. This takes a moment on purpose: it makes guessing slow for others.",
    "Dein Profil wird gemacht. Das dauert absichtlich einen Moment: So ist auch das Raten für andere langsam.",
);
/// Unlock: title.
pub const LOCKED: Word = Word::new("Your rooms are locked", "Deine Räume sind abgeschlossen");
/// Unlock: what is asked.
pub const LOCKED_LEAD: Word = Word::new(
    "Enter the passphrase that you chose for this computer.",
    "Gib die Passphrase ein, die du für diesen Computer gewählt hast.",
);
/// Unlock: the button.
pub const UNLOCK: Word = Word::new("Unlock", "Aufschließen");
/// Meanwhile.
pub const UNLOCKING: Word = Word::new(
    "Trying the passphrase. This takes a moment on purpose: it makes guessing slow for others.",
    "Die Passphrase wird probiert. Das dauert absichtlich einen Moment: So ist auch das Raten für andere langsam.",
);
/// Unlock: if it is forgotten.
pub const FORGOTTEN: Word = Word::new(
    "If you forgot it, nobody can open these rooms, and we cannot either. To begin anew, close Keyroom and move the folder away:",
    "Wenn du sie vergessen hast, kann niemand diese Räume öffnen, auch wir nicht. Um neu anzufangen, schließ Keyroom und verschieb diesen Ordner:",
);
/// Unlock: the button that leaves the profile alone.
pub const WITHOUT_PROFILE: Word = Word::new("Go on without my rooms", "Ohne meine Räume weitermachen");
/// Unlock: what that does.
pub const WITHOUT_PROFILE_HINT: Word = Word::new(
    "They stay locked. What you do in this window is gone when it closes.",
    "Sie bleiben abgeschlossen. Was du in diesem Fenster tust, ist weg, wenn es geschlossen wird.",
);

/// Why a profile was not opened or made, and the next step.
pub fn profile_trouble(error: &ProfileError) -> (String, &'static str) {
    match error {
        ProfileError::WrongPassphrase => (
            say!("This passphrase does not open your rooms.", "Diese Passphrase öffnet deine Räume nicht."),
            pick!(
                "Nothing was changed. Look for capital letters and the keyboard's language, then try again.",
                "Nichts wurde geändert. Achte auf Großbuchstaben und die Sprache der Tastatur, dann versuch es noch einmal."
            ),
        ),
        ProfileError::InUse => (
            say!(
                "Your rooms are open in another Keyroom window.",
                "Deine Räume sind in einem anderen Keyroom-Fenster offen."
            ),
            pick!(
                "Go on there, or close that window and try again.",
                "Mach dort weiter, oder schließ jenes Fenster und versuch es noch einmal."
            ),
        ),
        ProfileError::Damaged(_) | ProfileError::KeyFile(_) => (
            say!(
                "The passphrase is not the problem: {error}.",
                "An der Passphrase liegt es nicht. Das System meldet: {error}."
            ),
            pick!(
                "Put back a copy of the folder, or move it away and enter your rooms again with new links.",
                "Leg eine Kopie des Ordners zurück, oder verschieb ihn und tritt mit neuen Links wieder in deine Räume ein."
            ),
        ),
        ProfileError::Newer { .. } => (
            say!(
                "These rooms were last used with a newer Keyroom, which this one cannot read.",
                "Diese Räume wurden zuletzt mit einem neueren Keyroom benutzt; dieses kann sie nicht lesen."
            ),
            pick!("Start the newer version.", "Starte die neuere Version."),
        ),
        ProfileError::DiskFull => (
            say!("The disk is full.", "Die Festplatte ist voll."),
            pick!("Make some room on it, then try again.", "Mach Platz darauf, dann versuch es noch einmal."),
        ),
        ProfileError::NotPrivate => (
            say!(
                "Others on this computer can look into the folder, so nothing was put there.",
                "Andere auf diesem Computer können in den Ordner sehen, darum wurde nichts hineingelegt."
            ),
            pick!(
                "Take away their rights to it, or start Keyroom with another folder (--profile DIR).",
                "Nimm ihnen die Rechte daran, oder starte Keyroom mit einem anderen Ordner (--profile DIR)."
            ),
        ),
        ProfileError::Exists => (
            say!("There is a profile in this folder already.", "In diesem Ordner ist schon ein Profil."),
            pick!(
                "Close Keyroom and start it again: it asks for the passphrase then.",
                "Schließ Keyroom und starte es wieder: Dann fragt es nach der Passphrase."
            ),
        ),
        ProfileError::NoProfile => (
            say!(
                "The folder with your rooms is not there any more.",
                "Der Ordner mit deinen Räumen ist nicht mehr da."
            ),
            pick!("Put it back, then try again.", "Leg ihn zurück, dann versuch es noch einmal."),
        ),
        _ => (
            say!(
                "The folder with your rooms cannot be used: {error}.",
                "Der Ordner mit deinen Räumen lässt sich nicht benutzen. Das System meldet: {error}."
            ),
            pick!(
                "Look whether its disk is there and can be written, then try again.",
                "Sieh nach, ob sein Laufwerk da ist und sich beschreiben lässt, dann versuch es noch einmal."
            ),
        ),
    }
}
