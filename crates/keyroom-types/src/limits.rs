//! Every bound on what a stranger can make us hold or do, in one place, so that a reader can add them up.

/// Longest text of one message in a Fernet room, in bytes of UTF-8.
pub const FERNET_TEXT_BYTES: usize = 100_000;

/// How much of an unfinished token a peer can make us hold, in bytes.
pub const STREAM_BUFFER_BYTES: usize = 1 << 20;

/// Places in one run of the base64url alphabet at which a token is looked for before the run is dropped.
pub const CANDIDATE_STARTS: usize = 64;

/// How much of one message the simplest peers read: one `recv(1024)`, in characters of the token.
pub const SIMPLE_PEER_CHARS: usize = 1024;

/// How much of one message other simple peers read: one `recv(4096)`, in characters of the token.
pub const COMMON_PEER_CHARS: usize = 4096;

/// Own messages that may wait to be sent in one room; one more is refused.
pub const WAITING_MESSAGES: usize = 1_000;

/// Tokens that may wait for one peer that reads; the host then takes less from the others.
pub const PEER_QUEUE_TOKENS: usize = 1_024;

/// Bytes that may wait for one peer; a peer that lets more pile up does not read and is dropped.
pub const PEER_QUEUE_BYTES: usize = 4 << 20;

/// Token ids that a room remembers, so that a token that comes again is flagged.
pub const REMEMBERED_TOKENS: usize = 100_000;

/// Peers that one host serves at once; one more is turned away.
pub const PEERS_PER_ROOM: usize = 1_000;

/// Connections from one address (in IPv6: one network of 64 bits) at once, so that one stranger cannot fill a room.
pub const PEERS_PER_ADDRESS: usize = PEERS_PER_ROOM / 2;

/// Bytes of own messages that may wait to be sent in one room; one message more is refused.
pub const WAITING_BYTES: usize = 16 << 20;

/// Refused tokens or stretches of junk in [`REFUSALS_WINDOW_S`] seconds after which a peer is disconnected.
pub const REFUSALS: usize = 20;

/// The window that [`REFUSALS`] are counted in, in seconds.
pub const REFUSALS_WINDOW_S: u64 = 10;

/// Longest message envelope, in bytes.
pub const ENVELOPE_BYTES: usize = 64 << 10;

/// Longest commit, in bytes.
pub const COMMIT_BYTES: usize = 1 << 20;

/// Longest blob, in bytes.
pub const BLOB_BYTES: usize = 4 << 20;

/// Longest part of a blob in one frame, in bytes.
pub const BLOB_PART_BYTES: usize = 128 << 10;

/// Welcomes that go with one append: as many different ones; newcomers may share one.
pub const APPEND_WELCOMES: usize = 4;

/// Whole blobs that one link holds before an append names them: its commit's, and the welcomes.
pub const LINK_BLOBS: usize = 1 + APPEND_WELCOMES;

/// Bytes of these blobs together.
pub const LINK_BLOB_BYTES: usize = 2 * BLOB_BYTES;

/// Blobs that a relay keeps of one commit: its author's and those that others republish.
pub const BLOB_CANDIDATES: usize = 4;

/// Longest frame of the link, in bytes: a commit and the messages that follow it.
pub const FRAME_BYTES: usize = COMMIT_BYTES + (512 << 10);

/// Longest frame of the link before its login is accepted, in bytes.
pub const LOGIN_FRAME_BYTES: usize = 4 << 10;

/// Envelopes in one append.
pub const APPEND_ENTRIES: usize = 64;

/// Changes of doors and passes in one append.
pub const APPEND_CHANGES: usize = 64;

/// Passes in one room.
pub const PASSES_PER_ROOM: usize = 5_000;

/// Doors in one room.
pub const DOORS_PER_ROOM: usize = 64;

/// Longest knock, in bytes.
pub const KNOCK_BYTES: usize = 16 << 10;

/// Knocks that wait for an answer in one room.
pub const KNOCKS_PER_ROOM: usize = 64;

/// How long a knock waits for its answer, and a welcome for who is to read it, in milliseconds: seven days.
pub const KNOCK_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Bytes of knocks after which a part of their list ends.
pub const KNOCKS_PART_BYTES: usize = 256 << 10;

/// Newcomers that wait for their turn in one room.
pub const QUEUE_PER_ROOM: usize = 2_000;

/// Requests of one link that wait for an answer.
pub const LINK_REQUESTS: usize = 32;

/// Longest ephemeral message, in bytes.
pub const EPHEMERAL_BYTES: usize = 1 << 10;

/// Envelopes in one answer to a fetch.
pub const RANGE_ENVELOPES: usize = 256;

/// Bytes of bodies after which an answer to a fetch ends.
pub const RANGE_BYTES: usize = 256 << 10;

/// What an envelope costs of a link's credit on top of its body, in bytes.
pub const CREDIT_PER_ENVELOPE: usize = 128;

/// Longest name that a client says it dialled (RFC 1035, 2.3.4), in bytes.
pub const NAME_BYTES: usize = 253;

/// Longest bearer token of a file ticket, in bytes.
pub const TICKET_BYTES: usize = 512;

/// Writes that may wait for the disk at a relay; one more is refused.
pub const COMMIT_WAITING_WRITES: usize = 64 << 10;

/// Bytes of writes that may wait for the disk at a relay; one write more is refused.
pub const COMMIT_WAITING_BYTES: usize = 64 << 20;

/// Writes that one commit takes from those that wait.
pub const COMMIT_BATCH_WRITES: usize = 4 << 10;

/// Bytes of writes after which one commit takes no more.
pub const COMMIT_BATCH_BYTES: usize = 16 << 20;

/// Requests that wait in a client to be sent to its relay, or for an answer; one more is refused.
pub const LINK_WAITING: usize = 256;

/// Bytes of such requests, their blobs included; one more is refused.
pub const LINK_WAITING_BYTES: usize = 16 << 20;

/// Ephemeral messages that wait in a client to be sent; the oldest goes where one more comes.
pub const EPHEMERAL_WAITING: usize = 16;

/// Admins of one sealed room.
pub const ADMINS_PER_ROOM: usize = 64;

/// Open doors of one sealed room.
pub const OPEN_DOORS: usize = 16;

/// Members that a sealed room may declare.
pub const MEMBERS_PER_ROOM: u32 = 2_000;

/// Members up to which a sealed room has a hybrid (post-quantum) suite, whose commits grow with every member.
pub const HYBRID_MEMBERS: u32 = 100;

/// Relay pins in one blob.
pub const PINS_PER_BLOB: usize = 16;

/// Passes that one message confirms.
pub const CONFIRMED_PASSES: usize = 1_000;

/// Longest file name in a message, in bytes.
pub const FILE_NAME_BYTES: usize = 255;

/// Longest reaction, in bytes: a joined emoji sequence.
pub const EMOJI_BYTES: usize = 64;
