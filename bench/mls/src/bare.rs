//! The bare library: a basic credential that nobody checks, no policy, no doors, nothing in the authenticated data, no
//! padding, messages as they are.

use std::time::{Duration, Instant};

use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::tls_codec::{DeserializeBytes as _, Serialize as _};
use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, GroupId, LeafNodeIndex, LeafNodeParameters, MlsGroup,
    MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageBodyOut, MlsMessageIn,
    PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent, ProtocolMessage, SenderRatchetConfiguration,
    SignatureScheme,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_memory_storage::MemoryStorage;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider;

use crate::{Cost, Result, Suite, Way, copy, timed};

/// A group with its founder and its newest member.
pub struct Bare {
    crypto: RustCrypto,
    founder: Person,
    newest: Option<Person>,
    people: u32,
    group_info: Vec<u8>,
}

struct Person {
    storage: MemoryStorage,
    signer: SignatureKeyPair,
}

impl Person {
    fn new() -> Result<Self> {
        let (storage, signer) = (MemoryStorage::default(), SignatureKeyPair::new(SignatureScheme::ED25519)?);
        signer.store(&storage)?;
        Ok(Self { storage, signer })
    }

    fn credential(&self, number: u32) -> CredentialWithKey {
        let credential = BasicCredential::new(number.to_be_bytes().to_vec()).into();
        CredentialWithKey { credential, signature_key: self.signer.public().into() }
    }

    fn copy(&self) -> Result<(MemoryStorage, MlsGroup)> {
        let storage = copy(&self.storage)?;
        let group = load(&storage)?;
        Ok((storage, group))
    }
}

struct Provider<'a> {
    crypto: &'a RustCrypto,
    storage: &'a MemoryStorage,
}

impl OpenMlsProvider for Provider<'_> {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = MemoryStorage;

    fn storage(&self) -> &MemoryStorage {
        self.storage
    }

    fn crypto(&self) -> &RustCrypto {
        self.crypto
    }

    fn rand(&self) -> &RustCrypto {
        self.crypto
    }
}

impl Bare {
    fn newest(&self) -> Result<&Person> {
        self.newest.as_ref().ok_or_else(|| "nobody has come yet".into())
    }

    fn newcomer(&self) -> Result<(Person, Vec<u8>, Vec<u8>, Duration)> {
        let person = Person::new()?;
        let credential = person.credential(self.people);
        let p = Provider { crypto: &self.crypto, storage: &person.storage };
        let (made, time) = timed(|| {
            let group_info = VerifiableGroupInfo::tls_deserialize_exact_bytes(&self.group_info)?;
            let (_, bundle) = MlsGroup::external_commit_builder()
                .with_config(config())
                .skip_lifetime_validation()
                .build_group(&p, group_info, credential)?
                .leaf_node_parameters(LeafNodeParameters::default())
                .load_psks(&person.storage)?
                .build(&self.crypto, &self.crypto, &person.signer, |_| true)?
                .finalize(&p)?;
            let group_info = bundle.group_info().ok_or("the join has no GroupInfo")?;
            Result::Ok((bundle.commit().to_bytes()?, group_info.tls_serialize_detached()?))
        });
        let (commit, group_info) = made?;
        Ok((person, commit, group_info, time))
    }

    /// The newest member says so many texts to the founder, with a pause before each: from the text to the opened message,
    /// by the clock and with caches as they are then.
    ///
    /// # Errors
    /// The library's.
    pub fn one_by_one(&self, messages: usize, text: &str, pause: Duration) -> Result<Vec<Duration>> {
        let speaker = self.newest()?;
        let ((from, mut says), (to, mut hears)) = (speaker.copy()?, self.founder.copy()?);
        let from = Provider { crypto: &self.crypto, storage: &from };
        let to = Provider { crypto: &self.crypto, storage: &to };
        let one = |_| {
            std::thread::sleep(pause);
            let begun = Instant::now();
            let message = says.create_message(&from, &speaker.signer, text.as_bytes())?.to_bytes()?;
            process(&to, &mut hears, &message)?;
            Ok(begun.elapsed())
        };
        (0..messages).map(one).collect()
    }

    fn commit(&self, author: &Person, member: &Person, removed: &[LeafNodeIndex]) -> Result<Cost> {
        let (storage, mut group) = author.copy()?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let (made, make) = timed(|| {
            let bundle = group
                .commit_builder()
                .force_self_update(true)
                .propose_removals(removed.iter().copied())
                .load_psks(&storage)?
                .create_group_info(true)
                .build(&self.crypto, &self.crypto, &author.signer, |_| true)?
                .stage_commit(&p)?;
            let group_info = bundle.group_info().ok_or("the commit has no GroupInfo")?;
            Result::Ok((bundle.commit().to_bytes()?, group_info.tls_serialize_detached()?))
        });
        let (commit, group_info) = made?;
        let (storage, mut group) = member.copy()?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let (taken, take) = timed(|| process(&p, &mut group, &commit));
        taken?;
        Ok(Cost { make, take, wire: commit.len(), blob: group_info.len() })
    }
}

impl Way for Bare {
    fn found(suite: Suite) -> Result<Self> {
        let (crypto, founder) = (RustCrypto::default(), Person::new()?);
        let suite = match suite {
            Suite::Classical => Ciphersuite::MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519,
            Suite::Hybrid => Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519,
        };
        let p = Provider { crypto: &crypto, storage: &founder.storage };
        let group = MlsGroup::builder()
            .with_group_id(GroupId::from_slice(GROUP))
            .ciphersuite(suite)
            .with_wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .max_past_epochs(0)
            .number_of_resumption_psks(0)
            .use_ratchet_tree_extension(true)
            .sender_ratchet_configuration(SenderRatchetConfiguration::new(1, 1_000))
            .build(&p, &founder.signer, founder.credential(0))?;
        let message = group.export_group_info(&crypto, &founder.signer, true)?;
        let MlsMessageBodyOut::GroupInfo(group_info) = message.body() else {
            return Err("no GroupInfo".into());
        };
        let group_info = group_info.tls_serialize_detached()?;
        Ok(Self { crypto, founder, newest: None, people: 1, group_info })
    }

    fn grow(&mut self) -> Result<()> {
        let (person, commit, group_info, _) = self.newcomer()?;
        let p = Provider { crypto: &self.crypto, storage: &self.founder.storage };
        process(&p, &mut load(&self.founder.storage)?, &commit)?;
        self.newest = Some(person);
        self.people += 1;
        self.group_info = group_info;
        Ok(())
    }

    fn join(&mut self) -> Result<Cost> {
        let (_, commit, group_info, make) = self.newcomer()?;
        let (storage, mut group) = self.founder.copy()?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let (taken, take) = timed(|| process(&p, &mut group, &commit));
        taken?;
        Ok(Cost { make, take, wire: commit.len(), blob: group_info.len() })
    }

    fn talk(&mut self, messages: u32, text: &str) -> Result<Cost> {
        let speaker = self.newest()?;
        let (storage, mut group) = speaker.copy()?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let (sealed, make) = timed(|| {
            let mut one =
                |_| Result::Ok(group.create_message(&p, &speaker.signer, text.as_bytes())?.to_bytes()?);
            (0..messages).map(&mut one).collect::<Result<Vec<_>>>()
        });
        let sealed = sealed?;
        let (storage, mut group) = self.founder.copy()?;
        let p = Provider { crypto: &self.crypto, storage: &storage };
        let (taken, take) = timed(|| sealed.iter().try_for_each(|message| process(&p, &mut group, message)));
        taken?;
        let wire = sealed.first().map_or(0, Vec::len);
        Ok(Cost { make: make / messages, take: take / messages, wire, blob: 0 })
    }

    fn heal(&mut self) -> Result<Cost> {
        self.commit(self.newest()?, &self.founder, &[])
    }

    fn remove(&mut self, leaf: u32) -> Result<Cost> {
        self.commit(&self.founder, self.newest()?, &[LeafNodeIndex::new(leaf)])
    }
}

fn load(storage: &MemoryStorage) -> Result<MlsGroup> {
    Ok(MlsGroup::load(storage, &GroupId::from_slice(GROUP))?.ok_or("no group is stored")?)
}

/// Takes a message, or a commit, which is merged.
fn process(p: &Provider<'_>, group: &mut MlsGroup, message: &[u8]) -> Result<()> {
    let message: ProtocolMessage = match MlsMessageIn::tls_deserialize_exact_bytes(message)?.extract() {
        MlsMessageBodyIn::PrivateMessage(message) => message.into(),
        MlsMessageBodyIn::PublicMessage(message) => message.into(),
        _ => return Err("not a message of a group".into()),
    };
    match group.process_message(p, message)?.into_content() {
        ProcessedMessageContent::ApplicationMessage(_) => Ok(()),
        ProcessedMessageContent::StagedCommitMessage(commit) => Ok(group.merge_staged_commit(p, *commit)?),
        _ => Err("neither a message nor a commit".into()),
    }
}

fn config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(SenderRatchetConfiguration::new(1, 1_000))
        .build()
}

const GROUP: &[u8] = &[7; 16];
