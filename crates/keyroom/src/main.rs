//! Keyroom: private chat rooms that you open with a key.

#![forbid(unsafe_code)]

fn main() {}
