//! Every screen, pixel by pixel, with bundled fonts only.
//!
//! `KEYROOM_BLESS=1 cargo test -p keyroom-gui` writes the references in `tests/snapshots` anew. A failed
//! comparison leaves the new picture beside its reference as `NAME.new.png`.

use std::path::Path;

use keyroom_view::Input;
use keyroom_view::words::{self, Language};

use crate::picture::Picture;
use crate::{picture, screens};

#[test]
fn wide_screens_look_as_their_references_in_both_themes() {
    all("", 1180, 760, &WIDE);
}

#[test]
fn the_inspector_looks_as_its_references_in_both_themes() {
    let wide = screens::ALL.into_iter().filter(|name| name.starts_with("inspector"));
    let wide: Vec<&str> = wide.chain(["inspector-beside", "inspector-inside"]).collect();
    all("", 1180, 760, &wide);
}

#[test]
fn narrow_screens_look_as_their_references_in_both_themes() {
    all("-narrow", 360, 740, &screens::ALL);
}

#[test]
fn screens_in_german_look_as_their_references() {
    words::speak(Language::German);
    let wide = [WIDE.as_slice(), &GERMAN].concat();
    for (kind, width, names) in [("", 1180, wide.as_slice()), ("-narrow", 360, screens::ALL.as_slice())] {
        for name in names {
            let stage = screens::show(name, width, if width > 720 { 760 } else { 740 });
            compare(&format!("{name}{kind}-german"), &stage.picture());
        }
    }
}

#[test]
fn screens_in_high_contrast_look_as_their_references_in_both_themes() {
    for name in screens::ALL {
        let stage = screens::show(name, 360, 740);
        stage.handle(Input::ToggleContrast);
        for (dark, theme) in [(false, "light"), (true, "dark")] {
            stage.dark(dark);
            compare(&format!("{name}-narrow-contrast-{theme}"), &stage.picture());
        }
    }
    for name in ["start", "room"] {
        let stage = screens::show(name, 1180, 760);
        stage.handle(Input::ToggleContrast);
        compare(&format!("{name}-contrast-light"), &stage.picture());
    }
}

fn all(kind: &str, width: u32, height: u32, names: &[&str]) {
    for name in names {
        let stage = screens::show(name, width, height);
        for (dark, theme) in [(false, "light"), (true, "dark")] {
            stage.dark(dark);
            compare(&format!("{name}{kind}-{theme}"), &stage.picture());
        }
    }
}

/// Screens that look another way where there is room.
const WIDE: [&str; 19] = [
    "first-start",
    "unlock",
    "start",
    "host",
    "room",
    "key",
    "doors",
    "large-code",
    "search",
    "preferences",
    "joining",
    "quit",
    "profile",
    "lively",
    "menu",
    "formatted",
    "link",
    "code",
    "settings",
];

/// Pages of the inspector, where long words stand in columns.
const GERMAN: [&str; 4] = ["inspector-steps", "inspector-lab", "inspector-sealed", "inspector-room"];

/// Compares a picture with its reference: small differences of a few pixels come from rounding on other processors.
pub(crate) fn compare(name: &str, shown: &Picture) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
    let reference = folder.join(format!("{name}.png"));
    if std::env::var_os("KEYROOM_BLESS").is_some() {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        picture::write(&reference, shown);
        return;
    }
    let (width, height, bytes) =
        picture::read(&reference).unwrap_or_else(|| panic!("{name} has no reference"));
    assert_eq!((shown.width(), shown.height()), (width, height), "size of {name}");
    let different = shown
        .as_slice()
        .iter()
        .zip(bytes.chunks_exact(3))
        .filter(|(pixel, other)| {
            let far = |one: u8, other: u8| one.abs_diff(other) > CHANNEL_TOLERANCE;
            far(pixel.r, other[0]) || far(pixel.g, other[1]) || far(pixel.b, other[2])
        })
        .count();
    if different > PIXEL_TOLERANCE {
        picture::write(&folder.join(format!("{name}.new.png")), shown);
        panic!("{name} differs from its reference in {different} pixels");
    }
}

const CHANNEL_TOLERANCE: u8 = 12;
const PIXEL_TOLERANCE: usize = 60;
