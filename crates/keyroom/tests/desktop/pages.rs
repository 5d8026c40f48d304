//! What a screen reader knows where one page of the window takes another's place.

use crate::desk::{Desktop, Window};
use crate::hosts;

/// Presses a key that changes the page, and waits until this is there.
fn turns(desktop: &mut Desktop, window: &Window, key: &str, role: &str, name: &str) {
    desktop.raise(window);
    desktop.press(key);
    desktop.find(window, role, name);
    desktop.is_known_whole(window, &format!("behind {key}, at {name:?}"));
}

/// Without the column of people: `docs/architecture.md` says what is missed there, and why.
#[test]
fn who_reads_the_window_all_along_knows_what_takes_the_place_of_a_page() {
    let mut desktop = Desktop::start();
    let window = desktop.open(0, &["--ephemeral"]);
    hosts(&mut desktop, &window, None);
    desktop.is_known_whole(&window, "at the key");
    let composer = ("entry", "Message to My room");
    turns(&mut desktop, &window, "Escape", composer.0, composer.1);
    desktop.click(&window, composer.0, composer.1);
    desktop.type_text("who has the seeds?");
    desktop.press("Return");
    desktop.sees(&window, "stored");
    desktop.press("shift+Tab");
    desktop.has_chosen(&window, "who has the seeds?");

    turns(&mut desktop, &window, "ctrl+i", "page tab", "Room");
    desktop.close(&window);
    desktop.find(&window, "push button", "Close Keyroom");
    desktop.is_known_whole(&window, "at the question over the inspector");
    turns(&mut desktop, &window, "Escape", "page tab", "Room");
    turns(&mut desktop, &window, "ctrl+i", composer.0, composer.1);
    turns(&mut desktop, &window, "ctrl+f", "entry", "Words to look for");
    turns(&mut desktop, &window, "Escape", composer.0, composer.1);
    turns(&mut desktop, &window, "F1", "push button", "Close");
    turns(&mut desktop, &window, "Escape", composer.0, composer.1);
    desktop.interrupt(&window);
    assert!(desktop.ends(window).success());
}
