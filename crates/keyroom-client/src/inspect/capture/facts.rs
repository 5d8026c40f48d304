//! What was checked when an envelope was opened: noted then, because the keys are gone afterwards.

use keyroom_mls::{Body, Fault, Opened};
use keyroom_types::{Chain, Cursor, Header, IdentityKey, Kind, MessageId};

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
                self.message = Some((received.content.id, content_kind(&received.content.body).to_owned()));
                Some(&received.claim)
            }
            Opened::Changed(changes) | Opened::Removed(changes) => {
                self.verdict = Verdict::Changed;
                self.author = Some(author(&changes.by));
                self.epoch = Some(changes.epoch);
                Some(&changes.claim)
            }
            Opened::Refused(refused) => {
                self.verdict =
                    Verdict::Refused { why: refused.why.to_string(), step: step(refused.why, self.kind) };
                self.author = Some(author(&refused.from));
                refused.claim.as_ref()
            }
            Opened::Skipped(skipped) => {
                self.verdict =
                    Verdict::Skipped { why: skipped.fault.to_string(), step: step(skipped.fault, self.kind) };
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

    /// One fact a line: a name, a space, its value. What others wrote stands in hexadecimal digits.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut lines = vec![
            format!("kind {}", self.kind.number()),
            format!("based_on {}", self.based_on),
            format!("after {}", hex(self.chain.1.as_bytes())),
            format!("hybrid {}", u8::from(self.hybrid)),
            format!("signed_head {}", u8::from(self.signed_head)),
        ];
        lines.push(match &self.verdict {
            Verdict::Opened => "verdict opened".to_owned(),
            Verdict::Changed => "verdict changed".to_owned(),
            Verdict::Own => "verdict own".to_owned(),
            Verdict::Refused { why, step } => {
                format!("verdict refused {} {}", hex(why.as_bytes()), hex(step.as_bytes()))
            }
            Verdict::Skipped { why, step } => {
                format!("verdict skipped {} {}", hex(why.as_bytes()), hex(step.as_bytes()))
            }
            Verdict::Unsure => "verdict unsure".to_owned(),
            Verdict::NotLookedAt => "verdict none".to_owned(),
        });
        let more = [
            self.chain.0.as_ref().map(|chain| format!("before {}", hex(chain.as_bytes()))),
            self.epoch.map(|epoch| format!("epoch {epoch}")),
            self.author.as_ref().map(|author| {
                let (identity, name) = (hex(author.identity.as_bytes()), hex(author.name.as_bytes()));
                format!("author {} {identity} {name}", author.leaf)
            }),
            self.newest.map(|newest| format!("newest {newest}")),
            self.lengths.map(|(plain, padded)| format!("lengths {plain} {padded}")),
            self.message.as_ref().map(|(id, kind)| format!("message {} {kind}", hex(id.as_bytes()))),
            self.session.as_ref().map(|session| format!("session {}", session.encode())),
        ];
        lines.extend(more.into_iter().flatten());
        lines.join("\n").into_bytes()
    }

    /// What was noted; a line that this version does not know is passed over.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let find = |wanted: &str| {
            text.lines()
                .filter_map(|line| line.split_once(' '))
                .find(|(name, _)| *name == wanted)
                .map(|(_, v)| v)
        };
        let number = |name| find(name).and_then(|value| value.parse::<u64>().ok());
        let chain = |name| {
            find(name).and_then(unhex).and_then(|bytes| Some(Chain::from_bytes(bytes.try_into().ok()?)))
        };
        let verdict = find("verdict")?;
        let text_of =
            |word: &str| unhex(word).and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let reason = |words: &str| {
            let (why, step) = words.split_once(' ').unwrap_or((words, ""));
            (text_of(why), text_of(step))
        };
        Some(Self {
            kind: Kind::from_number(u8::try_from(number("kind")?).ok()?)?,
            based_on: number("based_on")?,
            chain: (chain("before"), chain("after")?),
            verdict: match verdict.split_once(' ').unwrap_or((verdict, "")) {
                ("opened", _) => Verdict::Opened,
                ("changed", _) => Verdict::Changed,
                ("own", _) => Verdict::Own,
                ("refused", words) => {
                    let (why, step) = reason(words);
                    Verdict::Refused { why, step }
                }
                ("skipped", words) => {
                    let (why, step) = reason(words);
                    Verdict::Skipped { why, step }
                }
                ("unsure", _) => Verdict::Unsure,
                _ => Verdict::NotLookedAt,
            },
            epoch: number("epoch"),
            hybrid: number("hybrid") == Some(1),
            author: find("author").and_then(author),
            newest: number("newest"),
            signed_head: number("signed_head") == Some(1),
            lengths: find("lengths").and_then(|value| {
                let (plain, padded) = value.split_once(' ')?;
                Some((plain.parse().ok()?, padded.parse().ok()?))
            }),
            message: find("message").and_then(|value| {
                let (id, kind) = value.split_once(' ')?;
                Some((MessageId::from_slice(&unhex(id)?)?, kind.to_owned()))
            }),
            session: find("session").and_then(Session::decode),
        })
    }
}

fn author(value: &str) -> Option<Author> {
    let mut words = value.split(' ');
    Some(Author {
        leaf: words.next()?.parse().ok()?,
        identity: IdentityKey::from_slice(&unhex(words.next()?)?)?,
        name: String::from_utf8(unhex(words.next()?)?).ok()?,
    })
}

/// The step that a fault is found in.
fn step(fault: Fault, kind: Kind) -> String {
    let step = match fault {
        Fault::Misplaced | Fault::Newest | Fault::WrongPass | Fault::Claim if !kind.is_commit() => {
            sealed::PLACE
        }
        Fault::Content => sealed::CONTENT,
        Fault::Unreadable | Fault::Impersonated | Fault::WrongKind if kind == Kind::Join => sealed::LOBBY,
        Fault::Unreadable | Fault::Impersonated | Fault::WrongKind => sealed::AEAD,
        _ => sealed::VALIDITY,
    };
    step.to_owned()
}

/// What sort of content a message had.
fn content_kind(body: &Body) -> &'static str {
    match body {
        Body::Text { .. } => "text",
        Body::Edit { .. } => "edit",
        Body::Delete { .. } => "delete",
        Body::Reaction { .. } => "reaction",
        Body::File { .. } => "file",
        Body::Receipt { .. } => "receipt",
        Body::Profile { .. } => "profile",
        Body::Leave => "leave",
        Body::DoorKey { .. } => "door key",
        Body::Confirm { .. } => "confirm",
        Body::Unknown { .. } => "unknown",
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(&pair[0])? << 4 | digit(&pair[1])?)).collect()
}

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
                version: "TLSv1_3".to_owned(),
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
    fn a_later_versions_lines_are_passed_over_and_bytes_of_others_are_refused() {
        let more = [b"more of it\n".to_vec(), facts().encode()].concat();
        assert_eq!(Facts::decode(&more), Some(facts()));
        assert_eq!(Facts::decode(b"verdict opened"), None);
        assert_eq!(Facts::decode(&[0xff; 9]), None);
    }
}
