//! Words of the first start and of the unlock screen.

use keyroom_client::ProfileError;

/// First start: title.
pub const WELCOME: &str = "Welcome to Keyroom";
/// First start: what is asked.
pub const WELCOME_LEAD: &str = "Two questions, and you can begin. There is no account.";
/// First start: the name.
pub const YOUR_NAME_ASKED: &str = "What should others call you?";
/// First start: what the name is for.
pub const YOUR_NAME_ASKED_HINT: &str = "People in your rooms see it. You can use another name in each room.";
/// First start: what is kept.
pub const KEEPING: &str = "When you close Keyroom";
/// First start: with a passphrase.
pub const KEEP: (&str, &str) = (
    "Keep my rooms, with a passphrase",
    "Rooms and messages stay on this computer, encrypted. You are asked for the passphrase at each start. If you forget it, they are lost: nobody can open them without it.",
);
/// First start: without one.
pub const KEEP_NOTHING: (&str, &str) = (
    "Keep nothing",
    "No passphrase. Your rooms, and what was said in them, are gone here when the window closes. You are asked again at the next start.",
);
/// The passphrase.
pub const PASSPHRASE: &str = "Passphrase";
/// A new passphrase: what is a good one.
pub const PASSPHRASE_HINT: &str = "Four or more words that do not belong together are hard to guess.";
/// A new passphrase that is short.
pub const PASSPHRASE_SHORT: &str =
    "This is short: whoever has this computer could guess it. More words make it harder.";
/// The same passphrase again.
pub const PASSPHRASE_AGAIN: &str = "The same passphrase again";
/// The two are different.
pub const PASSPHRASES_DIFFER: &str = "This is not the same as above.";
/// The switch that shows what is typed.
pub const REVEAL: &str = "Show what I type";
/// First start: the button.
pub const BEGIN: &str = "Start";
/// Meanwhile.
pub const MAKING: &str =
    "Making your profile. This takes a moment on purpose: it makes guessing slow for others.";
/// Unlock: title.
pub const LOCKED: &str = "Your rooms are locked";
/// Unlock: what is asked.
pub const LOCKED_LEAD: &str = "Enter the passphrase that you chose for this computer.";
/// Unlock: the button.
pub const UNLOCK: &str = "Unlock";
/// Meanwhile.
pub const UNLOCKING: &str =
    "Trying the passphrase. This takes a moment on purpose: it makes guessing slow for others.";
/// Unlock: if it is forgotten.
pub const FORGOTTEN: &str = "If you forgot it, nobody can open these rooms, and we cannot either. To begin anew, close Keyroom and move the folder away:";
/// Unlock: the button that leaves the profile alone.
pub const WITHOUT_PROFILE: &str = "Go on without my rooms";
/// Unlock: what that does.
pub const WITHOUT_PROFILE_HINT: &str = "They stay locked. What you do in this window is gone when it closes.";

/// Why a profile was not opened or made, and the next step.
pub fn profile_trouble(error: &ProfileError) -> (String, &'static str) {
    match error {
        ProfileError::WrongPassphrase => (
            "This passphrase does not open your rooms.".to_owned(),
            "Nothing was changed. Look for capital letters and the keyboard's language, then try again.",
        ),
        ProfileError::InUse => (
            "Your rooms are open in another Keyroom window.".to_owned(),
            "Go on there, or close that window and try again.",
        ),
        ProfileError::Damaged(_) | ProfileError::KeyFile(_) => (
            format!("The passphrase is not the problem: {error}."),
            "Put back a copy of the folder, or move it away and enter your rooms again with new links.",
        ),
        ProfileError::Newer { .. } => (
            "These rooms were last used with a newer Keyroom, which this one cannot read.".to_owned(),
            "Start the newer version.",
        ),
        ProfileError::DiskFull => ("The disk is full.".to_owned(), "Make some room on it, then try again."),
        ProfileError::NotPrivate => (
            "Others on this computer can look into the folder, so nothing was put there.".to_owned(),
            "Take away their rights to it, or start Keyroom with another folder (--profile DIR).",
        ),
        ProfileError::Exists => (
            "There is a profile in this folder already.".to_owned(),
            "Close Keyroom and start it again: it asks for the passphrase then.",
        ),
        ProfileError::NoProfile => {
            ("The folder with your rooms is not there any more.".to_owned(), "Put it back, then try again.")
        }
        _ => (
            format!("The folder with your rooms cannot be used: {error}."),
            "Look whether its disk is there and can be written, then try again.",
        ),
    }
}
