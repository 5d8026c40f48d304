//! The way to a relay: TLS that trusts a pin or a name, a WebSocket over it, and the task that drives a
//! [`keyroom_link::Link`] over as many connections as it takes. Spec: `docs/protocol.md`, "Transport".

mod connect;
mod drive;
mod error;
mod transport;
mod trust;

pub use connect::{connect, over};
pub use drive::{Driven, drive};
pub use error::ConnectError;
pub use transport::{Receiver, Security, Sender, Transport};
pub use trust::Trust;
