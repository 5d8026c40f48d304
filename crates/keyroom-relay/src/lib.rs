//! The relay: keeps rooms' logs of envelopes that it cannot read, and serves them over TLS. Spec: `docs/protocol.md`,
//! "The link".

#![forbid(unsafe_code)]

mod quotas;

pub use quotas::Quotas;
