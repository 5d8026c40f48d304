//! What is captured, for how long, and what is noted when an envelope is opened.
//!
//! The bytes are those that came: the frame of the link as it was delivered, and, where that is switched on, what was around
//! it. They are held here from the moment they are read until the room takes the envelope, and are then stored in the same
//! transaction as what the envelope meant.

mod facts;
mod limits;
mod outer;
mod tap;

pub use facts::{Author, Facts, Session, Verdict};
pub use limits::CaptureLimits;
pub use outer::{Outer, Record};
pub(crate) use tap::Tap;
