//! Draws every screen, light and dark, wide and narrow, without a display:
//! `cargo run -p keyroom-gui --example screenshots` writes `docs/screens/*.png`, or into the folder it is given, in the
//! language that `LANG` asks for.

#![allow(dead_code, unused_imports, clippy::panic, reason = "shares its stage with the tests")]

#[path = "../tests/window/picture.rs"]
mod picture;
#[path = "../tests/window/sample.rs"]
mod sample;
#[path = "../tests/window/screens.rs"]
mod screens;
#[path = "../tests/window/stage.rs"]
mod stage;

use std::path::PathBuf;

use keyroom_view::words::{self, Language};

fn main() -> std::io::Result<()> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/screens");
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| default.into()));
    std::fs::create_dir_all(&folder)?;
    words::speak(Language::of_environment(|name| std::env::var(name).ok()));
    for (width, height, kind) in [(1180, 760, ""), (360, 740, "-narrow")] {
        for name in screens::ALL {
            let stage = screens::show(name, width, height);
            for (dark, theme) in [(false, "light"), (true, "dark")] {
                stage.dark(dark);
                picture::write(&folder.join(format!("{name}{kind}-{theme}.png")), &stage.picture());
            }
        }
    }
    Ok(())
}
