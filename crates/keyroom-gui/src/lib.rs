//! The desktop window: [`keyroom_view`]'s screens, drawn with Slint.
//!
//! [`run`] opens it. The markup is in `ui/`; Rust fills its properties ([`Face`]) and decides nothing.
//!
//! Environment: `KEYROOM_RENDERER=gl|software`, `KEYROOM_THEME=light|dark` and `KEYROOM_CONTRAST=high|usual` override
//! what is found; `LC_ALL`, `LC_MESSAGES` and `LANG` say the language until one is chosen in the window.

mod emoji;
mod face;
mod fields;
mod fonts;
mod gate;
mod inspector;
mod notify;
mod opener;
mod present;
mod qr;
mod renderer;
mod rows;
mod rtl;
mod run;
mod turns;
pub mod ui;
mod wire;

pub use face::{Clock, Face, ToDesktop, ToEngine};
pub use fonts::use_outline_emoji;
pub use gate::{GateFace, ToVault, Vault};
pub use opener::Opener;
pub use renderer::Renderer;
pub use rows::Rows;
pub use run::{First, Opening, RunError, quit, run};
// What `run` takes, so that the binary needs no edge of its own to the view.
pub use keyroom_view::{Field, FieldText, Input, LocalTime, Options, RoomKind};
