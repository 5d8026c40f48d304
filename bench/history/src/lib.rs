//! Messages to fill a profile with, and what to look for in it.

#![forbid(unsafe_code)]

mod source;

pub use source::{Draw, QUERIES, Source, room};
