//! What a leaf says of its member: a leaf node extension of the private-use type 0xF0B1. Spec: "Identity".

use keyroom_types::{DoorId, Label, PassKey};
use openmls::prelude::{Extension, Extensions, LeafNode, UnknownExtension};

use crate::bytes::Reader;

/// How a member came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entrance {
    /// It founded the room.
    Founder,
    /// Through this door.
    Door(DoorId),
    /// An admin answered its knock.
    Added,
}

/// Which earlier leaf, by its pass, the same identity re-entered for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replaces(pub PassKey);

/// The extension's content. Under a leaf only the name may change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LeafInfo {
    pub(crate) pass: PassKey,
    pub(crate) entrance: Entrance,
    pub(crate) replaces: Option<Replaces>,
    pub(crate) name: String,
}

impl LeafInfo {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.pass.as_bytes());
        match &self.entrance {
            Entrance::Founder => bytes.push(0),
            Entrance::Door(door) => {
                bytes.push(1);
                bytes.extend(door.as_bytes());
            }
            Entrance::Added => bytes.push(2),
        }
        match &self.replaces {
            None => bytes.push(0),
            Some(Replaces(pass)) => {
                bytes.push(1);
                bytes.extend(pass.as_bytes());
            }
        }
        put_name(&mut bytes, &self.name);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != VERSION {
            return None;
        }
        let pass = reader.pass()?;
        let entrance = match reader.u8()? {
            0 => Entrance::Founder,
            1 => Entrance::Door(reader.door()?),
            2 => Entrance::Added,
            _ => return None,
        };
        let replaces = if reader.flag()? { Some(Replaces(reader.pass()?)) } else { None };
        let name = take_name(&mut reader)?;
        reader.is_empty().then_some(Self { pass, entrance, replaces, name })
    }

    /// What a leaf says. `None` also where it says anything besides: an extension that nobody checks is a channel.
    pub(crate) fn of(leaf: &LeafNode) -> Option<Self> {
        let mut extensions = leaf.extensions().iter();
        match (extensions.next(), extensions.next()) {
            (Some(Extension::Unknown(LEAF, UnknownExtension(bytes))), None) => Self::decode(bytes),
            _ => None,
        }
    }

    pub(crate) fn extensions(&self) -> Extensions<LeafNode> {
        let extension = Extension::Unknown(LEAF, UnknownExtension(self.encode()));
        Extensions::single(extension).expect("an extension of a private-use type may stand in a leaf")
    }
}

/// Whether the text stands for itself as a name: a label, and already trimmed.
pub(crate) fn is_name(text: &str) -> bool {
    text.parse::<Label>().is_ok_and(|label| label.as_str() == text)
}

/// Length in one byte, then UTF-8. A lawful name has at most 64 characters, so 256 bytes: one that has 256 is cut by
/// nobody but refused by [`is_name_that_fits`].
pub(crate) fn put_name(bytes: &mut Vec<u8>, name: &str) {
    bytes.push(u8::try_from(name.len()).unwrap_or(0));
    bytes.extend(name.as_bytes().iter().take(usize::from(u8::MAX)));
}

/// A name whose bytes can be counted in one: 64 characters of four bytes each are one byte too long.
pub(crate) fn is_name_that_fits(name: &str) -> bool {
    name.len() <= usize::from(u8::MAX) && is_name(name)
}

pub(crate) fn take_name(reader: &mut Reader<'_>) -> Option<String> {
    let length = usize::from(reader.u8()?);
    let name = std::str::from_utf8(reader.take(length)?).ok()?;
    is_name(name).then(|| name.to_owned())
}

/// The extension's type, from the range for private use (RFC 9420, 17.3).
pub(crate) const LEAF: u16 = 0xf0b1;
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn info() -> LeafInfo {
        LeafInfo {
            pass: PassKey::from_bytes([1; 32]),
            entrance: Entrance::Door(DoorId::from_bytes([2; 16])),
            replaces: Some(Replaces(PassKey::from_bytes([3; 32]))),
            name: "Anna".to_owned(),
        }
    }

    #[test]
    fn a_leaf_reads_back_to_what_it_said() {
        for entrance in [Entrance::Founder, Entrance::Door(DoorId::from_bytes([2; 16])), Entrance::Added] {
            for replaces in [None, info().replaces] {
                let info = LeafInfo { entrance, replaces, ..info() };
                assert_eq!(LeafInfo::decode(&info.encode()), Some(info));
            }
        }
    }

    /// Attack matrix rows 22 and 23.
    #[test]
    fn a_name_with_hidden_characters_is_refused() {
        for name in ["", " Anna", "An\u{202e}na", "An\u{200b}na", "An\nna"] {
            let info = LeafInfo { name: name.to_owned(), ..info() };
            assert_eq!(LeafInfo::decode(&info.encode()), None, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(info) = LeafInfo::decode(&bytes) {
                prop_assert_eq!(info.encode(), bytes);
            }
        }

        #[test]
        fn a_changed_byte_is_read_as_something_else_or_refused(at in 0_usize..120, to: u8) {
            let mut bytes = info().encode();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            prop_assert_ne!(LeafInfo::decode(&bytes), Some(info()));
        }
    }
}
