//! The room's policy, in a GroupContext extension of the private-use type 0xF0B0: every member holds the same. Spec:
//! "Policy".

use std::time::Duration;

use keyroom_types::limits::{ADMINS_PER_ROOM, MEMBERS_PER_ROOM, OPEN_DOORS};
use keyroom_types::{DoorId, DoorKey, IdentityKey, Timestamp};
use openmls::prelude::{Extension, Extensions, GroupContext, UnknownExtension};
use openmls::prelude::{ExtensionType, RequiredCapabilitiesExtension};

use crate::Door;
use crate::bytes::Reader;
use crate::leaf::{LEAF, is_name_that_fits, put_name, take_name};

/// Who may do what, and which doors are open. Only admins change it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// The room's name.
    pub name: String,
    /// Identities that may change the policy, remove, and answer knocks. At least one is a member.
    pub admins: Vec<IdentityKey>,
    /// Doors that newcomers enter through.
    pub doors: Vec<OpenDoor>,
    /// Newcomers knock, and an admin lets them in: nobody enters by a key alone.
    pub approval: bool,
    /// How long messages are kept, in whole seconds.
    pub lifetime: Option<Duration>,
    /// How many members the room may have.
    pub max_members: u32,
}

/// A door that is open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenDoor {
    /// Its public halves.
    pub door: Door,
    /// From then on, by the relay's time, nobody enters through it.
    pub expires: Option<Timestamp>,
    /// How many may enter through it: leaves that carry its name and `spent` together.
    pub uses: Option<u32>,
    /// Uses whose leaves have been removed.
    pub spent: u32,
}

impl OpenDoor {
    /// Whether it is open by the clock.
    pub(crate) fn is_open_at(&self, time: Timestamp) -> bool {
        self.expires.is_none_or(|expires| time < expires)
    }
}

/// Why a policy is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The bytes are not of version 1's form.
    #[error("the room's policy is not in a form that this version reads")]
    Malformed,
    /// The name is empty, too long, or has hidden characters.
    #[error("the room's name cannot be a name")]
    Name,
    /// Nobody, too many, or one twice.
    #[error("the room's admins are none, too many, or one is named twice")]
    Admins,
    /// Too many, or one twice, or with a public half of a wrong length.
    #[error("the room's doors are too many, or one is named twice, or is no door")]
    Doors,
    /// Under 1 or over the limit.
    #[error("a room may have 1 to {MEMBERS_PER_ROOM} members")]
    MaxMembers,
    /// A part of a second, or nothing.
    #[error("messages are kept for whole seconds, at least one")]
    Lifetime,
}

impl Policy {
    /// The policy of a new room: its founder is the admin, one door is open, 100 members.
    pub fn new(name: String, founder: IdentityKey, door: Door) -> Self {
        Self {
            name,
            admins: vec![founder],
            doors: vec![OpenDoor { door, expires: None, uses: None, spent: 0 }],
            approval: false,
            lifetime: None,
            max_members: 100,
        }
    }

    /// Whether this identity is an admin.
    pub fn is_admin(&self, identity: &IdentityKey) -> bool {
        self.admins.contains(identity)
    }

    /// The door with this name, if it is open.
    pub fn door(&self, id: &DoorId) -> Option<&OpenDoor> {
        self.doors.iter().find(|open| open.door.id == *id)
    }

    /// Whether it says anything that no policy may say.
    pub fn check(&self) -> Result<(), PolicyError> {
        if !is_name_that_fits(&self.name) {
            return Err(PolicyError::Name);
        }
        if self.admins.is_empty() || self.admins.len() > ADMINS_PER_ROOM || has_twice(&self.admins) {
            return Err(PolicyError::Admins);
        }
        let ids: Vec<_> = self.doors.iter().map(|open| open.door.id).collect();
        let fit = self.doors.iter().all(|open| open.door.hpke.len() == Door::HPKE_BYTES);
        if ids.len() > OPEN_DOORS || has_twice(&ids) || !fit {
            return Err(PolicyError::Doors);
        }
        if !(1..=MEMBERS_PER_ROOM).contains(&self.max_members) {
            return Err(PolicyError::MaxMembers);
        }
        match self.lifetime {
            Some(lifetime) if lifetime.subsec_nanos() != 0 || lifetime.is_zero() => {
                Err(PolicyError::Lifetime)
            }
            _ => Ok(()),
        }
    }

    /// The binary form. One policy has one form.
    pub fn encode(&self) -> Result<Vec<u8>, PolicyError> {
        self.check()?;
        let mut bytes = vec![VERSION];
        put_name(&mut bytes, &self.name);
        bytes.push(u8::try_from(self.admins.len()).map_err(|_| PolicyError::Admins)?);
        self.admins.iter().for_each(|admin| bytes.extend(admin.as_bytes()));
        bytes.push(u8::try_from(self.doors.len()).map_err(|_| PolicyError::Doors)?);
        for open in &self.doors {
            bytes.extend(open.door.id.as_bytes());
            bytes.extend(open.door.signing.as_bytes());
            bytes.extend(&open.door.hpke);
            put_option(&mut bytes, open.expires.map(|time| time.as_millis().to_be_bytes()));
            put_option(&mut bytes, open.uses.map(u32::to_be_bytes));
            bytes.extend(open.spent.to_be_bytes());
        }
        bytes.push(u8::from(self.approval));
        put_option(&mut bytes, self.lifetime.map(|lifetime| lifetime.as_secs().to_be_bytes()));
        bytes.extend(self.max_members.to_be_bytes());
        Ok(bytes)
    }

    /// Reads the binary form, strictly.
    pub fn decode(bytes: &[u8]) -> Result<Self, PolicyError> {
        let policy = Self::read(&mut Reader::new(bytes)).ok_or(PolicyError::Malformed)?;
        policy.check()?;
        Ok(policy)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        if reader.u8()? != VERSION {
            return None;
        }
        let name = take_name(reader)?;
        let admins =
            (0..reader.u8()?).map(|_| reader.array().map(IdentityKey::from_bytes)).collect::<Option<_>>()?;
        let doors = (0..reader.u8()?).map(|_| read_door(reader)).collect::<Option<_>>()?;
        let approval = reader.flag()?;
        let lifetime = if reader.flag()? { Some(Duration::from_secs(reader.u64()?)) } else { None };
        let max_members = reader.u32()?;
        reader.is_empty().then_some(Self { name, admins, doors, approval, lifetime, max_members })
    }

    /// The policy of a group. `None` also where the context has anything besides it and the required capabilities.
    pub(crate) fn of(extensions: &Extensions<GroupContext>) -> Option<Self> {
        let bytes = extensions.unknown(POLICY)?;
        if extensions.iter().count() != 2 || extensions.required_capabilities() != Some(&required()) {
            return None;
        }
        Self::decode(&bytes.0).ok()
    }

    pub(crate) fn extensions(&self) -> Result<Extensions<GroupContext>, PolicyError> {
        let policy = Extension::Unknown(POLICY, UnknownExtension(self.encode()?));
        Extensions::from_vec(vec![Extension::RequiredCapabilities(required()), policy])
            .map_err(|_| PolicyError::Malformed)
    }
}

fn read_door(reader: &mut Reader<'_>) -> Option<OpenDoor> {
    Some(OpenDoor {
        door: Door {
            id: reader.door()?,
            signing: DoorKey::from_bytes(reader.array()?),
            hpke: reader.take(Door::HPKE_BYTES)?.to_vec(),
        },
        expires: if reader.flag()? { Some(Timestamp::from_millis(reader.u64()?)) } else { None },
        uses: if reader.flag()? { Some(reader.u32()?) } else { None },
        spent: reader.u32()?,
    })
}

fn put_option<const N: usize>(bytes: &mut Vec<u8>, value: Option<[u8; N]>) {
    bytes.push(u8::from(value.is_some()));
    bytes.extend(value.into_iter().flatten());
}

/// What every member's leaf must be able to carry.
pub(crate) fn required() -> RequiredCapabilitiesExtension {
    RequiredCapabilitiesExtension::new(
        &[ExtensionType::Unknown(POLICY), ExtensionType::Unknown(LEAF)],
        &[],
        &[],
    )
}

fn has_twice<T: Eq>(items: &[T]) -> bool {
    items.iter().enumerate().any(|(place, item)| items[..place].contains(item))
}

/// The extension's type, from the range for private use (RFC 9420, 17.3).
pub(crate) const POLICY: u16 = 0xf0b0;
const VERSION: u8 = 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn door(byte: u8) -> OpenDoor {
        OpenDoor {
            door: Door {
                id: DoorId::from_bytes([byte; 16]),
                signing: DoorKey::from_bytes([byte; 32]),
                hpke: vec![byte; Door::HPKE_BYTES],
            },
            expires: Some(Timestamp::from_millis(7)),
            uses: Some(3),
            spent: 2,
        }
    }

    fn policy() -> Policy {
        Policy {
            name: "Room".to_owned(),
            admins: vec![IdentityKey::from_bytes([1; 32]), IdentityKey::from_bytes([2; 32])],
            doors: vec![door(1), door(2)],
            approval: true,
            lifetime: Some(Duration::from_secs(60)),
            max_members: 200,
        }
    }

    #[test]
    fn a_policy_reads_back_to_itself() {
        let bare = Policy { doors: vec![], lifetime: None, approval: false, ..policy() };
        for policy in [policy(), bare] {
            assert_eq!(Policy::decode(&policy.encode().unwrap()), Ok(policy));
        }
    }

    #[test]
    fn what_no_policy_may_say_has_an_error_of_its_own() {
        let error = |change: &dyn Fn(&mut Policy)| {
            let mut policy = policy();
            change(&mut policy);
            policy.encode().unwrap_err()
        };
        assert_eq!(error(&|p| p.name = "a\u{202e}b".to_owned()), PolicyError::Name);
        assert_eq!(error(&|p| p.name = "\u{1f600}".repeat(64)), PolicyError::Name);
        assert_eq!(error(&|p| p.admins.clear()), PolicyError::Admins);
        assert_eq!(error(&|p| p.admins.push(p.admins[0])), PolicyError::Admins);
        assert_eq!(error(&|p| p.doors.push(door(1))), PolicyError::Doors);
        assert_eq!(error(&|p| p.doors[0].door.hpke = vec![]), PolicyError::Doors);
        assert_eq!(error(&|p| p.doors = (0..17).map(door).collect()), PolicyError::Doors);
        assert_eq!(error(&|p| p.max_members = 0), PolicyError::MaxMembers);
        assert_eq!(error(&|p| p.max_members = 2_001), PolicyError::MaxMembers);
        assert_eq!(error(&|p| p.lifetime = Some(Duration::from_millis(1_500))), PolicyError::Lifetime);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(policy) = Policy::decode(&bytes) {
                prop_assert_eq!(policy.encode().unwrap(), bytes);
            }
        }

        #[test]
        fn a_damaged_policy_is_another_or_none(at: usize, to: u8, cut: usize) {
            let mut bytes = policy().encode().unwrap();
            let at = at % bytes.len();
            bytes[at] = to;
            if let Ok(policy) = Policy::decode(&bytes) {
                prop_assert_eq!(policy.encode().unwrap(), &bytes[..]);
            }
            prop_assert!(Policy::decode(&bytes[..cut % bytes.len()]).is_err());
        }
    }
}
