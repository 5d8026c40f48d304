//! What came with the second form: who knocks, earlier texts of messages, what a person chose for a room, and what its newest
//! commit was based on.

/// - `knocks`: who asks to be let in, as far as the relay has told.
/// - `edits`: what a message said before it was changed, from 0, and when that was.
/// - `choices`: `read` lines of the timeline from its beginning were read. What is in a profile of the first form, was.
pub(super) const SECOND: &str = "
    CREATE TABLE knocks (
        room INTEGER NOT NULL,
        id INTEGER NOT NULL,
        who INTEGER NOT NULL,
        name TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (room, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE edits (
        place INTEGER NOT NULL,
        number INTEGER NOT NULL,
        until INTEGER NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (place, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE choices (
        room INTEGER PRIMARY KEY,
        read INTEGER NOT NULL,
        muted INTEGER NOT NULL,
        receipts INTEGER NOT NULL,
        typing INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE bases (
        room INTEGER PRIMARY KEY,
        base INTEGER NOT NULL
    ) STRICT;
    INSERT INTO choices SELECT room, max(place) - (room << 40) + 1, 0, 1, 1 FROM entries GROUP BY room;
";
