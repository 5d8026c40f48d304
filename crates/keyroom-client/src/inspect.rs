//! The inspector: what the network saw of a message, how it was opened, and what would have been refused.
//!
//! Nothing here draws anything. A face asks for layers of [`Field`]s, [`Step`]s and the results of the lab, and shows them.
//! The bytes are the captured ones, never made anew; where they are gone, that is said. Why so: `docs/adr/0010-inspector.md`.
//! What is said in words is a [`Phrase`] or a [`Text`] of them, so that a face can say it in its own language.

mod capture;
pub mod decode;
mod epochs;
mod fernet;
mod field;
mod lab;
mod layer;
mod noted;
mod phrase;
mod profile;
pub mod report;
mod room;
mod sealed;
mod sides;
mod sight;
#[cfg(feature = "testing")]
pub(crate) mod staged;
mod step;

pub(crate) use capture::Tap;
pub use capture::{Author, CaptureLimits, Facts, Outer, Record, Session, Verdict};
pub use epochs::EpochChange;
pub use fernet::{InspectedToken, inspect_token};
pub use field::{Field, FieldKind, Source, Value, divides, find, leaves};
pub use lab::{Attack, FernetLab, LabError, SealedLab, Trial};
pub use layer::Layer;
pub use phrase::{Phrase, Text, Tongue, all_phrases, english};
pub use report::Report;
pub use room::{Connected, Entered, RoomReport, Seat};
pub use sealed::InspectedEnvelope;
pub use sides::{Difference, Sides, side_by_side};
pub use sight::{MEMBERS, RoomState, Sees, Sight, who_sees};
pub use step::{Outcome, Step, fingerprint, hex};

/// The system's random source, for what exists in the lab only. Where it fails there is no key to be had at all.
pub fn draw(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system's random source works where this process could start");
}
