//! Who could see what in a room: computed from its kind and how it stands.

use super::capture::Session;
use super::phrase::{Phrase, Text, phrases};

/// How a room stands, as far as who sees what depends on it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RoomState {
    /// One key for everything, and a host that forwards.
    Fernet,
    /// A sealed room.
    Sealed {
        /// What the last connection agreed on, where it is known.
        session: Option<Session>,
        /// Whether messages stay secret if X25519 falls.
        hybrid: bool,
        /// Whether newcomers need an admin.
        approval: bool,
        /// How many doors are open.
        doors: usize,
    },
}

/// What somebody sees.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sees {
    /// Nothing of it.
    No,
    /// A part, or something like it.
    Partly(Phrase),
    /// All of it.
    Yes,
}

/// What one sort of people sees.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sight {
    /// Who.
    pub who: Phrase,
    /// What was said before they came, or that they have recorded.
    pub earlier: Sees,
    /// What is said now.
    pub texts: Sees,
    /// Who says it.
    pub authors: Sees,
    /// Who is in the room.
    pub members: Sees,
    /// When something is said.
    pub times: Sees,
    /// How long it is.
    pub sizes: Sees,
    /// Why.
    pub why: Text,
}

/// Who sees what: network, relay, members, somebody with the key, a removed member.
pub fn who_sees(state: &RoomState) -> Vec<Sight> {
    match state {
        RoomState::Fernet => fernet(),
        RoomState::Sealed { session, hybrid, approval, doors } => {
            sealed(session.as_ref(), *hybrid, *approval, *doors)
        }
    }
}

fn fernet() -> Vec<Sight> {
    let all = |who, why: Phrase| Sight {
        who,
        earlier: Sees::Yes,
        texts: Sees::Yes,
        authors: Sees::Partly(ONLY_HOST),
        members: Sees::Partly(CONNECTIONS),
        times: Sees::Yes,
        sizes: Sees::Yes,
        why: why.into(),
    };
    vec![
        Sight {
            who: NETWORK,
            earlier: Sees::No,
            texts: Sees::No,
            authors: Sees::Partly(ADDRESSES),
            members: Sees::Partly(ADDRESSES),
            times: Sees::Yes,
            sizes: Sees::Partly(TO_16_BYTES),
            why: PLAIN_TCP.into(),
        },
        all(RELAY, NO_RELAY),
        all(MEMBERS, ONE_KEY),
        all(KEY, ONE_KEY_BEFORE),
        all(REMOVED, NO_REMOVAL),
    ]
}

fn sealed(session: Option<&Session>, hybrid: bool, approval: bool, doors: usize) -> Vec<Sight> {
    let network = match session {
        Some(Session::Tls { version, group, is_post_quantum, .. }) => {
            let later = match (is_post_quantum, hybrid) {
                (true, _) => QUANTUM_SAFE,
                (false, true) => QUANTUM_INSIDE,
                (false, false) => QUANTUM_OPEN,
            };
            IN_TLS.with([Text::as_is(version), Text::as_is(group), later.into()])
        }
        Some(Session::WithinTheProcess) => WITHIN.into(),
        None => NOT_KNOWN.into(),
    };
    let key = match (doors, approval) {
        (0, _) => (Sees::No, NO_DOOR),
        (_, true) => (Sees::No, KNOCK),
        (_, false) => (Sees::Yes, LETS_IN),
    };
    vec![
        Sight {
            who: NETWORK,
            earlier: Sees::No,
            texts: Sees::No,
            authors: Sees::No,
            members: Sees::Partly(ADDRESSES),
            times: Sees::Yes,
            sizes: Sees::Partly(PADDED),
            why: network,
        },
        Sight {
            who: RELAY,
            earlier: Sees::No,
            texts: Sees::No,
            authors: Sees::Partly(PSEUDONYMS),
            members: Sees::Partly(HOW_MANY),
            times: Sees::Yes,
            sizes: Sees::Partly(PADDED),
            why: CANNOT_OPEN.into(),
        },
        Sight {
            who: MEMBERS,
            earlier: Sees::Partly(SINCE),
            texts: Sees::Yes,
            authors: Sees::Yes,
            members: Sees::Yes,
            times: Sees::Yes,
            sizes: Sees::Yes,
            why: PRESENT_KEYS.into(),
        },
        Sight {
            who: KEY,
            earlier: Sees::No,
            texts: if key.0 == Sees::Yes { Sees::Partly(ONCE_IN) } else { Sees::No },
            authors: if key.0 == Sees::Yes { Sees::Partly(ONCE_IN) } else { Sees::No },
            members: key.0,
            times: if doors == 0 { Sees::No } else { Sees::Partly(ONCE_IN) },
            sizes: if doors == 0 { Sees::No } else { Sees::Partly(ONCE_IN) },
            why: key.1.into(),
        },
        Sight {
            who: REMOVED,
            earlier: Sees::Partly(KEPT),
            texts: Sees::No,
            authors: Sees::No,
            members: Sees::Partly(AS_THEY_WERE),
            times: Sees::No,
            sizes: Sees::No,
            why: REMOVAL.into(),
        },
    ]
}

phrases! {
    NETWORK = "the network";
    RELAY = "the relay";
    /// Those who are to see all of it.
    pub MEMBERS = "members";
    KEY = "somebody with the key";
    REMOVED = "a removed member";

    ONLY_HOST = "a guest sees only “host”";
    CONNECTIONS = "the host sees connections, a guest only the host";
    ADDRESSES = "network addresses";
    TO_16_BYTES = "to 16 bytes";
    PADDED = "padded sizes";
    PSEUDONYMS = "pseudonyms";
    HOW_MANY = "how many pseudonyms";
    SINCE = "since they came";
    ONCE_IN = "once it has entered, visibly";
    KEPT = "what it has kept";
    AS_THEY_WERE = "as they were when it was removed";

    PLAIN_TCP = "Tokens go over plain TCP. Whoever gets the key later reads what was recorded.";
    NO_RELAY = "There is no relay: the host forwards, and has the key like everybody.";
    ONE_KEY = "One key opens everything.";
    ONE_KEY_BEFORE = "One key opens everything, also what was recorded before.";
    NO_REMOVAL = "Nobody can be removed: who has the key, has it.";
    IN_TLS = "All of it is inside {} with {}. {}";
    QUANTUM_SAFE = "A quantum computer would not help who records it.";
    QUANTUM_INSIDE = "This connection is not safe from a later quantum computer; the messages inside are.";
    QUANTUM_OPEN = "Neither this connection nor the messages inside are safe from a later quantum computer.";
    WITHIN = "The relay is in this program; others come by TLS 1.3 with X25519MLKEM768.";
    NOT_KNOWN = "All of it is inside TLS 1.3; what was agreed on is known once the room was open.";
    NO_DOOR = "No door is open: the key opens nothing.";
    KNOCK = "The key lets somebody knock; an admin decides.";
    LETS_IN = "The key opens the room's blob, which names the members, and lets somebody in: all members see that at once.";
    CANNOT_OPEN = "It orders and keeps what it cannot open. If it lies about the log, members find out.";
    PRESENT_KEYS = "Each has keys for the present epoch; those of before are deleted.";
    REMOVAL = "A removal changes the keys, closes all doors and deletes the pass, in one step.";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(approval: bool, doors: usize) -> RoomState {
        RoomState::Sealed { session: None, hybrid: true, approval, doors }
    }

    fn row(state: &RoomState, who: Phrase) -> Sight {
        who_sees(state).into_iter().find(|sight| sight.who == who).unwrap()
    }

    #[test]
    fn both_kinds_of_room_have_the_same_rows() {
        let names = |state: &RoomState| who_sees(state).iter().map(|sight| sight.who).collect::<Vec<_>>();
        assert_eq!(names(&RoomState::Fernet), [NETWORK, RELAY, MEMBERS, KEY, REMOVED]);
        assert_eq!(names(&RoomState::Fernet), names(&state(false, 1)));
    }

    #[test]
    fn what_the_key_gives_away_depends_on_the_doors_and_on_approval() {
        assert_eq!(row(&state(false, 1), KEY).members, Sees::Yes);
        assert_eq!(row(&state(true, 1), KEY).members, Sees::No);
        assert_eq!(row(&state(false, 0), KEY).times, Sees::No);
        assert_eq!(row(&RoomState::Fernet, KEY).earlier, Sees::Yes);
    }

    #[test]
    fn nobody_outside_and_nobody_removed_reads_a_sealed_room() {
        for who in [NETWORK, RELAY, REMOVED] {
            assert_eq!(row(&state(false, 1), who).texts, Sees::No);
        }
        assert_eq!(row(&RoomState::Fernet, REMOVED).texts, Sees::Yes);
    }

    #[test]
    fn a_connection_that_a_quantum_computer_could_open_is_said() {
        let session = |is_post_quantum| Session::Tls {
            version: "TLSv1.3".to_owned(),
            group: "X25519".to_owned(),
            is_post_quantum,
            suite: String::new(),
            pin: String::new(),
        };
        let why = |is_post_quantum, hybrid| {
            let session = Some(session(is_post_quantum));
            row(&RoomState::Sealed { session, hybrid, approval: false, doors: 1 }, NETWORK).why
        };
        assert!(why(true, false).contains("would not help"));
        assert!(why(false, true).contains("the messages inside are"));
        assert!(why(false, false).contains("Neither"));
    }
}
