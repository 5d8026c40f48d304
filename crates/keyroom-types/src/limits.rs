//! Every bound on what a stranger can make us hold or do, in one place, so that a reader can add them up.

/// Longest text of one message in a Fernet room, in bytes of UTF-8.
pub const FERNET_TEXT_BYTES: usize = 100_000;

/// How much of an unfinished token a peer can make us hold, in bytes.
pub const STREAM_BUFFER_BYTES: usize = 1 << 20;

/// Places in one run of the base64url alphabet at which a token is looked for before the run is dropped.
pub const CANDIDATE_STARTS: usize = 64;
