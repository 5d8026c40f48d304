//! Writing systems: Arabic and Hebrew in right order and at the right, Devanagari, Chinese, Japanese, Korean, and
//! emoji as outlines. None may stay blank.

use std::sync::Arc;

use keyroom_client::{MessageState, PeerId, Sender};
use slint::fontique_011::fontique::{Blob, FallbackKey, FamilyId, FontInfoOverride, GenericFamily, Script};

use crate::stage::Stage;
use crate::{sample, snapshots};

#[test]
fn every_script_is_drawn_and_right_to_left_text_stands_at_the_right() {
    let stage = Stage::open(720, 620);
    use_test_fonts();
    let room = sample::join(&stage, "Scripts");
    for (minute, text) in (31..).zip(TEXTS) {
        sample::say(&stage, room, minute, Sender::Peer(PeerId(900)), text, MessageState::Received);
    }
    stage.settle();
    let picture = stage.picture();
    snapshots::compare("scripts", &picture);

    // Per message: where ink begins and ends, from the left.
    let background = picture.as_slice()[(picture.width() * 300 + 280) as usize];
    for (text, right) in TEXTS.into_iter().zip([true, true, false, false, false]) {
        let row = stage
            .things()
            .into_iter()
            .find(|row| row.accessible_label().is_some_and(|label| label.ends_with(text)))
            .unwrap_or_else(|| panic!("{text} is not in sight"));
        let (at, size) = (row.absolute_position(), row.size());
        // The text stands in the lowest line of the row, right of the avatar.
        let (left, width) = (at.x + 58.0, size.width - 58.0 - 16.0);
        let ink = ink(&picture, background, left, at.y + size.height - 26.0, width, 22.0);
        let (first, last) = ink.unwrap_or_else(|| panic!("{text} is blank"));
        assert!(last - first > 40, "{text} is nearly blank: {first}..{last}");
        let at_right = f64::from(last) > 0.9 * f64::from(width);
        assert_eq!(at_right, right, "{text}: ink from {first} to {last} of {width}");
    }
}

#[test]
fn each_emoji_of_a_message_leaves_ink_on_the_software_renderer() {
    let stage = Stage::open(720, 620);
    let room = sample::join(&stage, "Emoji");
    for (minute, emoji) in (31..).zip(["🌱", "👋🏽", "👩‍👩‍👧", "❤️", "🫠", "🇩🇪"])
    {
        sample::say(&stage, room, minute, Sender::Peer(PeerId(900)), emoji, MessageState::Received);
        stage.settle();
        let picture = stage.picture();
        let background = picture.as_slice()[(picture.width() * 300 + 280) as usize];
        // The newest stands directly over the composer.
        let row = stage
            .things()
            .into_iter()
            .find(|row| row.accessible_label().is_some_and(|label| label.ends_with(emoji)))
            .unwrap_or_else(|| panic!("{emoji} is not in sight"));
        let (at, size) = (row.absolute_position(), row.size());
        let ink = ink(&picture, background, at.x + 58.0, at.y + size.height - 26.0, 300.0, 22.0);
        assert!(ink.is_some_and(|(first, last)| last - first >= 8), "{emoji} is blank");
    }
}

/// The first and last column of a part of the picture that differ clearly from the background.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a small picture")]
fn ink(
    picture: &slint::SharedPixelBuffer<slint::Rgba8Pixel>,
    background: slint::Rgba8Pixel,
    x: f32,
    y: f32,
    width: f32,
    height: f32,
) -> Option<(u32, u32)> {
    let dark = |column: u32| {
        (0..height as u32).any(|line| {
            let pixel =
                picture.as_slice()[((y as u32 + line) * picture.width() + x as u32 + column) as usize];
            pixel.g.abs_diff(background.g) > 90
        })
    };
    let mut columns = (0..width as u32).filter(|&column| dark(column));
    let first = columns.next()?;
    Some((first, columns.next_back().unwrap_or(first)))
}

fn use_test_fonts() {
    let mut collection = slint::fontique_011::shared_collection();
    for (place, (scripts, bytes)) in FONTS.into_iter().enumerate() {
        // A name of its own: under the font's own one, a machine that has the whole font would draw with that.
        let name = format!("Test font {place}");
        let renamed = FontInfoOverride { family_name: Some(&name), ..FontInfoOverride::default() };
        let fonts = collection.register_fonts(Blob::new(Arc::new(bytes)), Some(renamed));
        let families: Vec<FamilyId> = fonts.iter().map(|(family, _)| *family).collect();
        for script in scripts {
            let script = Script::from_bytes(**script);
            collection.set_fallbacks(FallbackKey::new(script, None), families.iter().copied());
        }
        // Before whatever the machine has, the outline emoji too: a text font of the machine may know a heart.
        let emoji: Vec<FamilyId> = collection.generic_families(GenericFamily::Emoji).collect();
        for generic in [GenericFamily::SansSerif, GenericFamily::SystemUi] {
            let others: Vec<FamilyId> = collection.generic_families(generic).collect();
            let first = families.iter().chain(&emoji).copied();
            collection.set_generic_families(generic, first.chain(others));
        }
    }
}

const TEXTS: [&str; 5] = [
    "مرحبا بالجميع، هل نزرع يوم السبت؟",
    "שלום לכולם, ניפגש בשבת?",
    "नमस्ते, हम शनिवार को मिलेंगे?",
    "大家好，星期六见。こんにちは 안녕하세요",
    "Grüße 🌱 👋🏽 👩‍👩‍👧 ❤️ 🫠",
];

static FONTS: [(&[&[u8; 4]], &[u8]); 4] = [
    (&[b"Arab"], include_bytes!("../fonts/NotoSansArabic-subset.ttf")),
    (&[b"Hebr"], include_bytes!("../fonts/NotoSansHebrew-subset.ttf")),
    (&[b"Deva"], include_bytes!("../fonts/NotoSansDevanagari-subset.ttf")),
    (&[b"Hani", b"Hira", b"Kana", b"Hang"], include_bytes!("../fonts/NotoSansCJK-subset.otf")),
];
