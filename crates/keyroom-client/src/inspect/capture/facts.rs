//! What was checked when an envelope was opened: noted then, because the keys are gone afterwards.

use std::collections::BTreeMap;

use keyroom_mls::{Fault, Opened};
use keyroom_types::{Chain, Cursor, Header, IdentityKey, Kind, MessageId};

use crate::inspect::noted;
use crate::inspect::sealed;
use crate::inspect::step::hex;
use crate::relay_link::Negotiated;

/// What was noted of one envelope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Facts {
    /// What it was, by its header.
    pub kind: Kind,
    /// The newest commit that its author had processed.
    pub based_on: u64,
    /// The chain's value before it, where it was known, and after it.
    pub chain: (Option<Chain>, Chain),
    /// What became of it.
    pub verdict: Verdict,
    /// The epoch that it was sealed in; of a commit, the one that it began.
    pub epoch: Option<u64>,
    /// Whether the room's suite is the hybrid one.
    pub hybrid: bool,
    /// Its proven author.
    pub author: Option<Author>,
    /// The newest envelope that its author had.
    pub newest: Option<u64>,
    /// Whether its author's word on the log came with a head that the relay had signed.
    pub signed_head: bool,
    /// Length of the content, and of the bucket that it was padded to.
    pub lengths: Option<(u64, u64)>,
    /// The message's id, and what sort of content it was.
    pub message: Option<(MessageId, String)>,
    /// What the connection had agreed on.
    pub session: Option<Session>,
}

/// Who wrote an envelope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Author {
    /// Its identity.
    pub identity: IdentityKey,
    /// Its place in the tree.
    pub leaf: u32,
    /// The name that it had. Hostile until it is made safe to show.
    pub name: String,
}

/// What became of an envelope.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// A message, opened.
    Opened,
    /// A valid change, taken over.
    Changed,
    /// Our own, come back from the log: it was sealed here, and nobody can open what it sealed itself.
    Own,
    /// Authentic, and refused all the same.
    Refused {
        /// Why.
        why: String,
        /// The step that refused it.
        step: String,
    },
    /// Nobody can open it, or nobody takes it over.
    Skipped {
        /// Why.
        why: String,
        /// The step that refused it.
        step: String,
    },
    /// A change that we could not follow.
    Unsure,
    /// It stood where the log contradicts what the relay signed.
    NotLookedAt,
}

/// What a connection had agreed on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Session {
    /// TLS to a relay.
    Tls {
        /// The version.
        version: String,
        /// The group of the key exchange.
        group: String,
        /// Whether that group withstands a quantum computer.
        is_post_quantum: bool,
        /// The cipher suite.
        suite: String,
        /// SHA-256 of the relay's public key, in hexadecimal: what an invite pins.
        pin: String,
    },
    /// The relay is in the same process: there is no network between.
    WithinTheProcess,
}

impl Session {
    pub(crate) fn of(negotiated: &Negotiated) -> Self {
        Self::Tls {
            version: negotiated.version.clone(),
            group: negotiated.group.clone(),
            is_post_quantum: negotiated.is_post_quantum,
            suite: negotiated.suite.clone(),
            pin: hex(negotiated.spki.as_bytes()),
        }
    }

    /// Five words, which hold no space, or one.
    pub(crate) fn encode(&self) -> String {
        match self {
            Self::Tls { version, group, is_post_quantum, suite, pin } => {
                format!("{version} {group} {} {suite} {pin}", u8::from(*is_post_quantum))
            }
            Self::WithinTheProcess => "within".to_owned(),
        }
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        match words.as_slice() {
            ["within"] => Some(Self::WithinTheProcess),
            [version, group, post_quantum, suite, pin] => Some(Self::Tls {
                version: (*version).to_owned(),
                group: (*group).to_owned(),
                is_post_quantum: *post_quantum == "1",
                suite: (*suite).to_owned(),
                pin: (*pin).to_owned(),
            }),
            _ => None,
        }
    }
}

impl Facts {
    /// What the header alone says, and where the log stood.
    pub(crate) fn new(header: &Header, before: Option<&Cursor>, after: &Cursor, hybrid: bool) -> Self {
        Self {
            kind: header.kind,
            based_on: header.based_on.get(),
            chain: (before.map(|cursor| cursor.chain), after.chain),
            verdict: Verdict::NotLookedAt,
            epoch: None,
            hybrid,
            author: None,
            newest: None,
            signed_head: false,
            lengths: None,
            message: None,
            session: None,
        }
    }

    /// What opening it told.
    pub(crate) fn opened(&mut self, opened: &Opened) {
        let author = |member: &keyroom_mls::Member| Author {
            identity: member.identity,
            leaf: member.leaf,
            name: member.name.clone(),
        };
        let claim = match opened {
            Opened::Message(received) => {
                self.verdict = Verdict::Opened;
                self.author = Some(author(&received.from));
                self.epoch = Some(received.epoch);
                self.lengths = Some((received.lengths.0 as u64, received.lengths.1 as u64));
                self.message =
                    Some((received.content.id, noted::content(&received.content.body).to_string()));
                Some(&received.claim)
            }
            Opened::Changed(changes) | Opened::Removed(changes) => {
                self.verdict = Verdict::Changed;
                self.author = Some(author(&changes.by));
                self.epoch = Some(changes.epoch);
                Some(&changes.claim)
            }
            Opened::Refused(refused) => {
                self.verdict = Verdict::Refused {
                    why: noted::fault(refused.why).to_string(),
                    step: step(refused.why, self.kind),
                };
                self.author = Some(author(&refused.from));
                refused.claim.as_ref()
            }
            Opened::Skipped(skipped) => {
                self.verdict = Verdict::Skipped {
                    why: noted::fault(skipped.fault).to_string(),
                    step: step(skipped.fault, self.kind),
                };
                None
            }
            Opened::Unsure(unsure) => {
                self.verdict = Verdict::Unsure;
                self.author = unsure.by.as_ref().map(author);
                None
            }
        };
        if let Some(claim) = claim {
            self.newest = Some(claim.newest.0.get());
            self.signed_head = claim.head.is_some();
        }
    }

    /// One fact after another: its number (1 byte), the length of its value (2, big-endian), its value.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(384);
        let mut put = |tag: u8, value: &[u8]| {
            // Names and sentences are far shorter; what is longer is cut.
            let value = &value[..value.len().min(usize::from(u16::MAX))];
            bytes.push(tag);
            bytes.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend(value);
        };
        put(KIND, &[self.kind.number()]);
        put(BASED_ON, &self.based_on.to_be_bytes());
        if let Some(before) = &self.chain.0 {
            put(BEFORE, before.as_bytes());
        }
        put(AFTER, self.chain.1.as_bytes());
        put(FLAGS, &[u8::from(self.hybrid) | u8::from(self.signed_head) << 1]);
        let verdict = match &self.verdict {
            Verdict::NotLookedAt => 0,
            Verdict::Opened => 1,
            Verdict::Changed => 2,
            Verdict::Own => 3,
            Verdict::Refused { .. } => 4,
            Verdict::Skipped { .. } => 5,
            Verdict::Unsure => 6,
        };
        put(VERDICT, &[verdict]);
        if let Verdict::Refused { why, step } | Verdict::Skipped { why, step } = &self.verdict {
            put(WHY, why.as_bytes());
            put(STEP, step.as_bytes());
        }
        if let Some(epoch) = self.epoch {
            put(EPOCH, &epoch.to_be_bytes());
        }
        if let Some(author) = &self.author {
            let leaf = author.leaf.to_be_bytes();
            put(AUTHOR, &[&leaf[..], author.identity.as_bytes(), author.name.as_bytes()].concat());
        }
        if let Some(newest) = self.newest {
            put(NEWEST, &newest.to_be_bytes());
        }
        if let Some((plain, padded)) = self.lengths {
            put(LENGTHS, &[plain.to_be_bytes(), padded.to_be_bytes()].concat());
        }
        if let Some((id, kind)) = &self.message {
            put(MESSAGE, &[id.as_bytes(), kind.as_bytes()].concat());
        }
        if let Some(session) = &self.session {
            put(SESSION, session.encode().as_bytes());
        }
        bytes
    }

    /// What was noted; a fact that this version does not know is passed over.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut facts = BTreeMap::new();
        let mut rest = bytes;
        while let Some((&[tag, high, low], behind)) = rest.split_first_chunk() {
            let (value, behind) = behind.split_at_checked(usize::from(high) << 8 | usize::from(low))?;
            facts.insert(tag, value);
            rest = behind;
        }
        let number =
            |tag| facts.get(&tag).and_then(|value| Some(u64::from_be_bytes((*value).try_into().ok()?)));
        let chain =
            |tag| facts.get(&tag).and_then(|value| Some(Chain::from_bytes((*value).try_into().ok()?)));
        let text = |tag| facts.get(&tag).map(|value| String::from_utf8_lossy(value).into_owned());
        let byte = |tag| facts.get(&tag).and_then(|value| value.first().copied());
        let reason = || (text(WHY).unwrap_or_default(), text(STEP).unwrap_or_default());
        let flags = byte(FLAGS)?;
        Some(Self {
            kind: Kind::from_number(byte(KIND)?)?,
            based_on: number(BASED_ON)?,
            chain: (chain(BEFORE), chain(AFTER)?),
            verdict: match byte(VERDICT)? {
                1 => Verdict::Opened,
                2 => Verdict::Changed,
                3 => Verdict::Own,
                4 => {
                    let (why, step) = reason();
                    Verdict::Refused { why, step }
                }
                5 => {
                    let (why, step) = reason();
                    Verdict::Skipped { why, step }
                }
                6 => Verdict::Unsure,
                _ => Verdict::NotLookedAt,
            },
            epoch: number(EPOCH),
            hybrid: flags & 1 != 0,
            author: facts.get(&AUTHOR).and_then(|value| author(value)),
            newest: number(NEWEST),
            signed_head: flags & 2 != 0,
            lengths: facts.get(&LENGTHS).and_then(|value| {
                let (plain, padded) = value.split_first_chunk()?;
                Some((u64::from_be_bytes(*plain), u64::from_be_bytes(padded.try_into().ok()?)))
            }),
            message: facts.get(&MESSAGE).and_then(|value| {
                let (id, kind) = value.split_at_checked(MessageId::BYTES)?;
                Some((MessageId::from_slice(id)?, String::from_utf8_lossy(kind).into_owned()))
            }),
            session: text(SESSION).as_deref().and_then(Session::decode),
        })
    }
}

fn author(value: &[u8]) -> Option<Author> {
    let (leaf, rest) = value.split_first_chunk()?;
    let (identity, name) = rest.split_at_checked(IdentityKey::BYTES)?;
    Some(Author {
        leaf: u32::from_be_bytes(*leaf),
        identity: IdentityKey::from_slice(identity)?,
        name: String::from_utf8_lossy(name).into_owned(),
    })
}

/// The step that a fault is found in.
fn step(fault: Fault, kind: Kind) -> String {
    let step = match fault {
        Fault::Misplaced | Fault::Newest | Fault::WrongPass | Fault::Claim if !kind.is_commit() => {
            sealed::PLACE
        }
        Fault::Content => sealed::CONTENT,
        Fault::Malformed | Fault::Unreadable | Fault::Impersonated | Fault::WrongKind => match kind {
            Kind::Join => sealed::LOBBY,
            _ => sealed::AEAD,
        },
        _ => sealed::VALIDITY,
    };
    step.to_string()
}

const KIND: u8 = 1;
const BASED_ON: u8 = 2;
const BEFORE: u8 = 3;
const AFTER: u8 = 4;
const FLAGS: u8 = 5;
const VERDICT: u8 = 6;
const WHY: u8 = 7;
const STEP: u8 = 8;
const EPOCH: u8 = 9;
const AUTHOR: u8 = 10;
const NEWEST: u8 = 11;
const LENGTHS: u8 = 12;
const MESSAGE: u8 = 13;
const SESSION: u8 = 14;

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            kind: Kind::Application,
            based_on: 7,
            chain: (Some(Chain::from_bytes([1; 32])), Chain::from_bytes([2; 32])),
            verdict: Verdict::Opened,
            epoch: Some(3),
            hybrid: true,
            author: Some(Author {
                identity: IdentityKey::from_bytes([4; 32]),
                leaf: 5,
                name: "Zoë\nepoch 9\u{1b}".to_owned(),
            }),
            newest: Some(9),
            signed_head: true,
            lengths: Some((20, 512)),
            message: Some((MessageId::from_bytes([6; 16]), "door key".to_owned())),
            session: Some(Session::Tls {
                version: "TLSv1.3".to_owned(),
                group: "X25519MLKEM768".to_owned(),
                is_post_quantum: true,
                suite: "TLS13_AES_256_GCM_SHA384".to_owned(),
                pin: "ab".repeat(32),
            }),
        }
    }

    #[test]
    fn facts_read_back_whatever_somebody_is_called() {
        let least = Facts {
            chain: (None, Chain::from_bytes([2; 32])),
            epoch: None,
            author: None,
            newest: None,
            lengths: None,
            message: None,
            session: Some(Session::WithinTheProcess),
            ..facts()
        };
        let verdicts = [
            Verdict::Changed,
            Verdict::Own,
            Verdict::Refused { why: "a b\nc".to_owned(), step: "AEAD".to_owned() },
            Verdict::Skipped { why: String::new(), step: String::new() },
            Verdict::Unsure,
            Verdict::NotLookedAt,
        ];
        for facts in [facts(), least].into_iter().chain(verdicts.map(|verdict| Facts { verdict, ..facts() }))
        {
            assert_eq!(Facts::decode(&facts.encode()), Some(facts));
        }
    }

    #[test]
    fn a_later_versions_facts_are_passed_over_and_bytes_of_others_are_refused() {
        let more = [&[200, 0, 2, 1, 1][..], &facts().encode()].concat();
        assert_eq!(Facts::decode(&more), Some(facts()));
        assert_eq!(Facts::decode(&[0xff; 9]), None);
        let bytes = facts().encode();
        assert!(bytes.len() < 400, "{}", bytes.len());
        for end in 0..bytes.len() {
            // Cut anywhere: nothing, or less.
            let _ = Facts::decode(&bytes[..end]);
        }
    }
}
