//! Every rule, broken. A sound commit is changed in one place; the verdict names the rule.

use ed25519_dalek::{Signer as _, SigningKey};
use keyroom_types::{Chain, EnvelopeId, Header, Key, Kind, PassKey, RoomId, Seq, Signature, Timestamp};

use super::*;
use crate::claim::{JoinClaim, join_text};
use crate::leaf::{LeafInfo, Replaces};
use crate::state::{Seat, member};
use crate::{Crypto, DoorSecrets, Entrance, Identity, OpenDoor, Policy, credential};

const ROOM: RoomId = RoomId::from_bytes([1; 16]);
const ANNA: u32 = 0;
const BEN: u32 = 1;
const CLEO: u32 = 2;

fn identity(leaf: u32) -> Identity {
    Identity::from_seed(&[u8::try_from(leaf).unwrap() + 10; 32])
}

fn pass_key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn pass(byte: u8) -> PassKey {
    PassKey::from_bytes(pass_key(byte).verifying_key().to_bytes())
}

fn leaf(identity: &Identity, key: u8, info: LeafInfo) -> NewLeaf {
    let issued = credential::issue(identity, &ROOM, &[key; 32]);
    NewLeaf { key: vec![key; 32], credential: credential::claimed(&issued.credential), info: Some(info) }
}

fn info(pass_byte: u8, entrance: Entrance) -> LeafInfo {
    LeafInfo { pass: pass(pass_byte), entrance, replaces: None, name: "Name".to_owned() }
}

/// Anna founded the room; Ben and Cleo came through its one door, which bears four.
struct World {
    state: State,
    door: DoorSecrets,
}

impl World {
    fn new() -> Self {
        let door = DoorSecrets::of(&Key::from_bytes([3; 32]), &Crypto::new());
        let mut policy = Policy::new("Room".to_owned(), identity(ANNA).key(), door.door());
        policy.doors[0].uses = Some(4);
        policy.doors[0].expires = Some(Timestamp::from_millis(1_000));
        let seat = |place: u32, entrance| {
            let byte = u8::try_from(place).unwrap() + 20;
            let id = identity(place).key();
            let member = member(place, id, info(byte, entrance), policy.is_admin(&id), false);
            (place, Seat { member, key: vec![byte + 20; 32] })
        };
        let through = Entrance::Door(door.id());
        let seats = [seat(ANNA, Entrance::Founder), seat(BEN, through), seat(CLEO, through)].into();
        Self { state: State { room: ROOM, hybrid: true, policy, seats }, door }
    }

    fn through(&self) -> Entrance {
        Entrance::Door(self.door.id())
    }

    /// Cleo has come back as leaf 3.
    fn with_replaced(mut self) -> Self {
        let info = LeafInfo { replaces: Some(Replaces(pass(22))), ..info(30, self.through()) };
        let seat = Seat { member: member(3, identity(CLEO).key(), info, false, false), key: vec![50; 32] };
        self.state.seats.insert(3, seat);
        self
    }

    fn commit(&self, author: u32, proposals: Vec<Part>) -> Parts {
        let seat = &self.state.seats[&author];
        let path = NewLeaf { key: seat.key.clone(), ..leaf(&identity(author), 0, seat.info()) };
        Parts { author: Author::Member(author), proposals, path: Some(path), claim: Some((claim(), None)) }
    }

    fn header(&self, author: u32) -> Header {
        Header { pass: self.state.seats[&author].member.pass, ..header(Kind::Commit) }
    }

    fn verdict(&self, author: u32, proposals: Vec<Part>) -> Result<(), Fault> {
        let parts = self.commit(author, proposals);
        let header = self.header(author);
        judge(&self.state, &parts, &header).map(|_| ()).map_err(|skipped| {
            assert_eq!(skipped.blame, Blame::Member(self.state.seats[&author].member.clone()));
            skipped.fault
        })
    }

    fn policy(&self, change: impl FnOnce(&mut Policy)) -> Part {
        let mut policy = self.state.policy.clone();
        change(&mut policy);
        Part::Context(Some(policy))
    }

    /// A sound join, signed after `change`.
    fn join(&self, old: Option<u8>, change: impl FnOnce(&mut Parts)) -> Parts {
        let who = if old.is_some() { identity(CLEO) } else { identity(7) };
        let mut info = info(60, self.through());
        info.replaces = old.map(|byte| Replaces(pass(byte)));
        let join = JoinClaim {
            door: self.door.id(),
            pass: pass(60),
            door_signature: Signature::from_bytes([0; 64]),
            old: old.map(|byte| (pass(byte), Signature::from_bytes([0; 64]))),
        };
        let mut parts = Parts {
            author: Author::Newcomer,
            proposals: vec![Part::ExternalInit],
            path: Some(leaf(&who, 61, info)),
            claim: Some((claim(), Some(join))),
        };
        change(&mut parts);
        let key = parts.path.as_ref().unwrap().key.clone();
        if let Some((claim, Some(join))) = &mut parts.claim {
            let named = join.old.as_ref().map(|(pass, _)| *pass);
            let text = join_text(claim, &key, &join.pass, named.as_ref());
            join.door_signature = self.door.sign(&text);
            if let (Some((_, signature)), Some(byte)) = (&mut join.old, old) {
                *signature = Signature::from_bytes(pass_key(byte).sign(&text).to_bytes());
            }
        }
        parts
    }
}

fn claim() -> Claim {
    Claim { room: ROOM, based_on: Seq::new(5), newest: (Seq::new(7), Chain::from_bytes([9; 32])), head: None }
}

fn header(kind: Kind) -> Header {
    Header {
        seq: Seq::new(8),
        time: Timestamp::from_millis(500),
        kind,
        based_on: Seq::new(5),
        envelope: EnvelopeId::from_bytes([0; 16]),
        pass: pass(60),
    }
}

fn join_fault(world: &World, parts: &Parts, header: &Header) -> Fault {
    let skipped = judge(&world.state, parts, header).unwrap_err();
    assert_eq!(skipped.blame, Blame::Newcomer(pass(60)));
    skipped.fault
}

#[test]
fn sound_commits_are_valid() {
    let world = World::new();
    assert_eq!(world.verdict(BEN, vec![]), Ok(()));
    let close = world.policy(|policy| policy.doors.clear());
    assert_eq!(world.verdict(ANNA, vec![Part::Remove(BEN), close]), Ok(()));
    let added = leaf(&identity(7), 61, info(60, Entrance::Added));
    assert_eq!(world.verdict(ANNA, vec![Part::Add { leaf: added, unlimited: true }]), Ok(()));
    assert!(judge(&world.state, &world.join(None, |_| {}), &header(Kind::Join)).is_ok());
    assert!(judge(&world.state, &world.join(Some(22), |_| {}), &header(Kind::Join)).is_ok());
    let world = world.with_replaced();
    let count = world.policy(|policy| policy.doors[0].spent = 1);
    assert_eq!(world.verdict(BEN, vec![Part::Remove(CLEO), count.clone()]), Ok(()));
    assert_eq!(world.verdict(ANNA, vec![Part::Remove(CLEO), count]), Ok(()));
}

/// Attack matrix row 50: what the relay can have done is blamed on the relay.
#[test]
fn a_commit_in_another_place_is_the_relays_fault() {
    let world = World::new();
    let parts = world.commit(BEN, vec![]);
    let right = world.header(BEN);
    let fault = |parts: &Parts, header: Header| {
        let skipped = judge(&world.state, parts, &header).unwrap_err();
        (skipped.fault, skipped.blame == Blame::Relay)
    };
    assert_eq!(fault(&parts, Header { based_on: Seq::new(4), ..right }), (Fault::Misplaced, true));
    assert_eq!(fault(&parts, Header { pass: pass(20), ..right }), (Fault::WrongPass, true));
    let mut elsewhere = parts.clone();
    elsewhere.claim = Some((Claim { room: RoomId::from_bytes([2; 16]), ..claim() }, None));
    assert_eq!(fault(&elsewhere, right), (Fault::Misplaced, true));
    // Also where the commit is invalid besides: its author did not put it there.
    let bad = world.commit(BEN, vec![Part::Other]);
    assert_eq!(fault(&bad, Header { based_on: Seq::new(4), ..right }), (Fault::Misplaced, true));
}

#[test]
fn what_a_member_says_of_the_log_must_be_possible() {
    let world = World::new();
    let mut parts = world.commit(BEN, vec![]);
    let fault = |parts: &Parts| judge(&world.state, parts, &world.header(BEN)).unwrap_err();
    for newest in [4, 8, 9] {
        parts.claim = Some((Claim { newest: (Seq::new(newest), claim().newest.1), ..claim() }, None));
        let skipped = fault(&parts);
        assert_eq!(skipped.fault, Fault::Newest);
        assert_eq!(skipped.blame, Blame::Member(world.state.seats[&BEN].member.clone()));
    }
    parts.claim = None;
    assert_eq!(fault(&parts).fault, Fault::Claim);
}

#[test]
fn a_commit_is_of_the_kind_that_its_header_says() {
    let world = World::new();
    let parts = world.commit(BEN, vec![]);
    let as_join = Header { kind: Kind::Join, ..world.header(BEN) };
    assert_eq!(judge(&world.state, &parts, &as_join).unwrap_err().fault, Fault::WrongKind);
    assert_eq!(join_fault(&world, &world.join(None, |_| {}), &header(Kind::Commit)), Fault::WrongKind);
}

/// Attack matrix row 16.
#[test]
fn only_inline_proposals_of_three_kinds_are_allowed() {
    let world = World::new();
    for part in [Part::Other, Part::ExternalInit] {
        assert_eq!(world.verdict(ANNA, vec![part]), Err(Fault::Proposal));
    }
    let twice = vec![world.policy(|p| p.approval = true), world.policy(|p| p.approval = true)];
    assert_eq!(world.verdict(ANNA, twice), Err(Fault::Proposal));
    let close = world.policy(|policy| policy.doors.clear());
    assert_eq!(world.verdict(ANNA, vec![Part::Remove(BEN), Part::Remove(BEN), close]), Err(Fault::Proposal));
    assert_eq!(world.verdict(ANNA, vec![Part::Remove(9)]), Err(Fault::Mls));
}

/// Attack matrix row 21.
#[test]
fn only_admins_add_remove_and_change_the_policy() {
    let world = World::new();
    let added = leaf(&identity(7), 61, info(60, Entrance::Added));
    let close = world.policy(|policy| policy.doors.clear());
    for proposals in [
        vec![Part::Add { leaf: added, unlimited: true }],
        vec![Part::Remove(CLEO), close],
        vec![Part::Remove(CLEO)],
        vec![world.policy(|policy| policy.name = "Mine".to_owned())],
        vec![world.policy(|policy| policy.admins.push(identity(BEN).key()))],
        vec![world.policy(|policy| policy.doors[0].spent = 1)],
        vec![world.policy(|_| {})],
    ] {
        assert_eq!(world.verdict(BEN, proposals), Err(Fault::NotAdmin));
    }
}

#[test]
fn a_replaced_leaf_is_removed_by_anybody_with_its_use_counted_and_no_more() {
    let world = World::new().with_replaced();
    let spent = |spent: u32| world.policy(move |policy| policy.doors[0].spent = spent);
    assert_eq!(world.verdict(BEN, vec![Part::Remove(CLEO)]), Err(Fault::Spent));
    assert_eq!(world.verdict(BEN, vec![Part::Remove(CLEO), spent(2)]), Err(Fault::NotAdmin));
    assert_eq!(world.verdict(BEN, vec![Part::Remove(3), spent(1)]), Err(Fault::NotAdmin));
    // Another identity's leaf that names the pass replaces nothing.
    let mut world = World::new().with_replaced();
    world.state.seats.get_mut(&3).unwrap().member.identity = identity(7).key();
    let count = world.policy(|policy| policy.doors[0].spent = 1);
    assert_eq!(world.verdict(BEN, vec![Part::Remove(CLEO), count]), Err(Fault::NotAdmin));
}

/// Attack matrix row 29.
#[test]
fn a_removal_closes_every_door() {
    let world = World::new();
    assert_eq!(world.verdict(ANNA, vec![Part::Remove(BEN)]), Err(Fault::DoorLeftOpen));
    let count = world.policy(|policy| policy.doors[0].spent = 1);
    assert_eq!(world.verdict(ANNA, vec![Part::Remove(BEN), count]), Err(Fault::DoorLeftOpen));
}

#[test]
fn a_door_that_stays_keeps_its_keys_and_its_count() {
    let mut world = World::new();
    world.state.policy.doors[0].spent = 2;
    let change = |change: &dyn Fn(&mut OpenDoor)| {
        world.verdict(ANNA, vec![world.policy(|policy| change(&mut policy.doors[0]))])
    };
    assert_eq!(change(&|open| open.spent = 1), Err(Fault::Spent));
    assert_eq!(change(&|open| open.spent = 3), Ok(()));
    assert_eq!(change(&|open| open.uses = None), Ok(()));
    assert_eq!(change(&|open| open.door.hpke[0] ^= 1), Err(Fault::DoorChanged));
}

#[test]
fn a_room_keeps_an_admin_who_is_in_it() {
    let world = World::new();
    let stranger = world.policy(|policy| policy.admins = vec![identity(7).key()]);
    assert_eq!(world.verdict(ANNA, vec![stranger]), Err(Fault::NoAdmin));
    let ben = world.policy(|policy| policy.admins = vec![identity(BEN).key()]);
    assert_eq!(world.verdict(ANNA, vec![ben]), Ok(()));
    let gone = world.policy(|policy| {
        policy.admins = vec![identity(BEN).key()];
        policy.doors.clear();
    });
    assert_eq!(world.verdict(ANNA, vec![Part::Remove(BEN), gone]), Err(Fault::NoAdmin));
    assert_eq!(world.verdict(ANNA, vec![Part::Context(None)]), Err(Fault::Policy));
}

#[test]
fn a_room_stays_within_its_declared_size_and_its_suite() {
    let world = World::new();
    assert_eq!(world.verdict(ANNA, vec![world.policy(|p| p.max_members = 2)]), Err(Fault::TooMany));
    assert_eq!(world.verdict(ANNA, vec![world.policy(|p| p.max_members = 101)]), Err(Fault::TooMany));
    assert_eq!(world.verdict(ANNA, vec![world.policy(|p| p.max_members = 3)]), Ok(()));
    let mut world = world;
    world.state.policy.max_members = 3;
    let added = leaf(&identity(7), 61, info(60, Entrance::Added));
    let add = vec![Part::Add { leaf: added, unlimited: true }];
    assert_eq!(world.verdict(ANNA, add), Err(Fault::TooMany));
    assert_eq!(join_fault(&world, &world.join(None, |_| {}), &header(Kind::Join)), Fault::TooMany);
}

/// Attack matrix rows 13 and 53.
#[test]
fn an_added_leaf_is_new_proven_and_without_a_lifetime() {
    let world = World::new();
    let good = info(60, Entrance::Added);
    let add = |leaf: NewLeaf, unlimited| world.verdict(ANNA, vec![Part::Add { leaf, unlimited }]);
    let new = |info: LeafInfo| leaf(&identity(7), 61, info);
    assert_eq!(add(new(good.clone()), false), Err(Fault::Lifetime));
    let through = info(60, world.through());
    assert_eq!(add(new(through), true), Err(Fault::Entrance));
    let replacing = LeafInfo { replaces: Some(Replaces(pass(22))), ..good.clone() };
    assert_eq!(add(new(replacing), true), Err(Fault::Entrance));
    assert_eq!(add(new(info(22, Entrance::Added)), true), Err(Fault::Repeated));
    assert_eq!(add(leaf(&identity(7), 42, good.clone()), true), Err(Fault::Repeated));
    assert_eq!(add(NewLeaf { info: None, ..new(good.clone()) }, true), Err(Fault::Leaf));
    assert_eq!(add(NewLeaf { key: vec![62; 32], ..new(good.clone()) }, true), Err(Fault::Credential));
    assert_eq!(add(NewLeaf { credential: None, ..new(good.clone()) }, true), Err(Fault::Credential));
    let twice = |key| Part::Add { leaf: leaf(&identity(7), key, good.clone()), unlimited: true };
    assert_eq!(world.verdict(ANNA, vec![twice(61), twice(62)]), Err(Fault::Repeated));
}

/// Attack matrix row 19.
#[test]
fn under_a_leaf_only_the_name_changes() {
    let world = World::new();
    let verdict = |change: &dyn Fn(&mut NewLeaf)| {
        let mut parts = world.commit(BEN, vec![]);
        change(parts.path.as_mut().unwrap());
        judge(&world.state, &parts, &world.header(BEN)).map(|_| ()).map_err(|skipped| skipped.fault)
    };
    let about = |change: fn(&mut LeafInfo)| verdict(&move |leaf| change(leaf.info.as_mut().unwrap()));
    assert_eq!(about(|info| info.name = "Other".to_owned()), Ok(()));
    assert_eq!(about(|info| info.pass = pass(60)), Err(Fault::LeafChanged));
    assert_eq!(about(|info| info.entrance = Entrance::Founder), Err(Fault::LeafChanged));
    assert_eq!(about(|info| info.replaces = Some(Replaces(pass(22)))), Err(Fault::LeafChanged));
    assert_eq!(verdict(&|leaf| leaf.key[0] ^= 1), Err(Fault::LeafChanged));
    assert_eq!(verdict(&|leaf| leaf.info = None), Err(Fault::Leaf));
    let victim = credential::claimed(&credential::issue(&identity(ANNA), &ROOM, &[41; 32]).credential);
    assert_eq!(verdict(&|leaf| leaf.credential = victim), Err(Fault::LeafChanged));
    assert_eq!(verdict(&|leaf| leaf.credential = None), Err(Fault::LeafChanged));
}

/// Attack matrix row 33.
#[test]
fn an_external_commit_enters_and_does_nothing_else() {
    let world = World::new();
    let fault = |proposals: Vec<Part>| {
        join_fault(&world, &world.join(None, |parts| parts.proposals = proposals), &header(Kind::Join))
    };
    assert_eq!(fault(vec![Part::ExternalInit, Part::Remove(BEN)]), Fault::JoinRemoves);
    assert_eq!(fault(vec![Part::ExternalInit, Part::Other]), Fault::Proposal);
    assert_eq!(fault(vec![]), Fault::Proposal);
}

/// Attack matrix rows 31 and 32.
#[test]
fn a_newcomer_comes_through_an_open_door_whose_key_it_holds() {
    let world = World::new();
    let right = header(Kind::Join);
    let sound = world.join(None, |_| {});
    let late = Header { time: Timestamp::from_millis(1_000), ..right };
    assert_eq!(join_fault(&world, &sound, &late), Fault::DoorExpired);

    let mut unsigned = sound.clone();
    if let Some((_, Some(join))) = &mut unsigned.claim {
        join.door_signature = Signature::from_bytes([1; 64]);
    }
    assert_eq!(join_fault(&world, &unsigned, &right), Fault::DoorSignature);
    // A signature for another leaf key, and one for another place.
    let mut stolen = sound.clone();
    stolen.path = Some(leaf(&identity(7), 62, info(60, world.through())));
    assert_eq!(join_fault(&world, &stolen, &right), Fault::DoorSignature);
    let mut moved = sound.clone();
    if let Some((claim, _)) = &mut moved.claim {
        claim.newest.1 = Chain::from_bytes([8; 32]);
    }
    assert_eq!(join_fault(&world, &moved, &right), Fault::DoorSignature);

    let change = |change: &dyn Fn(&mut Policy)| {
        let mut world = World::new();
        change(&mut world.state.policy);
        join_fault(&world, &sound, &right)
    };
    assert_eq!(change(&|policy| policy.approval = true), Fault::Approval);
    assert_eq!(change(&|policy| policy.doors.clear()), Fault::DoorClosed);
    assert_eq!(change(&|policy| policy.doors[0].uses = Some(2)), Fault::DoorUsedUp);
    assert_eq!(change(&|policy| policy.doors[0].spent = 2), Fault::DoorUsedUp);
}

#[test]
fn a_newcomers_leaf_is_new_proven_and_says_how_it_came() {
    let world = World::new();
    let fault = |change: &dyn Fn(&mut NewLeaf)| {
        let parts = world.join(None, |parts| change(parts.path.as_mut().unwrap()));
        join_fault(&world, &parts, &header(Kind::Join))
    };
    assert_eq!(fault(&|leaf| leaf.info.as_mut().unwrap().entrance = Entrance::Added), Fault::Entrance);
    assert_eq!(fault(&|leaf| leaf.info = None), Fault::Leaf);
    assert_eq!(fault(&|leaf| leaf.credential = None), Fault::Credential);
    assert_eq!(fault(&|leaf| leaf.key = vec![42; 32]), Fault::Repeated);
    let known = Header { pass: pass(22), ..header(Kind::Join) };
    let parts = world.join(None, |parts| parts.path.as_mut().unwrap().info.as_mut().unwrap().pass = pass(22));
    let skipped = judge(&world.state, &parts, &known).unwrap_err();
    assert_eq!(skipped.fault, Fault::Repeated);
}

/// Attack matrix row 33.
#[test]
fn a_reentry_is_signed_by_the_old_pass_of_the_same_identity() {
    let world = World::new();
    let right = header(Kind::Join);
    let mut unsigned = world.join(Some(22), |_| {});
    if let Some((_, Some(join))) = &mut unsigned.claim {
        join.old = Some((pass(22), Signature::from_bytes([1; 64])));
    }
    assert_eq!(join_fault(&world, &unsigned, &right), Fault::Reentry);
    // Ben's pass with Cleo's identity; a pass that nobody has; a leaf that names what nobody signed.
    assert_eq!(join_fault(&world, &world.join(Some(21), |_| {}), &right), Fault::Reentry);
    assert_eq!(join_fault(&world, &world.join(Some(29), |_| {}), &right), Fault::Reentry);
    let silent = world.join(None, |parts| {
        parts.path.as_mut().unwrap().info.as_mut().unwrap().replaces = Some(Replaces(pass(22)));
    });
    assert_eq!(join_fault(&world, &silent, &right), Fault::Reentry);
    let other = world.join(Some(22), |parts| {
        parts.path.as_mut().unwrap().info.as_mut().unwrap().replaces = Some(Replaces(pass(21)));
    });
    assert_eq!(join_fault(&world, &other, &right), Fault::Reentry);
}
