//! Both ends of the relay link as state machines. Spec: `docs/protocol.md`, "The link".
//!
//! Sans-IO: no socket, clock or randomness in here.

#![forbid(unsafe_code)]

mod back_off;
mod client;
mod credit;
pub mod relay;
mod sign;

pub use back_off::BackOff;
pub use client::{
    CommandError, ConnectionId, Cursor, Event, Link, LinkConfig, Lost, RelayFault, RequestId, Stop,
};
pub use credit::credit_cost;
pub use sign::{
    BadSignature, Credential, DoorSecret, LogSecret, PassSecret, PublicHalf, Secret, check_head, check_login,
    check_succession, head_text, login_text, sign_head, sign_login, sign_succession,
};
