//! The inspector: what the network saw of a message, how it was opened, and what would have been refused.
//!
//! Nothing here draws anything. A face asks for layers of [`Field`]s, [`Step`]s and the results of the lab, and shows them.
//! The bytes are the captured ones, never made anew; where they are gone, that is said. Why so: `docs/adr/0010-inspector.md`.

pub mod decode;
mod fernet;
mod field;
mod lab;
mod layer;
mod step;

pub use fernet::{InspectedToken, inspect_token};
pub use field::{Field, FieldKind, Source, Value, divides, find, leaves};
pub use lab::{Attack, FernetLab, Trial};
pub use layer::Layer;
pub use step::{Outcome, Step, fingerprint};
