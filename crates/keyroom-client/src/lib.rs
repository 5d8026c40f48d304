//! The engine: rooms, connections and history. Commands in, events out.

#![forbid(unsafe_code)]
