//! MLS messages: the same fields as an independent implementation (mls-rs with aws-lc) has.

use keyroom_client::inspect::decode::message;
use keyroom_client::inspect::{Field, SealedLab, divides, find};
use mls_rs::client_builder::MlsConfig;
use mls_rs::group::{ContentType, Group, ReceivedMessage};
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::mls_rules::{DefaultMlsRules, EncryptionOptions};
use mls_rs::{
    CipherSuite, CipherSuiteProvider as _, Client, CryptoProvider as _, MlsMessage, MlsMessageDescription,
};
use mls_rs_crypto_awslc::AwsLcCryptoProvider;

const SUITE: CipherSuite = CipherSuite::CURVE25519_CHACHA;

fn client(name: &str) -> Client<impl MlsConfig + use<>> {
    let crypto = AwsLcCryptoProvider::default();
    let (secret, public) = crypto.cipher_suite_provider(SUITE).unwrap().signature_key_generate().unwrap();
    let credential = BasicCredential::new(name.as_bytes().to_vec()).into_credential();
    let encryption = EncryptionOptions::new(true, mls_rs::client_builder::PaddingMode::None);
    Client::builder()
        .identity_provider(BasicIdentityProvider)
        .crypto_provider(crypto)
        .mls_rules(DefaultMlsRules::new().with_encryption_options(encryption))
        .signing_identity(SigningIdentity::new(credential, public), secret, SUITE)
        .build()
}

/// Two members of one group.
fn pair() -> (Group<impl MlsConfig + use<>>, Group<impl MlsConfig + use<>>) {
    let (anna, ben) = (client("anna"), client("ben"));
    let package = ben.generate_key_package_message(Default::default(), Default::default(), None).unwrap();
    let mut group = anna.create_group(Default::default(), Default::default(), None).unwrap();
    let made = group.commit_builder().add_member(package).unwrap().build().unwrap();
    group.apply_pending_commit().unwrap();
    let (other, _) = ben.join_group(None, &made.welcome_messages[0], None).unwrap();
    (group, other)
}

fn at<'a>(bytes: &'a [u8], fields: &[Field], name: &str) -> &'a [u8] {
    find(fields, name).map_or(&[], |field| &bytes[field.range.clone()])
}

/// The outside of a private message as mls-rs reads it, against ours.
fn compare(bytes: &[u8]) -> Vec<Field> {
    let fields = message(bytes, 0..bytes.len());
    assert!(divides(&fields, 0..bytes.len()));
    // Of the message itself; the authenticated data of another program has a form of its own.
    assert!(fields.iter().all(|field| field.name != "not understood" && field.name != "cut short"));
    let theirs = MlsMessage::from_bytes(bytes).unwrap();
    let MlsMessageDescription::PrivateProtocolMessage { group_id, epoch_id, content_type } =
        theirs.description()
    else {
        panic!("a private message")
    };
    assert_eq!(at(bytes, &fields, "group id"), group_id);
    assert_eq!(at(bytes, &fields, "epoch"), epoch_id.to_be_bytes());
    let kind = match content_type {
        ContentType::Application => 1,
        ContentType::Proposal => 2,
        ContentType::Commit => 3,
    };
    assert_eq!(at(bytes, &fields, "content type"), [kind]);
    fields
}

/// Each byte of four thousand messages belongs to exactly one field, and what stands there is what mls-rs put there: group,
/// epoch, content type, authenticated data; and the ciphertext has the length that RFC 9420, 6.3.1 gives it.
#[test]
fn the_fields_of_four_thousand_messages_are_those_of_another_implementation() {
    let (mut anna, mut ben) = pair();
    for number in 0..4_000_usize {
        let text = vec![7; number * 37 % 5_000];
        let data = vec![u8::try_from(number % 251).unwrap(); [0, 1, 63, 64, 194, 402][number % 6]];
        let sent = anna.encrypt_application_message(&text, data.clone()).unwrap();
        let bytes = sent.to_bytes().unwrap();
        let fields = compare(&bytes);
        assert_eq!(at(&bytes, &fields, "authenticated data"), data);
        assert_eq!(at(&bytes, &fields, "encrypted sender data").len(), 12 + 16);
        // Application data and signature, each with its length before it, and the tag.
        let length = |of: usize| {
            if of < 64 {
                1 + of
            } else if of < 16_384 {
                2 + of
            } else {
                4 + of
            }
        };
        let expected = length(text.len()) + length(64) + 16;
        assert_eq!(at(&bytes, &fields, "ciphertext").len(), expected);
        assert_eq!(at(&bytes, &fields, "content's tag"), &bytes[bytes.len() - 16..]);
        if number % 100 == 0 {
            let ReceivedMessage::ApplicationMessage(received) = ben.process_incoming_message(sent).unwrap()
            else {
                panic!()
            };
            assert_eq!((received.data(), &received.authenticated_data), (&text[..], &data));
            let made = ben.commit_builder().authenticated_data(data).build().unwrap();
            ben.apply_pending_commit().unwrap();
            compare(&made.commit_message.to_bytes().unwrap());
            anna.process_incoming_message(made.commit_message).unwrap();
        }
    }
}

/// The other way round: what our rooms make is read by the other implementation as we show it.
#[test]
fn messages_of_our_rooms_have_the_fields_that_another_implementation_reads() {
    let mut seed = 0_u8;
    let mut random = |bytes: &mut [u8]| {
        seed += 1;
        bytes.fill(seed);
    };
    for (text, padded) in [("", 512), ("hello", 512), (&"x".repeat(600), 1_024), (&"x".repeat(3_000), 4_096)]
    {
        let layer = SealedLab::new(text, false, &mut random).unwrap().layer();
        let fields = compare(&layer.bytes);
        assert_eq!(fields, layer.fields);
        assert_eq!(at(&layer.bytes, &fields, "ciphertext").len(), 2 + padded + 2 + 64 + 16);
        assert_eq!(at(&layer.bytes, &fields, "room"), at(&layer.bytes, &fields, "group id"));
    }
}
