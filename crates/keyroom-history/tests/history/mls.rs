//! The MLS library's state is stored with everything else.

use keyroom_history::{DbError, Profile};
use keyroom_mls::Storage as _;
use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, MlsGroup, MlsGroupCreateConfig,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, OpenMlsProvider, PastEpochDeletion,
    StagedWelcome,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::{OpenMlsRustCrypto, RustCrypto};

use crate::make::{made, message, open, record, room, within};

/// What the library asks for, of a transaction.
struct Provider<'a> {
    crypto: RustCrypto,
    storage: keyroom_history::MlsStorage<'a>,
}

impl<'a> OpenMlsProvider for Provider<'a> {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = keyroom_history::MlsStorage<'a>;

    fn storage(&self) -> &Self::StorageProvider {
        &self.storage
    }

    fn crypto(&self) -> &RustCrypto {
        &self.crypto
    }

    fn rand(&self) -> &RustCrypto {
        &self.crypto
    }
}

fn provider<'a>(tx: &'a keyroom_history::Tx<'_>) -> Provider<'a> {
    Provider { crypto: RustCrypto::default(), storage: tx.mls() }
}

fn group_id() -> GroupId {
    GroupId::from_slice(b"group")
}

/// What writes nothing of a message, but owes it.
fn late<'a>(tx: &'a keyroom_history::Tx<'_>) -> Provider<'a> {
    Provider { crypto: RustCrypto::default(), storage: tx.mls_late() }
}

fn somebody() -> (SignatureKeyPair, CredentialWithKey) {
    let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap();
    let credential = CredentialWithKey {
        credential: BasicCredential::new(b"ann".to_vec()).into(),
        signature_key: signer.to_public_vec().into(),
    };
    (signer, credential)
}

fn found(provider: &Provider<'_>) -> SignatureKeyPair {
    let (signer, credential) = somebody();
    let config = MlsGroupCreateConfig::builder().ciphersuite(SUITE).use_ratchet_tree_extension(true).build();
    MlsGroup::new_with_group_id(provider, &signer, &config, group_id(), credential).unwrap();
    signer.store(provider.storage()).unwrap();
    signer
}

fn load(provider: &Provider<'_>) -> Option<MlsGroup> {
    MlsGroup::load(provider.storage(), &group_id()).unwrap()
}

#[test]
fn a_group_and_the_text_of_its_messages_are_one_transaction() {
    let scratch = made("mls");
    let mut profile = open(&scratch);
    let signer = within(&mut profile, |tx| {
        tx.put_room(&record(1)).unwrap();
        found(&provider(tx))
    });
    let sealed = |group: &mut MlsGroup, provider: &Provider<'_>| {
        group.create_message(provider, &signer, b"hello").unwrap().to_bytes().unwrap()
    };
    // Rolled back: neither the message nor the ratchet's step is stored.
    let tx = profile.begin().unwrap();
    let mls = provider(&tx);
    let first = sealed(&mut load(&mls).unwrap(), &mls);
    tx.append(&room(1), &message(1, 10, "hello")).unwrap();
    drop(tx);
    within(&mut profile, |tx| assert_eq!(tx.len(&room(1)), Ok(0)));
    // Committed: both are, and the next message has another key.
    let second = within(&mut profile, |tx| {
        let mls = provider(tx);
        tx.append(&room(1), &message(1, 10, "hello")).unwrap();
        sealed(&mut load(&mls).unwrap(), &mls)
    });
    drop(profile);
    let mut profile = open(&scratch);
    within(&mut profile, |tx| {
        let mls = provider(tx);
        let mut group = load(&mls).unwrap();
        assert_eq!((group.members().count(), tx.len(&room(1))), (1, Ok(1)));
        assert_ne!(sealed(&mut group, &mls), second);
        assert_ne!(first, second);
        group.delete(mls.storage()).unwrap();
        assert!(load(&mls).is_none());
    });
    assert_eq!(profile.check(), Ok(()));
}

/// What changes with each message is written in place: it must still be what was written last.
#[test]
fn each_message_moves_the_stored_ratchet_on() {
    let scratch = made("ratchet");
    let mut profile = open(&scratch);
    let signer = within(&mut profile, |tx| found(&provider(tx)));
    let mut seen = std::collections::HashSet::new();
    for round in 0..60 {
        if round % 20 == 0 {
            drop(profile);
            profile = open(&scratch);
        }
        within(&mut profile, |tx| {
            let mls = provider(tx);
            let mut group = load(&mls).unwrap();
            for _ in 0..2 {
                let message = group.create_message(&mls, &signer, b"hello").unwrap().to_bytes().unwrap();
                assert!(seen.insert(message));
            }
        });
    }
    assert_eq!(profile.check(), Ok(()));
}

/// Somebody else, in memory, lets itself be added to the group of the profile and says so many things.
fn hear(provider: &Provider<'_>, signer: &SignatureKeyPair, count: usize) -> Vec<Vec<u8>> {
    let other = OpenMlsRustCrypto::default();
    let (their_signer, credential) = somebody();
    let package =
        KeyPackage::builder().build(SUITE, &other, &their_signer, credential).unwrap().key_package().clone();
    let mut group = load(provider).unwrap();
    let (_, welcome, _) = group.add_members(provider, signer, &[package]).unwrap();
    group.merge_pending_commit(provider).unwrap();
    let MlsMessageBodyIn::Welcome(welcome) = incoming(&welcome.to_bytes().unwrap()).extract() else {
        panic!("no welcome");
    };
    let joined = StagedWelcome::new_from_welcome(&other, &MlsGroupJoinConfig::default(), welcome, None);
    let mut theirs = joined.unwrap().into_group(&other).unwrap();
    let say = |_| MlsMessageOut::to_bytes(&theirs.create_message(&other, &their_signer, b"hi").unwrap());
    (0..count).map(say).collect::<Result<_, _>>().unwrap()
}

fn incoming(bytes: &[u8]) -> MlsMessageIn {
    use openmls::prelude::tls_codec::DeserializeBytes as _;
    MlsMessageIn::tls_deserialize_exact_bytes(bytes).unwrap()
}

fn opens(group: &mut MlsGroup, provider: &Provider<'_>, message: &[u8]) -> bool {
    let message = incoming(message).try_into_protocol_message().unwrap();
    group.process_message(provider, message).is_ok()
}

#[test]
fn what_a_run_of_messages_owes_is_written_before_it_commits_or_nothing_commits() {
    let scratch = made("owed");
    let mut profile = open(&scratch);
    let messages = within(&mut profile, |tx| {
        let mls = provider(tx);
        let signer = found(&mls);
        hear(&mls, &signer, 4)
    });
    // Not written: nothing of the transaction stays, and the messages can be opened as if for the first time.
    let tx = profile.begin().unwrap();
    let mut group = load(&provider(&tx)).unwrap();
    assert!(opens(&mut group, &late(&tx), &messages[0]) && tx.owes_secrets());
    assert!(MlsGroup::load(&tx.mls(), &group_id()).is_err(), "what is stored is older");
    tx.put_room(&record(1)).unwrap();
    assert_eq!(tx.commit(), Err(DbError::Owed));
    // Written once for all.
    within(&mut profile, |tx| {
        assert_eq!(tx.rooms().unwrap().len(), 0);
        let mut group = load(&provider(tx)).unwrap();
        assert!(messages[..3].iter().all(|message| opens(&mut group, &late(tx), message)));
        let undone = tx.mls().scratch(|| {
            group.delete_past_epoch_secrets(&provider(tx), PastEpochDeletion::delete_all()).unwrap();
        });
        assert_eq!((undone, tx.owes_secrets()), (Ok(()), true), "what is undone is owed still");
        group.delete_past_epoch_secrets(&provider(tx), PastEpochDeletion::delete_all()).unwrap();
        assert!(!tx.owes_secrets());
    });
    drop(profile);
    let mut profile = open(&scratch);
    within(&mut profile, |tx| {
        let mut group = load(&provider(tx)).unwrap();
        for (message, opens_now) in messages.iter().zip([false, false, false, true]) {
            assert_eq!(opens(&mut group, &provider(tx), message), opens_now);
        }
    });
}

#[test]
fn what_is_tried_out_leaves_nothing() {
    let mut profile = Profile::ephemeral().unwrap();
    within(&mut profile, |tx| {
        let mls = provider(tx);
        tx.put_room(&record(1)).unwrap();
        let members = mls.storage.scratch(|| {
            found(&mls);
            let inner = mls.storage.scratch(|| load(&mls).unwrap().delete(mls.storage()).unwrap());
            inner.unwrap();
            load(&mls).unwrap().members().count()
        });
        assert_eq!(members, Ok(1));
        assert!(load(&mls).is_none());
    });
    within(&mut profile, |tx| {
        assert_eq!((tx.rooms().unwrap().len(), load(&provider(tx)).is_none()), (1, true));
    });
}

#[test]
fn errors_of_the_storage_are_ours() {
    fn of<T: openmls_traits::storage::StorageProvider<1, Error = DbError>>(_: &T) {}
    within(&mut Profile::ephemeral().unwrap(), |tx| of(&tx.mls()));
}

const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;
