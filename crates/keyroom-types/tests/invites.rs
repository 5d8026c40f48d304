//! Properties of invites and of references to relays, whatever stands in them.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail by a panic")]

use keyroom_types::{
    Address, IdentityKey, Invite, Key, KeyPin, LogKey, Place, RelayReference, RoomId, SealedInvite, Timestamp,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn address() -> impl Strategy<Value = Address> {
    let host = prop_oneof![
        any::<[u8; 4]>().prop_map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
        any::<[u8; 16]>().prop_map(|ip| format!("[{}]", std::net::Ipv6Addr::from(ip))),
        name(),
    ];
    (host, 1_u16..).prop_map(|(host, port)| format!("{host}:{port}").parse().unwrap())
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z])?(\\.[a-z]{1,10}){1,3}"
}

fn place() -> impl Strategy<Value = Place> {
    let pins = vec(any::<[u8; 32]>().prop_map(KeyPin::from_bytes), 1..=Place::MAX_PINS);
    prop_oneof![
        (vec(address(), 1..=Place::MAX_ADDRESSES), pins)
            .prop_map(|(addresses, pins)| Place::pinned(addresses, pins).unwrap()),
        (name(), prop_oneof![Just(443), 1_u16..])
            .prop_map(|(name, port)| Place::named(format!("{name}:{port}").parse().unwrap()).unwrap()),
    ]
}

fn key() -> impl Strategy<Value = Key> {
    any::<[u8; 32]>().prop_map(Key::from_bytes)
}

fn sealed() -> impl Strategy<Value = Invite> {
    let until = option::of((0..=u64::MAX / 1000).prop_map(|seconds| Timestamp::from_millis(seconds * 1000)));
    let log = option::of(any::<[u8; 32]>().prop_map(LogKey::from_bytes));
    let by = option::of(any::<[u8; 32]>().prop_map(IdentityKey::from_bytes));
    let room = any::<[u8; 16]>().prop_map(RoomId::from_bytes);
    (place(), room, log, by, until, any::<bool>(), key()).prop_map(
        |(place, room, log, by, until, memory, key)| {
            Invite::from(SealedInvite { place, room, log, by, until, memory, key })
        },
    )
}

fn invite() -> impl Strategy<Value = Invite> {
    let fernet = (vec(address(), 1..=Invite::MAX_ADDRESSES), key());
    prop_oneof![fernet.prop_map(|(addresses, key)| Invite::fernet(addresses, key).unwrap()), sealed()]
}

proptest! {
    #[test]
    fn a_shown_invite_reads_back_to_itself(invite in invite()) {
        let shown = invite.show();
        prop_assert!(shown.len() <= Invite::MAX_BYTES);
        prop_assert!(Invite::is_meant(&shown));
        prop_assert_eq!(Invite::parse(&shown), Ok(invite));
    }

    #[test]
    fn a_shown_reference_reads_back_to_itself(place in place()) {
        let reference = RelayReference::new(place);
        prop_assert_eq!(reference.to_string().parse(), Ok(reference));
    }

    /// Attack matrix row 34.
    #[test]
    fn debug_never_carries_the_key(invite in invite()) {
        let debug = format!("{invite:?}");
        prop_assert!(debug.contains("Key(..)") && !debug.contains(&invite.key().show()[..43]));
    }

    #[test]
    fn arbitrary_text_is_an_error_or_reads_back_to_itself(
        text in prop_oneof![any::<String>(), "(keyroom|https)://[a-z0-9:,./?&=#\\[\\]%-]{0,80}"]
    ) {
        if let Ok(invite) = Invite::parse(&text) {
            prop_assert_eq!(Invite::parse(&invite.show()), Ok(invite));
        }
        if let Ok(reference) = text.parse::<RelayReference>() {
            prop_assert_eq!(reference.to_string().parse(), Ok(reference));
        }
    }

    #[test]
    fn a_changed_invite_is_an_error_or_reads_back_to_itself(
        invite in invite(), at in any::<prop::sample::Index>(), with in "[ -~é]{0,3}"
    ) {
        let mut text = invite.show();
        let at = at.index(text.len());
        text.replace_range(at..=at, &with);
        if let Ok(read) = Invite::parse(&text) {
            prop_assert_eq!(Invite::parse(&read.show()), Ok(read));
        }
    }
}
