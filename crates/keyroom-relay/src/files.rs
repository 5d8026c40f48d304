//! Files of rooms: opaque bytes, uploaded and fetched in pieces. Spec: `docs/protocol.md`, "Files".
//!
//! ```text
//! PUT  /v1/blob/FILE   Authorization: Bearer TICKET   [Content-Range: bytes a-b/total]
//!      201 all of it is here and on the disk            202 a part is; Keyroom-Offset says how much
//!      409 not the next byte: go on at Keyroom-Offset   413, 507 a quota, or the disk, is full
//! HEAD /v1/blob/FILE   200 whole, Content-Length is its size; 204 unfinished; 404 nothing of it. Keyroom-Offset
//! GET  /v1/blob/FILE   [Range: bytes=a-b]               200, 206, 416
//! ```
//!
//! A relay that keeps nothing on disk (`--memory`) takes no files and says so: a file is far larger than what a
//! process should hold.

mod api;
mod body;
mod range;
mod shelf;
mod sweep;
mod ticket;

pub(crate) use api::answer;
pub(crate) use body::FileBody;
pub(crate) use shelf::Files;
pub(crate) use sweep::sweep;
pub use ticket::{Purpose, Ticket, TicketError, Tickets};
