//! The client's way to a relay: TLS 1.3 and a WebSocket, up to whole binary messages, and the task that drives a
//! [`keyroom_link::Link`] over as many connections as it takes. Spec: `docs/protocol.md`, "The link".
//!
//! ```text
//! dial ─► TLS: pin or name, signature, group ─► upgrade of /v1/link ─► Transport: send, next
//! ```
//!
//! What can go wrong has an error of its own each ([`ConnectError`]), and none of them may be answered by trying with
//! less: a wrong pin, a missing signature or a classical group end the attempt before a byte of ours is sent.

mod connect;
mod drive;
mod error;
mod tap;
mod transport;
mod trust;
mod verifier;

pub use connect::connect;
pub(crate) use connect::connect_tapped;
pub(crate) use drive::drive_tapped;
pub use drive::{Driven, Told, binding, drive};
pub use error::{CertificateFault, ConnectError, LinkError};
pub use transport::{Incoming, Negotiated, Outgoing, Transport};
pub use trust::{Roots, Trust};
