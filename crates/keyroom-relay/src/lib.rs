//! The relay: keeps rooms' logs of envelopes that it cannot read, and serves them over TLS. Spec: `docs/protocol.md`,
//! "The link".

#![forbid(unsafe_code)]

mod bucket;
mod counts;
pub mod hub;
mod now;
mod quotas;
mod room;

pub use counts::{Count, Counts};
pub use now::Now;
pub use quotas::Quotas;
