//! The tables, and how older data is brought to the newest form.

mod second;

use openmls_sqlite_storage::SqliteStorageProvider;
use rusqlite::Connection;

use crate::mls::MessagePack;
use crate::tx::CAPTURE_TABLES;
use crate::{Damage, DbError, ProfileError};

/// One step from a version to the next. What was once released never changes.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// These statements.
    Sql(&'static str),
    /// What the MLS library's storage asks for; again where a newer version of it has more.
    Mls,
}

/// Makes the tables or brings them up to date.
pub(crate) fn to_newest(db: &mut Connection) -> Result<(), ProfileError> {
    run(db, STEPS)
}

fn run(db: &mut Connection, steps: &[Step]) -> Result<(), ProfileError> {
    let found: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION && (found, application) != (0, 0) {
        return Err(ProfileError::Damaged(Damage::Beginning));
    }
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(ProfileError::Newer { found, known });
    }
    for (done, step) in (1_u32..).zip(steps).skip(found as usize) {
        // Transactions of its own; what it has done already it does not do again.
        if matches!(step, Step::Mls) {
            let mut storage = SqliteStorageProvider::<MessagePack, _>::new(&mut *db);
            storage.run_migrations().map_err(|_| DbError::Sqlite { code: 0 })?;
        }
        let transaction = db.transaction()?;
        if let Step::Sql(statements) = step {
            transaction.execute_batch(statements)?;
        }
        transaction.pragma_update(None, "user_version", done)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.commit()?;
    }
    Ok(())
}

/// - `rooms`: `number` names a room in the other tables and is never used again. Where it stands is in `cursors`, which
///   changes with every message.
/// - `entries`: a timeline's lines are neighbours (`place` is room number and position in one). `moment` is when a message
///   came and a number to tell it from others, and what the search knows it by; without one it is not in the index, or not
///   yet (`entries_unindexed`).
/// - `search`: external content, so that texts are stored once and can be compared with it. `room` is a column of it, so
///   that a search in one room does not go through all others' messages.
/// - `upkeep`: how often messages were taken out of the index, up to which of these its parts have been written anew, and
///   which were before the writing that is going on.
/// - `sent`: the last envelopes of each room.
/// - `entries_unsynced`: our messages that the log has (`state` 2 is sent), and that a sync has not followed yet.
const STEPS: &[Step] = &[
    Step::Sql(
        "
    CREATE TABLE profile (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        seed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE people (
        number INTEGER PRIMARY KEY,
        key BLOB NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE rooms (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id BLOB NOT NULL UNIQUE,
        name TEXT NOT NULL,
        stage INTEGER NOT NULL,
        addresses TEXT NOT NULL,
        pins BLOB,
        log_key BLOB,
        incarnation BLOB,
        pass BLOB NOT NULL,
        key BLOB,
        key_expires INTEGER,
        inviter BLOB,
        verified INTEGER NOT NULL,
        healed INTEGER NOT NULL,
        unsure BLOB,
        head BLOB,
        hosted INTEGER NOT NULL,
        me TEXT NOT NULL,
        entered INTEGER NOT NULL,
        volatile INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE cursors (
        room INTEGER PRIMARY KEY,
        cursor BLOB,
        last_commit BLOB
    ) STRICT;
    CREATE TABLE entries (
        place INTEGER PRIMARY KEY,
        room INTEGER NOT NULL,
        at INTEGER NOT NULL,
        seq INTEGER,
        state INTEGER,
        author INTEGER,
        id BLOB,
        reply BLOB,
        edited INTEGER,
        moment INTEGER,
        name TEXT,
        text TEXT,
        kind INTEGER,
        data BLOB
    ) STRICT;
    CREATE UNIQUE INDEX entries_by_id ON entries (room, id, author) WHERE id IS NOT NULL;
    CREATE UNIQUE INDEX entries_by_moment ON entries (moment) WHERE moment IS NOT NULL;
    CREATE INDEX entries_unindexed ON entries (place) WHERE text IS NOT NULL AND moment IS NULL;
    CREATE INDEX entries_living ON entries (room, at) WHERE text IS NOT NULL;
    CREATE INDEX entries_underway ON entries (place) WHERE state BETWEEN 1 AND 3;
    CREATE VIEW searchable AS SELECT moment, room, text FROM entries WHERE moment IS NOT NULL;
    CREATE VIRTUAL TABLE search USING fts5(
        room, text, content = 'searchable', content_rowid = 'moment', columnsize = 0, prefix = '1 2 3',
        tokenize = \"unicode61 remove_diacritics 2 categories 'L* N* Co M*'\"
    );
    INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
    CREATE TABLE upkeep (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        removed INTEGER NOT NULL,
        swept INTEGER NOT NULL,
        sweeping INTEGER
    ) STRICT;
    INSERT INTO upkeep VALUES (1, 0, 0, NULL);
    CREATE TABLE reactions (
        place INTEGER NOT NULL,
        author INTEGER NOT NULL,
        emoji TEXT NOT NULL,
        PRIMARY KEY (place, author, emoji)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE seen (
        room INTEGER NOT NULL,
        who INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        PRIMARY KEY (room, who)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        room INTEGER NOT NULL,
        position INTEGER,
        envelope BLOB,
        content BLOB NOT NULL,
        body BLOB
    ) STRICT;
    CREATE INDEX outbox_by_room ON outbox (room, id);
    CREATE TABLE pending (
        room INTEGER PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE drafts (
        room INTEGER PRIMARY KEY,
        text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE sent (
        room INTEGER NOT NULL,
        number INTEGER NOT NULL,
        envelope BLOB NOT NULL,
        PRIMARY KEY (room, number)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX sent_by_envelope ON sent (room, envelope);
",
    ),
    Step::Mls,
    Step::Sql(second::SECOND),
    Step::Sql(CAPTURE_TABLES),
    Step::Sql("CREATE INDEX entries_unsynced ON entries (place) WHERE state = 2 AND seq IS NOT NULL;"),
];

/// Marks the file as a profile: "KRpr".
const APPLICATION: i32 = 0x4b52_7072;

#[cfg(test)]
mod tests {
    use super::*;

    fn version(db: &Connection) -> u32 {
        db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    #[test]
    fn every_version_is_brought_to_the_newest_and_keeps_what_it_had() {
        for first in 1..=STEPS.len() {
            let mut db = Connection::open_in_memory().unwrap();
            run(&mut db, &STEPS[..first]).unwrap();
            assert_eq!(version(&db) as usize, first);
            db.execute("INSERT INTO settings VALUES ('a', 'b')", []).unwrap();
            to_newest(&mut db).unwrap();
            assert_eq!(version(&db) as usize, STEPS.len());
            let kept: String = db.query_row("SELECT value FROM settings", [], |row| row.get(0)).unwrap();
            assert_eq!(kept, "b");
            db.query_row("SELECT count(*) FROM openmls_group_data", [], |_| Ok(())).unwrap();
        }
    }

    #[test]
    fn what_was_in_a_profile_of_the_first_form_counts_as_read() {
        let mut db = Connection::open_in_memory().unwrap();
        run(&mut db, &STEPS[..2]).unwrap();
        for (room, lines) in [(1_i64, 3), (2, 1)] {
            for line in 0..lines {
                db.execute(
                    "INSERT INTO entries (place, room, at, kind, data) VALUES (?1, ?2, 0, 9, x'')",
                    [(room << 40) + line, room],
                )
                .unwrap();
            }
        }
        to_newest(&mut db).unwrap();
        let read = |room: i64| -> i64 {
            db.query_row("SELECT read FROM choices WHERE room = ?1", [room], |row| row.get(0)).unwrap()
        };
        assert_eq!((read(1), read(2)), (3, 1));
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut db = Connection::open_in_memory().unwrap();
        let broken = [STEPS[0], Step::Sql("CREATE TABLE more (x); CREATE TABLE settings (x);")];
        assert!(run(&mut db, &broken).is_err());
        assert_eq!(version(&db), 1);
        assert!(db.prepare("SELECT * FROM more").is_err());
        to_newest(&mut db).unwrap();
    }

    #[test]
    fn a_newer_version_and_a_foreign_database_are_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        to_newest(&mut db).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        let known = u32::try_from(STEPS.len()).unwrap();
        assert!(matches!(to_newest(&mut db), Err(ProfileError::Newer { found: 99, known: k }) if k == known));
        let mut db = Connection::open_in_memory().unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        assert!(matches!(to_newest(&mut db), Err(ProfileError::Damaged(Damage::Beginning))));
    }
}
