//! The real window on a real (virtual) screen, used with mouse and keyboard: one hosts, others join, all read all.
//!
//! `KEYROOM_PICTURES=DIR` keeps a picture of each window at each stage.
#![cfg(all(target_os = "linux", feature = "gui"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod desk;
mod pages;
mod sight;
mod three;

use crate::desk::{Desktop, Window};

/// Opens a room for this computer; of the kind that is named, else of the one that is chosen already. Its link is there.
fn hosts(desktop: &mut Desktop, host: &Window, kind: Option<&str>) {
    desktop.click(host, "push button", "Host a room");
    if let Some(kind) = kind {
        desktop.click(host, "radio button", kind);
    }
    desktop.click(host, "radio button", "This computer only");
    desktop.click(host, "push button", "Open the room");
    desktop.find(host, "push button", "Copy link");
}

/// Joins by keyboard alone, with the link that was copied; the form says so in these words.
fn joins(desktop: &mut Desktop, guest: &Window, taken: &str) {
    desktop.raise(guest);
    desktop.press("ctrl+j");
    desktop.find(guest, "push button", "Join");
    desktop.press("ctrl+v");
    desktop.sees(guest, taken);
    desktop.press("Return");
}

/// The host reads what the guest said, and answers.
fn answers(desktop: &mut Desktop, host: &Window) {
    desktop.raise(host);
    desktop.press("Escape");
    desktop.sees(host, "hello from the guest");
    desktop.click(host, "entry", "Message to My room");
    desktop.type_text("hello from the host");
    desktop.press("Return");
}

#[test]
fn a_window_hosts_a_window_joins_and_both_read_both() {
    let mut desktop = Desktop::start();
    let host = desktop.open(0, &["--ephemeral"]);
    hosts(&mut desktop, &host, Some("Fernet"));
    desktop.click(&host, "push button", "Copy link");

    // The second window is used by keyboard alone.
    let guest = desktop.open(800, &["--ephemeral"]);
    joins(&mut desktop, &guest, "Address and key were taken from the link.");
    desktop.sees(&guest, "Connected to the host");
    desktop.type_text("hello from the guest");
    desktop.press("Return");

    answers(&mut desktop, &host);
    desktop.sees(&host, "hello from the host");
    desktop.sees(&guest, "hello from the host");

    // Closing the host's window asks first, since somebody is there; then the guest is told.
    desktop.close(&host);
    desktop.click(&host, "push button", "Close Keyroom");
    assert!(desktop.ends(host).success());
    desktop.sees(&guest, "The host closed the connection");
    desktop.interrupt(&guest);
    assert!(desktop.ends(guest).success());
}

#[test]
fn a_sealed_room_is_hosted_joined_and_talked_in_by_two_windows() {
    let mut desktop = Desktop::start();
    let host = desktop.open(0, &["--ephemeral"]);
    hosts(&mut desktop, &host, None);
    desktop.click(&host, "push button", "Copy link");

    let guest = desktop.open(800, &["--ephemeral"]);
    joins(&mut desktop, &guest, "Address and key were taken from the link to a sealed room.");
    desktop.click(&guest, "entry", "Message to My room");
    desktop.type_text("hello from the guest");
    desktop.press("Return");
    desktop.sees(&guest, "hello from the guest");

    answers(&mut desktop, &host);
    desktop.sees(&guest, "hello from the host");
    // The guest says what it has seen, so the host knows how far its words came.
    desktop.sees(&host, "delivered");

    desktop.interrupt(&guest);
    assert!(desktop.ends(guest).success());
    desktop.interrupt(&host);
    assert!(desktop.ends(host).success());
}

/// The whole way of somebody who has never used a terminal: a name, a passphrase, a room; and the next day.
#[test]
fn a_profile_is_made_in_the_window_locked_and_unlocked_and_has_the_room_again() {
    let scratch = keyroom_testkit::scratch::Scratch::new("first-start");
    let folder = scratch.path().join("profile");
    let profile = ["--profile", folder.to_str().unwrap()];
    let mut desktop = Desktop::start();
    let first = desktop.open(0, &profile);
    desktop.raise(&first);
    desktop.find(&first, "entry", "What should others call you?");
    desktop.type_text("Djamila");
    desktop.click(&first, "password text", "Passphrase");
    desktop.type_text("tea lamp orbit");
    desktop.press("Tab");
    desktop.type_text("tea lamp orbit");
    desktop.press("Return");
    hosts(&mut desktop, &first, None);
    desktop.press("Escape");
    desktop.click(&first, "entry", "Message to My room");
    desktop.type_text("the seeds are in the shed");
    desktop.press("Return");
    desktop.sees(&first, "stored");
    desktop.close(&first);
    desktop.click(&first, "push button", "Close Keyroom");
    assert!(desktop.ends(first).success());

    let second = desktop.open(0, &profile);
    desktop.raise(&second);
    desktop.find(&second, "password text", "Passphrase");
    desktop.type_text("coffee");
    desktop.press("Return");
    desktop.sees(&second, "This passphrase does not open your rooms.");
    desktop.type_text("tea lamp orbit");
    desktop.press("Return");
    desktop.click(&second, "push button", "Search");
    desktop.find(&second, "entry", "Words to look for");
    desktop.type_text("seeds");
    desktop.sees(&second, "1 message");
    desktop.press("Return");
    desktop.find(&second, "entry", "Message to My room");
    desktop.sees(&second, "Djamila");
    desktop.interrupt(&second);
    assert!(desktop.ends(second).success());
}
