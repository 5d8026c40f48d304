//! Fernet tokens: codec and stream splitter. No I/O, no clock, no randomness.

#![forbid(unsafe_code)]
