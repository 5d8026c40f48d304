//! Who could see what in a room: computed from its kind and how it stands.

use super::capture::Session;

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
    Partly(&'static str),
    /// All of it.
    Yes,
}

/// What one sort of people sees.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sight {
    /// Who.
    pub who: &'static str,
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
    pub why: String,
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
    let all = |who, why: &str| Sight {
        who,
        earlier: Sees::Yes,
        texts: Sees::Yes,
        authors: Sees::Partly("a guest sees only “host”"),
        members: Sees::Partly("the host sees connections, a guest only the host"),
        times: Sees::Yes,
        sizes: Sees::Yes,
        why: why.to_owned(),
    };
    vec![
        Sight {
            who: NETWORK,
            earlier: Sees::No,
            texts: Sees::No,
            authors: Sees::Partly("network addresses"),
            members: Sees::Partly("network addresses"),
            times: Sees::Yes,
            sizes: Sees::Partly("to 16 bytes"),
            why: "Tokens go over plain TCP. Whoever gets the key later reads what was recorded.".to_owned(),
        },
        all(RELAY, "There is no relay: the host forwards, and has the key like everybody."),
        all(MEMBERS, "One key opens everything."),
        all(KEY, "One key opens everything, also what was recorded before."),
        all(REMOVED, "Nobody can be removed: who has the key, has it."),
    ]
}

fn sealed(session: Option<&Session>, hybrid: bool, approval: bool, doors: usize) -> Vec<Sight> {
    let network = match session {
        Some(Session::Tls { version, group, is_post_quantum, .. }) => {
            let later = match (is_post_quantum, hybrid) {
                (true, _) => "A quantum computer would not help who records it.",
                (false, true) => {
                    "This connection is not safe from a later quantum computer; the messages inside are."
                }
                (false, false) => {
                    "Neither this connection nor the messages inside are safe from a later quantum computer."
                }
            };
            format!("All of it is inside {version} with {group}. {later}")
        }
        Some(Session::WithinTheProcess) => {
            "The relay is in this program; others come by TLS 1.3 with X25519MLKEM768.".to_owned()
        }
        None => "All of it is inside TLS 1.3; what was agreed on is known once the room was open.".to_owned(),
    };
    let key = match (doors, approval) {
        (0, _) => (Sees::No, "No door is open: the key opens nothing."),
        (_, true) => (Sees::No, "The key lets somebody knock; an admin decides."),
        (_, false) => (
            Sees::Yes,
            "The key opens the room's blob, which names the members, and lets somebody in: all members see that at once.",
        ),
    };
    vec![
        Sight {
            who: NETWORK,
            earlier: Sees::No,
            texts: Sees::No,
            authors: Sees::No,
            members: Sees::Partly("network addresses"),
            times: Sees::Yes,
            sizes: Sees::Partly("padded sizes"),
            why: network,
        },
        Sight {
            who: RELAY,
            earlier: Sees::No,
            texts: Sees::No,
            authors: Sees::Partly("pseudonyms"),
            members: Sees::Partly("how many pseudonyms"),
            times: Sees::Yes,
            sizes: Sees::Partly("padded sizes"),
            why: "It orders and keeps what it cannot open. If it lies about the log, members find out."
                .to_owned(),
        },
        Sight {
            who: MEMBERS,
            earlier: Sees::Partly("since they came"),
            texts: Sees::Yes,
            authors: Sees::Yes,
            members: Sees::Yes,
            times: Sees::Yes,
            sizes: Sees::Yes,
            why: "Each has keys for the present epoch; those of before are deleted.".to_owned(),
        },
        Sight {
            who: KEY,
            earlier: Sees::No,
            texts: if key.0 == Sees::Yes { Sees::Partly("once it has entered, visibly") } else { Sees::No },
            authors: if key.0 == Sees::Yes { Sees::Partly("once it has entered, visibly") } else { Sees::No },
            members: key.0,
            times: if doors == 0 { Sees::No } else { Sees::Partly("once it has entered, visibly") },
            sizes: if doors == 0 { Sees::No } else { Sees::Partly("once it has entered, visibly") },
            why: key.1.to_owned(),
        },
        Sight {
            who: REMOVED,
            earlier: Sees::Partly("what it has kept"),
            texts: Sees::No,
            authors: Sees::No,
            members: Sees::Partly("as they were when it was removed"),
            times: Sees::No,
            sizes: Sees::No,
            why: "A removal changes the keys, closes all doors and deletes the pass, in one step.".to_owned(),
        },
    ]
}

const NETWORK: &str = "the network";
const RELAY: &str = "the relay";
const MEMBERS: &str = "members";
const KEY: &str = "somebody with the key";
const REMOVED: &str = "a removed member";

#[cfg(test)]
mod tests {
    use super::*;

    fn state(approval: bool, doors: usize) -> RoomState {
        RoomState::Sealed { session: None, hybrid: true, approval, doors }
    }

    fn row(state: &RoomState, who: &str) -> Sight {
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
