//! Members and strangers who break the rules in a running room, with the library's own means. All who watch must come to
//! one verdict, live and after a restart, and the next sound commit must work.

use keyroom_types::{Kind, PassKey, Seq};
use openmls::prelude::{
    CommitBuilder, CredentialWithKey, Extensions, Initial, LeafNodeIndex, LeafNodeParameters,
    OpenMlsProvider as _,
};

use super::commit::Intent;
use super::*;
use crate::support::*;
use crate::{Blame, Fault, Opened, claim};

/// A commit of this person with anything in it, signed and sealed as the library does.
fn forge(
    person: &mut Person,
    change: impl FnOnce(CommitBuilder<'_, Initial>) -> CommitBuilder<'_, Initial>,
) -> Vec<u8> {
    let claim = claim::encode(&person.standing().claim(ROOM), None);
    let p = Provider { crypto: &person.crypto, storage: &person.storage };
    let room = person.room.as_mut().unwrap();
    room.group.set_aad(claim);
    let builder = change(room.group.commit_builder().force_self_update(true));
    let made = builder
        .load_psks(p.storage)
        .unwrap()
        .build(p.rand(), p.crypto(), &room.signer, |_| true)
        .unwrap()
        .stage_commit(&p)
        .unwrap();
    let body = made.commit().to_bytes().unwrap();
    room.group.clear_pending_commit(p.storage).unwrap();
    body
}

/// Everybody but the author skips it for this reason, and the room goes on.
fn all_skip(mut log: Log, mut people: Vec<Person>, author: usize, body: Vec<u8>, fault: Fault) {
    let base = log.cursor.newest_commit;
    let pass = people[author].pass();
    log.append(Kind::Commit, base, pass, body, None);
    people[author].cursor = log.cursor;
    for place in (0..people.len()).filter(|place| *place != author) {
        if place % 2 == 0 {
            people[place].reload();
        }
        let epoch = people[place].room().epoch();
        people[place].read(&log);
        let Some(Opened::Skipped(skipped)) = people[place].seen.last() else {
            panic!("{:?}", people[place].seen.last())
        };
        assert_eq!(skipped.fault, fault);
        assert!(matches!(&skipped.blame, Blame::Member(member) if member.pass == pass), "{skipped:?}");
        assert_eq!(people[place].room().epoch(), epoch);
    }
    people[0].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
    people.iter_mut().for_each(|person| person.read(&log));
    assert!(agree(&people.iter().collect::<Vec<_>>()));
    people[author].say(&mut log, "on");
    people[0].read(&log);
    assert_eq!(people[0].texts().last().map(String::as_str), if author == 0 { None } else { Some("on") });
}

/// Attack matrix rows 16 and 21.
#[test]
fn a_removal_by_a_member_is_skipped_by_all() {
    let (log, mut people) = room_of(&["Ben", "Cleo", "Dora"], |_| {});
    let body = forge(&mut people[1], |builder| builder.propose_removals([LeafNodeIndex::new(2)]));
    all_skip(log, people, 1, body, Fault::NotAdmin);
}

/// Attack matrix row 21.
#[test]
fn a_policy_by_a_member_is_skipped_by_all() {
    let (log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let mut policy = people[1].room().policy().clone();
    policy.admins.push(people[1].identity.key());
    let body = forge(&mut people[1], |builder| {
        builder.propose_group_context_extensions(policy.extensions().unwrap()).unwrap()
    });
    all_skip(log, people, 1, body, Fault::NotAdmin);
}

#[test]
fn a_context_without_a_policy_is_skipped_by_all() {
    let (log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let body = forge(&mut people[0], |builder| {
        builder.propose_group_context_extensions(Extensions::empty()).unwrap()
    });
    all_skip(log, people, 0, body, Fault::Policy);
}

/// Attack matrix row 29.
#[test]
fn a_removal_that_leaves_the_door_open_is_skipped_by_all() {
    let (log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let body = forge(&mut people[0], |builder| builder.propose_removals([LeafNodeIndex::new(2)]));
    all_skip(log, people, 0, body, Fault::DoorLeftOpen);
}

/// Attack matrix row 19.
#[test]
fn a_leaf_with_another_pass_is_skipped_by_all() {
    let (log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let mut info = people[1].room().state.seats[&1].info();
    info.pass = PassKey::from_bytes([99; 32]);
    let body = forge(&mut people[1], |builder| {
        builder.leaf_node_parameters(LeafNodeParameters::builder().with_extensions(info.extensions()).build())
    });
    all_skip(log, people, 1, body, Fault::LeafChanged);
}

/// Attack matrix row 19: with the credential of a victim.
#[test]
fn a_leaf_with_anothers_identity_is_skipped_by_all() {
    let (log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let victim = people[0].room().group.credential().unwrap().clone();
    let key = people[1].room().signer.public();
    let with_key = CredentialWithKey { credential: victim, signature_key: key.into() };
    let body = forge(&mut people[1], |builder| {
        builder.leaf_node_parameters(LeafNodeParameters::builder().with_credential_with_key(with_key).build())
    });
    all_skip(log, people, 1, body, Fault::LeafChanged);
}

/// What a commit for another place says is held against the relay.
#[test]
fn a_commit_that_the_relay_moved_is_the_relays_fault() {
    let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
    let made = people[1].make_commit(Intent::SelfUpdate { name: None }, vec![]).unwrap();
    people[1].abandon();
    let pass = people[1].pass();
    log.append(Kind::Commit, Seq::new(1), pass, made.body, None);
    people[0].read(&log);
    let Some(Opened::Skipped(skipped)) = people[0].seen.last() else { panic!() };
    assert_eq!((skipped.fault, &skipped.blame), (Fault::Misplaced, &Blame::Relay));
}

/// External commits that the library makes and takes, and that no room does.
mod strangers {
    use openmls::prelude::SignatureScheme;
    use openmls_basic_credential::SignatureKeyPair;
    use openmls_traits::signatures::Signer;

    use super::*;
    use crate::claim::{JoinClaim, join_text};
    use crate::leaf::LeafInfo;
    use crate::{Blob, DoorSecrets, Entrance, credential, lobby};

    /// An entry of this person that need not be signed by the door, and may use a key that is not its own.
    fn forge_join(
        person: &Person,
        log: &Log,
        blob: &Blob,
        (signer, public): (&impl Signer, &[u8]),
        is_signed: bool,
    ) -> Vec<u8> {
        let p = Provider { crypto: &person.crypto, storage: &person.storage };
        let door = DoorSecrets::of(&key(1), &person.crypto);
        let claim = Standing { cursor: log.cursor, head: None }.claim(ROOM);
        let text = if is_signed { join_text(&claim, public, &person.pass(), None) } else { vec![] };
        let join =
            JoinClaim { door: door.id(), pass: person.pass(), door_signature: door.sign(&text), old: None };
        let info = LeafInfo {
            pass: person.pass(),
            entrance: Entrance::Door(door.id()),
            replaces: None,
            name: "Stranger".to_owned(),
        };
        let leaf = LeafNodeParameters::builder()
            .with_capabilities(capabilities(blob.context.ciphersuite()))
            .with_extensions(info.extensions())
            .build();
        let (_, bundle) = openmls::prelude::MlsGroup::external_commit_builder()
            .with_config(join_config())
            .with_aad(claim::encode(&claim, Some(&join)))
            .build_group(&p, blob.group_info.clone(), credential::issue(&person.identity, &ROOM, public))
            .unwrap()
            .leaf_node_parameters(leaf)
            .load_psks(p.storage)
            .unwrap()
            .build(p.rand(), p.crypto(), signer, |_| true)
            .unwrap()
            .finalize(&p)
            .unwrap();
        let commit = bundle.commit().to_bytes().unwrap();
        lobby::seal_join(p.crypto, &blob.lobby, &ROOM, log.cursor.newest_commit, &commit).unwrap()
    }

    fn all_refuse(mut log: Log, mut people: Vec<Person>, stranger: &Person, body: Vec<u8>, fault: Fault) {
        log.append(Kind::Join, log.cursor.newest_commit, stranger.pass(), body, None);
        for person in &mut people {
            person.reload();
            person.read(&log);
            let Some(Opened::Skipped(skipped)) = person.seen.last() else {
                panic!("{:?}", person.seen.last())
            };
            assert_eq!((skipped.fault, &skipped.blame), (fault, &Blame::Newcomer(stranger.pass())));
        }
        people[0].commit(&mut log, Intent::SelfUpdate { name: None }, vec![]);
        people.iter_mut().for_each(|person| person.read(&log));
        assert!(agree(&people.iter().collect::<Vec<_>>()));
    }

    /// Attack matrix row 32.
    #[test]
    fn an_entry_that_the_door_did_not_sign_is_skipped_by_all() {
        let (log, people) = room_of(&["Ben"], |_| {});
        let stranger = Person::new(9);
        let blob = stranger.open_blob(&key(1), &people[0].blob());
        let signer = SignatureKeyPair::new(SignatureScheme::ED25519).unwrap();
        let body = forge_join(&stranger, &log, &blob, (&signer, signer.public()), false);
        all_refuse(log, people, &stranger, body, Fault::DoorSignature);
    }

    /// Attack matrix row 33: with a stolen leaf key the library itself removes the victim's leaf.
    #[test]
    fn an_entry_that_removes_a_member_is_skipped_by_all() {
        let (log, people) = room_of(&["Ben"], |_| {});
        let stranger = Person::new(9);
        let blob = stranger.open_blob(&key(1), &people[0].blob());
        let signer = &people[1].room().signer;
        let body = forge_join(&stranger, &log, &blob, (signer, &signer.public()), true);
        all_refuse(log, people, &stranger, body, Fault::JoinRemoves);
    }
}

/// Attack matrix row 49.
mod one_left_out {
    use super::*;

    fn encryption_key(person: &Person) -> Vec<u8> {
        let group = &person.room().group;
        group.member_at(group.own_leaf_index()).unwrap().encryption_key
    }

    /// A commit whose path secret is junk for whoever has this key: spoiled before it is signed.
    fn forge_spoiled(person: &mut Person, victim: &[u8], extra: Option<LeafNodeIndex>) -> Vec<u8> {
        let claim = claim::encode(&person.standing().claim(ROOM), None);
        let room = person.room.as_mut().unwrap();
        room.group.set_aad(claim);
        let p = Provider { crypto: &person.crypto, storage: &person.storage };
        let spoiler = crate::witness::Spoiler::new(&person.crypto, victim.to_vec());
        let made = room
            .group
            .commit_builder()
            .force_self_update(true)
            .propose_removals(extra)
            .load_psks(p.storage)
            .unwrap()
            .build(p.rand(), &spoiler, &room.signer, |_| true)
            .unwrap()
            .stage_commit(&p)
            .unwrap();
        made.commit().to_bytes().unwrap()
    }

    #[test]
    fn the_one_left_out_is_unsure_and_names_the_author() {
        let (mut log, mut people) = room_of(&["Ben", "Cleo"], |_| {});
        // Cleo's leaf key, to which the author seals directly while her side of the tree is blank.
        let victim = encryption_key(&people[2]);
        let body = forge_spoiled(&mut people[0], &victim, None);
        let pass = people[0].pass();
        let header = log.append(Kind::Commit, log.cursor.newest_commit, pass, body, None);
        people[1].read(&log);
        people[2].read(&log);
        assert!(matches!(people[1].seen.last(), Some(Opened::Changed(_))), "{:?}", people[1].seen.last());
        let Some(Opened::Unsure(unsure)) = people[2].seen.last() else {
            panic!("{:?}", people[2].seen.last())
        };
        assert_eq!(unsure.by.as_ref().map(|by| by.pass), Some(header.pass));
        let after = people[1].room().group.public_group().group_context().confirmed_transcript_hash();
        assert_eq!(unsure.transcript.unwrap().as_bytes().as_slice(), after);
    }

    /// A public fault comes first: who is left out skips it as the others do.
    #[test]
    fn a_commit_that_breaks_a_rule_besides_is_skipped_by_the_one_left_out_too() {
        let (mut log, mut people) = room_of(&["Ben", "Cleo", "Dora"], |_| {});
        let victim = encryption_key(&people[2]);
        let body = forge_spoiled(&mut people[1], &victim, Some(LeafNodeIndex::new(3)));
        let pass = people[1].pass();
        log.append(Kind::Commit, log.cursor.newest_commit, pass, body, None);
        for place in [0, 2, 3] {
            people[place].read(&log);
            let Some(Opened::Skipped(skipped)) = people[place].seen.last() else {
                panic!("{place}: {:?}", people[place].seen.last())
            };
            assert_eq!(skipped.fault, Fault::NotAdmin);
        }
    }
}
