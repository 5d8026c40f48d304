//! A profile's encrypted database: rooms, messages, outbox, search, and the MLS library's state.

#![forbid(unsafe_code)]
