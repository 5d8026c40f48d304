//! An independent MLS implementation (mls-rs with aws-lc) as a member of a room. It knows Keyroom's formats from
//! `docs/protocol.md` only: this file reads and writes them anew, byte by byte. The two share no hybrid suite, so the room
//! is a large one with the classical suite.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "room/support.rs"]
#[allow(dead_code)]
mod support;

use ed25519_dalek::{Signer as _, SigningKey};
use keyroom_mls::{Body, Content, Intent, Opened};
use keyroom_types::{DoorSeeds, Kind, MessageId, PassKey, Seq};
use mls_rs::client_builder::MlsConfig;
use mls_rs::group::{CommitEffect, Group, ReceivedMessage};
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::mls_rules::{DefaultMlsRules, EncryptionOptions};
use mls_rs::{
    CipherSuite, CipherSuiteProvider as _, Client, CryptoProvider as _, Extension, ExtensionList, MlsMessage,
};
use mls_rs_crypto_awslc::AwsLcCryptoProvider;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto as _;
use openmls_traits::types::{AeadType, Ciphersuite, HpkeCiphertext};
use support::{Log, ROOM, agree, key, room_of};

const SUITE: CipherSuite = CipherSuite::CURVE25519_CHACHA;

/// "Blob": the lobby key and the GroupInfo.
fn open_blob(crypto: &RustCrypto, seeds: &DoorSeeds, blob: &[u8]) -> ([u8; 32], Vec<u8>) {
    assert_eq!(blob[..2], [1, 1]);
    assert_eq!(&blob[2..18], seeds.id.as_bytes());
    let length = |at: usize| usize::from(u16::from_be_bytes(blob[at..at + 2].try_into().unwrap()));
    let kem = &blob[20..20 + length(18)];
    let at = 20 + kem.len();
    let wrapped = &blob[at + 2..at + 2 + length(at)];
    let head = at + 2 + wrapped.len();
    let config = || Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519.hpke_config();
    let pair = crypto.derive_hpke_keypair(config(), seeds.hpke.as_ref()).unwrap();
    let info = [b"keyroom blob v1\0", &ROOM.as_bytes()[..], seeds.id.as_bytes()].concat();
    let input = HpkeCiphertext { kem_output: kem.into(), ciphertext: wrapped.into() };
    let file_key = crypto.hpke_open(config(), &input, &pair.private, &info, &[]).unwrap();
    let (nonce, sealed) = blob[head..].split_at(12);
    let plain = crypto.aead_decrypt(AeadType::Aes256Gcm, &file_key, sealed, nonce, &blob[..head]).unwrap();
    assert_eq!(plain.len() % 4096, 0);
    assert_eq!(&plain[1..17], ROOM.as_bytes());
    // Sequence number, chain, time, newest commit; lobby key; no pins, no log key, no incarnation.
    let lobby = plain[73..105].try_into().unwrap();
    assert_eq!(plain[105..108], [0, 0, 0]);
    let length = u32::from_be_bytes(plain[108..112].try_into().unwrap());
    (lobby, plain[112..112 + usize::try_from(length).unwrap()].to_vec())
}

/// "Authenticated data", without a signed head.
fn authenticated(log: &Log, kind: u8) -> Vec<u8> {
    let mut bytes = vec![1, kind];
    bytes.extend(ROOM.as_bytes());
    bytes.extend(log.cursor.newest_commit.get().to_be_bytes());
    bytes.extend(log.cursor.seq.get().to_be_bytes());
    bytes.extend(log.cursor.chain.as_bytes());
    bytes.resize(bytes.len() + 16 + 8 + 8 + 32 + 64, 0);
    bytes
}

struct Peer<C: MlsConfig> {
    group: Group<C>,
    pass: PassKey,
}

fn client(crypto: &AwsLcCryptoProvider, identity: &SigningKey) -> (Client<impl MlsConfig + use<>>, Vec<u8>) {
    let suite = crypto.cipher_suite_provider(SUITE).unwrap();
    let (secret, public) = suite.signature_key_generate().unwrap();
    let leaf_key = public.as_bytes().to_vec();
    let text = [b"keyroom credential v1\0", &ROOM.as_bytes()[..], &leaf_key].concat();
    let signature = identity.sign(&text).to_bytes();
    let credential = [&[1][..], identity.verifying_key().as_bytes(), &signature].concat();
    let signing = SigningIdentity::new(BasicCredential::new(credential).into_credential(), public);
    let encryption = EncryptionOptions::new(true, mls_rs::client_builder::PaddingMode::None);
    let client = Client::builder()
        .identity_provider(BasicIdentityProvider)
        .crypto_provider(crypto.clone())
        .mls_rules(DefaultMlsRules::new().with_encryption_options(encryption))
        .extension_types([0xf0b0.into(), 0xf0b1.into()])
        .signing_identity(signing, secret, SUITE)
        .build();
    (client, leaf_key)
}

/// "Joining": the body of an external commit.
fn join(log: &Log, blob: &[u8]) -> (Peer<impl MlsConfig + use<>>, Vec<u8>) {
    let (crypto, aws) = (RustCrypto::default(), AwsLcCryptoProvider::default());
    let seeds = DoorSeeds::of(&key(1));
    let (lobby, group_info) = open_blob(&crypto, &seeds, blob);
    let (client, leaf_key) = client(&aws, &SigningKey::from_bytes(&[77; 32]));
    let pass = PassKey::from_bytes(SigningKey::from_bytes(&[78; 32]).verifying_key().to_bytes());

    let mut leaf = vec![1];
    leaf.extend(pass.as_bytes());
    leaf.push(1);
    leaf.extend(seeds.id.as_bytes());
    leaf.extend([0, 4]);
    leaf.extend(b"Peer");

    let base = log.cursor.newest_commit.get().to_be_bytes();
    let text = [
        b"keyroom join v1\0",
        &ROOM.as_bytes()[..],
        &base,
        log.cursor.chain.as_bytes(),
        &leaf_key,
        pass.as_bytes(),
        &[0; 32],
    ]
    .concat();
    let mut data = authenticated(log, 2);
    data.extend(seeds.id.as_bytes());
    data.extend(pass.as_bytes());
    data.extend(SigningKey::from_bytes(&seeds.signing).sign(&text).to_bytes());
    data.resize(data.len() + 32 + 64, 0);

    let mut extensions = ExtensionList::new();
    extensions.set(Extension::new(0xf0b1.into(), leaf));
    let group_info = [&[0, 1, 0, 4][..], &group_info].concat();
    let (group, commit) = client
        .external_commit_builder()
        .unwrap()
        .with_authenticated_data(data)
        .with_leaf_node_extensions(extensions)
        .build(MlsMessage::from_bytes(&group_info).unwrap())
        .unwrap();

    let mut plain = commit.to_bytes().unwrap();
    plain.push(0x80);
    plain.resize(plain.len().next_multiple_of(1024), 0);
    let data = [b"keyroom join v1\0", &ROOM.as_bytes()[..], &base].concat();
    let nonce = [5; 12];
    let sealed = crypto.aead_encrypt(AeadType::Aes256Gcm, &lobby, &plain, &nonce, &data).unwrap();
    (Peer { group, pass }, [&[1][..], &nonce, &sealed].concat())
}

impl<C: MlsConfig> Peer<C> {
    fn say(&mut self, log: &mut Log, text: &str) {
        let content =
            Content::new(MessageId::from_bytes([3; 16]), Body::Text { text: text.to_owned(), reply: None });
        let mut plain = content.encode().unwrap().to_vec();
        plain.push(0x80);
        plain.resize(512, 0);
        let message = self.group.encrypt_application_message(&plain, authenticated(log, 1)).unwrap();
        log.append(Kind::Application, log.cursor.newest_commit, self.pass, message.to_bytes().unwrap(), None);
    }

    fn read(&mut self, body: &[u8]) -> ReceivedMessage {
        self.group.process_incoming_message(MlsMessage::from_bytes(body).unwrap()).unwrap()
    }
}

#[test]
fn another_implementation_enters_talks_and_is_removed() {
    let (mut log, mut people) = room_of(&["Ben"], |policy| policy.max_members = 200);
    let (mut peer, body) = join(&log, &people[0].blob());
    log.append(Kind::Join, log.cursor.newest_commit, peer.pass, body, None);
    people.iter_mut().for_each(|person| person.read(&log));
    let Some(Opened::Changed(changes)) = people[0].seen.last() else { panic!("{:?}", people[0].seen.last()) };
    assert_eq!((changes.by.name.as_str(), changes.by.pass), ("Peer", peer.pass));

    peer.say(&mut log, "from the other one");
    people.iter_mut().for_each(|person| person.read(&log));
    assert_eq!(people[0].texts(), ["from the other one"]);
    assert_eq!(people[1].texts(), ["from the other one"]);

    people[1].say(&mut log, "welcome");
    let last = log.entries.last().unwrap().body.clone();
    let ReceivedMessage::ApplicationMessage(message) = peer.read(&last) else { panic!() };
    let end = message.data().iter().rposition(|&byte| byte != 0).unwrap();
    let content = Content::decode(&message.data()[..end]).unwrap();
    assert_eq!(content.body, Body::Text { text: "welcome".to_owned(), reply: None });

    // It follows a commit, with what follows that, and makes one.
    people[0].commit(&mut log, Intent::SelfUpdate { name: None }, vec![Body::Leave]);
    let (commit, follower) = (&log.entries[log.entries.len() - 2], log.entries.last().unwrap());
    assert_eq!(commit.follows, None::<Seq>);
    assert!(matches!(peer.read(&commit.body), ReceivedMessage::Commit(_)));
    assert!(matches!(peer.read(&follower.body), ReceivedMessage::ApplicationMessage(_)));
    let made = peer.group.commit_builder().authenticated_data(authenticated(&log, 1)).build().unwrap();
    peer.group.apply_pending_commit().unwrap();
    let body = made.commit_message.to_bytes().unwrap();
    log.append(Kind::Commit, log.cursor.newest_commit, peer.pass, body, None);
    people.iter_mut().for_each(|person| person.read(&log));
    assert!(matches!(people[0].seen.last(), Some(Opened::Changed(_))), "{:?}", people[0].seen.last());
    assert!(agree(&[&people[0], &people[1]]));
    peer.say(&mut log, "still here");
    people[0].read(&log);
    assert_eq!(people[0].texts(), ["from the other one", "welcome", "still here"]);

    let leaves = vec![people[0].find("Peer").leaf];
    people[0].commit(&mut log, Intent::Remove { leaves, new_door: None }, vec![]);
    let last = log.entries.last().unwrap().body.clone();
    let ReceivedMessage::Commit(commit) = peer.read(&last) else { panic!() };
    assert!(matches!(commit.effect, CommitEffect::Removed { .. }));
}
