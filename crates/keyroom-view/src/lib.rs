//! What a screen shows, as a reducer without a toolkit.

#![forbid(unsafe_code)]
