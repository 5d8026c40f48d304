//! The splitter: whatever a stream does, the same tokens come out, and nothing else does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use keyroom_fernet::{
    Cipher, Found, JUNK_BYTES, JUNK_SILENCE, Refusal, SILENCE, STALE, Splitter, StreamError, Token,
};
use keyroom_types::Key;
use keyroom_types::limits::{CANDIDATE_STARTS, REFUSALS, REFUSALS_WINDOW_S, STREAM_BUFFER_BYTES};
use proptest::collection::vec;
use proptest::prelude::*;

/// A stream and what comes out of it.
struct Stream {
    splitter: Splitter,
    now: Instant,
    found: Vec<Found>,
}

impl Stream {
    fn new() -> Self {
        Self {
            splitter: Splitter::new(cipher(7), STREAM_BUFFER_BYTES),
            now: Instant::now(),
            found: Vec::new(),
        }
    }

    fn read(&mut self, read: &[u8]) -> &mut Self {
        self.splitter.push(self.now, read).expect("the stream is within its limit");
        self.found.extend(std::iter::from_fn(|| self.splitter.poll()));
        self
    }

    fn silent_for(&mut self, time: Duration) -> &mut Self {
        self.now += time;
        self.splitter.handle_timeout(self.now);
        self.found.extend(std::iter::from_fn(|| self.splitter.poll()));
        self
    }

    fn texts(&self) -> Vec<String> {
        let text = |found: &Found| match found {
            Found::Token { opened, .. } => Some(String::from_utf8_lossy(&opened.plaintext).into_owned()),
            _ => None,
        };
        self.found.iter().filter_map(text).collect()
    }

    fn refusals(&self) -> Vec<(usize, Refusal)> {
        let refusal = |found: &Found| match found {
            Found::Refused { bytes, reason } => Some((*bytes, *reason)),
            _ => None,
        };
        self.found.iter().filter_map(refusal).collect()
    }
}

fn cipher(key: u8) -> Arc<Cipher> {
    Arc::new(Cipher::new(&Key::from_bytes([key; 32])))
}

fn sealed(text: &str) -> Token {
    sealed_by(7, text)
}

fn sealed_by(key: u8, text: &str) -> Token {
    cipher(key).seal(text.as_bytes(), NOW_S, [3; 16]).expect("short enough")
}

fn joined(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| sealed(text).into_bytes()).collect()
}

#[test]
fn one_read_with_one_token_gives_that_token() {
    let mut stream = Stream::new();
    stream.read(sealed("hi").as_bytes());
    assert_eq!(stream.texts(), ["hi"]);
    assert!(stream.refusals().is_empty());
    assert_eq!(stream.splitter.poll_timeout(), None);
}

#[test]
fn joined_tokens_of_every_padding_come_apart() {
    // 1, 2 and 3 blocks: two, one and no padding characters.
    let texts = ["a", &"b".repeat(20), &"c".repeat(40), &"d".repeat(41), &"e".repeat(90), "f"];
    let mut stream = Stream::new();
    stream.read(&joined(&texts));
    assert_eq!(stream.texts(), texts);
    assert!(stream.refusals().is_empty());
}

#[test]
fn a_token_cut_anywhere_waits_for_its_rest() {
    for blocks in 0..4 {
        let text = "x".repeat(blocks * 16);
        let token = sealed(&text).into_bytes();
        for cut in 1..token.len() {
            let mut stream = Stream::new();
            stream.read(&token[..cut]);
            assert!(stream.found.is_empty(), "cut at {cut}");
            assert!(stream.splitter.poll_timeout().is_some());
            stream.read(&token[cut..]);
            assert_eq!(stream.texts(), [text.as_str()], "cut at {cut}");
            assert!(stream.refusals().is_empty(), "cut at {cut}");
        }
    }
}

#[test]
fn wire_is_byte_for_byte_what_came() {
    let token = sealed("forward me").into_bytes();
    let mut spaced = token.clone();
    spaced.splice(30..30, *b"\r\n ");
    let mut stream = Stream::new();
    stream.read(&token).read(&spaced).read(&[&token[..], b"\n"].concat());
    let wires: Vec<_> = stream
        .found
        .iter()
        .filter_map(|found| match found {
            Found::Token { wire, .. } => Some(wire.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(wires, [token.clone(), spaced, token]);
}

#[test]
fn lenient_forms_are_tokens_when_a_read_holds_exactly_one() {
    let token = sealed("lenient ?>").into_string();
    let forms = [
        token.replace('-', "+").replace('_', "/"),
        token.replace('A', "\nA"),
        format!("{token}after the padding"),
        format!("  {token}\r\n"),
        token.replace("==", "=\u{7f}="),
    ];
    for form in &forms {
        let mut stream = Stream::new();
        stream.read(form.as_bytes());
        assert_eq!(stream.texts(), ["lenient ?>"], "{form}");
    }
}

#[test]
fn joined_tokens_must_be_canonical() {
    let lenient = sealed("lenient").into_string().replace('A', "\nA");
    let mut stream = Stream::new();
    stream.read(&[lenient.as_bytes(), sealed("canonical").as_bytes()].concat());
    assert_eq!(stream.texts(), ["canonical"]);
}

#[test]
fn line_ends_between_tokens_are_no_offence_and_other_bytes_are_junk() {
    let mut stream = Stream::new();
    stream.read(&[sealed("a").as_bytes(), b"\r\n", sealed("b").as_bytes(), b"\n"].concat());
    assert_eq!(stream.texts(), ["a", "b"]);
    assert!(stream.refusals().is_empty());
    stream.read(&[b"GET / HTTP/1.1\r\n\r\n", sealed("c").as_bytes()].concat());
    assert_eq!(stream.texts(), ["a", "b", "c"]);
    assert_eq!(stream.refusals(), [(12, Refusal::Junk)]);
}

#[test]
fn white_space_around_tokens_is_no_offence() {
    for text in ["padded", &"u".repeat(40)] {
        let token = sealed(text).into_bytes();
        let lines = [b"\n\r\n", &token[..], b"\n", &token[..], b"\r\n", &token[..], b" \t\n\n"].concat();
        for size in [1, 2, 7, token.len(), token.len() + 1, lines.len()] {
            let mut stream = Stream::new();
            for read in lines.chunks(size) {
                stream.read(read);
            }
            stream.silent_for(STALE);
            assert_eq!(stream.texts(), [text; 3], "reads of {size}");
            assert!(stream.refusals().is_empty(), "reads of {size}");
            assert_eq!(stream.splitter.poll_timeout(), None);
        }
    }
}

/// Attack matrix row 45: a flood is what ends a connection, a stranger at a keyboard is none.
#[test]
fn what_a_stranger_types_is_one_refusal_when_the_stranger_pauses() {
    let typed = b"gosh, is gA anybody here at all?\r\n";
    let mut stream = Stream::new();
    for key in typed {
        stream.read(&[*key]).silent_for(Duration::from_millis(250));
    }
    assert!(stream.refusals().is_empty());
    stream.silent_for(JUNK_SILENCE - Duration::from_millis(251));
    assert!(stream.refusals().is_empty());
    stream.silent_for(Duration::from_millis(1));
    assert_eq!(stream.refusals(), [(26, Refusal::Junk)]);
    assert_eq!(stream.splitter.poll_timeout(), None);
}

#[test]
fn pauses_alone_never_make_too_many_refusals() {
    let mut stream = Stream::new();
    let start = stream.now;
    while stream.now.duration_since(start) < Duration::from_secs(REFUSALS_WINDOW_S) {
        stream.read(b"x").silent_for(JUNK_SILENCE);
    }
    assert!(stream.refusals().len() < REFUSALS);
}

/// Attack matrix row 45.
#[test]
fn a_flood_of_junk_is_refused_by_its_size_however_it_is_cut() {
    let flood = b"GET / HTTP/1.1\r\n".repeat((REFUSALS * JUNK_BYTES).div_ceil(12));
    for size in [1, 16, 1_000, 64 << 10, flood.len()] {
        let mut stream = Stream::new();
        for read in flood.chunks(size) {
            stream.read(read);
        }
        assert_eq!(stream.refusals(), [(JUNK_BYTES, Refusal::Junk); REFUSALS], "reads of {size}");
    }
}

#[test]
fn junk_is_told_before_what_follows_it_and_at_the_end() {
    let mut stream = Stream::new();
    stream.read(b"one!").read(b"two!").read(sealed("a").as_bytes());
    assert!(matches!(stream.found[..], [Found::Refused { bytes: 8, .. }, Found::Token { .. }]));
    stream.read(b"three!");
    stream.splitter.end();
    assert_eq!(stream.splitter.poll(), Some(Found::Refused { bytes: 6, reason: Refusal::Junk }));
    assert_eq!(stream.splitter.poll_timeout(), None);
}

#[test]
fn the_end_of_a_stream_refuses_a_token_of_another_key_at_once() {
    let token = sealed_by(8, &"u".repeat(40));
    let mut stream = Stream::new();
    stream.read(token.as_bytes());
    stream.splitter.end();
    let refused = Found::Refused { bytes: token.as_bytes().len(), reason: Refusal::NotAuthentic };
    assert_eq!(stream.splitter.poll(), Some(refused));
}

#[test]
fn a_token_behind_junk_of_the_alphabet_is_found() {
    for text in ["padded", &"u".repeat(40)] {
        let mut stream = Stream::new();
        stream.read(&[b"gAjunkgAAAAAmore-junk_", sealed(text).as_bytes()].concat());
        stream.silent_for(SILENCE);
        assert_eq!(stream.texts(), [text]);
    }
}

#[test]
fn a_token_of_another_key_is_one_refusal() {
    let padded = sealed_by(8, "padded");
    let mut stream = Stream::new();
    stream.read(padded.as_bytes());
    assert_eq!(stream.refusals(), [(padded.as_bytes().len(), Refusal::NotAuthentic)]);

    let unpadded = sealed_by(8, &"u".repeat(40));
    let mut stream = Stream::new();
    stream.read(unpadded.as_bytes()).silent_for(SILENCE - Duration::from_millis(1));
    assert!(stream.found.is_empty());
    stream.silent_for(Duration::from_millis(1));
    assert_eq!(stream.refusals(), [(unpadded.as_bytes().len(), Refusal::NotAuthentic)]);
    assert_eq!(stream.splitter.poll_timeout(), None);
}

#[test]
fn a_token_of_another_key_hides_none_that_is_joined_to_it() {
    for text in ["padded", &"u".repeat(40)] {
        let mut stream = Stream::new();
        stream.read(&[sealed_by(8, &"u".repeat(40)).as_bytes(), sealed(text).as_bytes()].concat());
        stream.silent_for(SILENCE);
        assert_eq!(stream.texts(), [text]);
        assert_eq!(stream.refusals(), [(140, Refusal::NotAuthentic)]);
    }
}

#[test]
fn a_part_waits_through_silence_until_it_is_stale() {
    let token = sealed("slow").into_bytes();
    let mut stream = Stream::new();
    stream.read(&token[..70]).silent_for(SILENCE).silent_for(STALE - SILENCE - Duration::from_millis(1));
    assert!(stream.found.is_empty());
    stream.read(&token[70..]);
    assert_eq!(stream.texts(), ["slow"]);

    stream.read(&token[..70]).silent_for(SILENCE).silent_for(STALE - SILENCE);
    assert_eq!(stream.refusals(), [(70, Refusal::Incomplete)]);
    assert_eq!(stream.splitter.poll_timeout(), None);
    stream.read(&token);
    assert_eq!(stream.texts(), ["slow", "slow"]);
}

#[test]
fn too_many_starts_drop_the_run_and_no_more() {
    let run = "gAAAAA".repeat(CANDIDATE_STARTS + 1);
    let mut stream = Stream::new();
    stream.read(run.as_bytes()).read(b"BBBBBBBBBB");
    stream.silent_for(SILENCE).read(sealed("after silence").as_bytes());
    stream.read(run.as_bytes()).read(b"\n").read(sealed("after a line end").as_bytes());
    assert_eq!(stream.texts(), ["after silence", "after a line end"]);
    let dropped = (run.len(), Refusal::TooManyStarts);
    assert_eq!(stream.refusals(), [dropped, (10, Refusal::Junk), dropped]);
}

#[test]
fn an_endless_token_is_too_much() {
    let mut splitter = Splitter::new(cipher(7), 1_000);
    let now = Instant::now();
    splitter.push(now, sealed("before").as_bytes()).expect("a token is within the limit");
    splitter.push(now, &[b"gAAAAA", &[b'A'; 900][..]].concat()).expect("906 bytes are within the limit");
    assert_eq!(splitter.push(now, &[b'A'; 100]), Err(StreamError::TooMuch { limit: 1_000 }));
    assert_eq!(splitter.push(now, sealed("later").as_bytes()), Err(StreamError::TooMuch { limit: 1_000 }));
    assert!(matches!(splitter.poll(), Some(Found::Token { .. })));
    assert_eq!(splitter.poll(), None);
    assert_eq!(splitter.poll_timeout(), None);
}

/// Attack matrix row 44: a replay is a token like any other, and its identity gives it away.
#[test]
fn a_replayed_token_has_the_same_identity_in_any_form() {
    let token = sealed("again").into_string();
    let mut stream = Stream::new();
    stream.read(token.as_bytes()).read(token.replace('A', " A").as_bytes());
    let ids: Vec<_> = stream
        .found
        .iter()
        .filter_map(|found| match found {
            Found::Token { opened, .. } => Some(opened.id),
            _ => None,
        })
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

proptest! {
    #[test]
    fn any_chunking_of_any_tokens_gives_the_same_tokens(
        texts in vec((vec(any::<u8>(), 0..400), any::<u64>(), any::<[u8; 16]>()), 0..12),
        separators in vec(prop_oneof![4 => Just(&b""[..]), 1 => Just(&b"\n"[..]), 1 => Just(&b"\r\n "[..])], 12),
        cuts in vec(1_usize..600, 1..40),
    ) {
        let tokens: Vec<_> = texts
            .iter()
            .map(|(text, time, iv)| cipher(7).seal(text, *time, *iv).expect("short enough").into_bytes())
            .collect();
        let bytes: Vec<u8> = tokens.iter().zip(&separators).flat_map(|(token, end)| [&token[..], end].concat()).collect();
        let mut stream = Stream::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            let (read, behind) = rest.split_at((*cut).min(rest.len()));
            rest = behind;
            stream.read(read);
            if rest.is_empty() {
                break;
            }
        }
        let found: Vec<_> = stream.found.into_iter().map(|found| match found {
            Found::Token { opened, wire } => (wire, opened.plaintext.to_vec(), opened.unix_s),
            other => panic!("{other:?}"),
        }).collect();
        let sent: Vec<_> = tokens.into_iter().zip(texts).map(|(wire, (text, time, _))| (wire, text, time)).collect();
        prop_assert_eq!(found, sent);
        prop_assert!(stream.splitter.pending() == 0);
    }

    #[test]
    fn junk_before_a_line_end_hides_no_token_behind_it(
        items in vec((vec(any::<u8>(), 0..60), any::<u64>(), prop_oneof![
            vec(any::<u8>(), 0..300),
            vec(prop::sample::select(&b"gAAAAAP=-_B"[..]), 0..300),
            (1_usize..90).prop_map(|starts| b"gAAAAA".repeat(starts)),
            any::<u64>().prop_map(|time| cipher(8).seal(b"wrong key", time, [4; 16]).expect("short enough").into_bytes()),
        ]), 0..8),
        cuts in vec(1_usize..400, 1..30),
    ) {
        let mut bytes = Vec::new();
        for (text, time, junk) in &items {
            bytes.extend_from_slice(junk);
            bytes.push(b'\n');
            bytes.extend_from_slice(cipher(7).seal(text, *time, [5; 16]).expect("short enough").as_bytes());
            bytes.push(b'\n');
        }
        let mut stream = Stream::new();
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle().take_while(|_| !bytes.is_empty()) {
            let (read, behind) = rest.split_at((*cut).min(rest.len()));
            rest = behind;
            stream.read(read);
            if rest.is_empty() {
                break;
            }
        }
        let found: Vec<_> = stream.found.into_iter().filter_map(|found| match found {
            Found::Token { opened, .. } => Some((opened.plaintext.to_vec(), opened.unix_s)),
            _ => None,
        }).collect();
        let sent: Vec<_> = items.into_iter().map(|(text, time, _)| (text, time)).collect();
        prop_assert_eq!(found, sent);
    }

    /// Attack matrix row 43.
    #[test]
    fn no_stream_of_any_bytes_gives_a_token_or_a_panic(
        reads in vec(prop_oneof![
            vec(any::<u8>(), 0..300),
            vec(prop::sample::select(&b"gAAAAAP=-_\nB"[..]), 0..300),
            prop::sample::select(vec![b"gAAAAA".to_vec(), b"gA".to_vec(), b"g".to_vec(), b"=".to_vec(), vec![b'A'; 64]]),
        ], 0..40),
        pauses in vec(0_u64..200, 40),
    ) {
        let mut stream = Stream::new();
        let sent: usize = reads.iter().map(Vec::len).sum();
        for (read, pause) in reads.iter().zip(pauses) {
            stream.read(read).silent_for(Duration::from_millis(pause));
        }
        stream.silent_for(STALE);
        prop_assert!(stream.texts().is_empty());
        let refused: usize = stream.refusals().iter().map(|(bytes, _)| bytes).sum();
        prop_assert!(refused <= sent);
        prop_assert_eq!(stream.splitter.pending(), 0);
        prop_assert_eq!(stream.splitter.poll_timeout(), None);
    }
}

const NOW_S: u64 = 1_795_467_600;
