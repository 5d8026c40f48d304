//! Side by side: the same text as a Fernet token and as a sealed envelope, and what each gives away.

use keyroom_fernet::Cipher;
use keyroom_types::Key;
use zeroize::Zeroizing;

use super::field::leaves;
use super::lab::{LabError, SealedLab};
use super::layer::Layer;
use super::phrase::{Phrase, Text, phrases};
use super::{FieldKind, inspect_token};

/// One text, twice.
#[derive(Clone, Debug)]
pub struct Sides {
    /// As a Fernet token.
    pub fernet: Vec<Layer>,
    /// As a message of a sealed room.
    pub sealed: Layer,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// One question, and the answer of each side.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// The question.
    pub question: Phrase,
    /// What the token gives away.
    pub fernet: Text,
    /// What the envelope gives away.
    pub sealed: Text,
}

/// Makes both of a text, with fresh keys. Nothing of it belongs to a room.
///
/// # Errors
/// The text is longer than a message may be.
pub fn side_by_side(
    text: &str,
    now_s: u64,
    hybrid: bool,
    random: &mut dyn FnMut(&mut [u8]),
) -> Result<Sides, LabError> {
    let lab = SealedLab::new(text, hybrid, &mut *random)?;
    let (mut key, mut iv) = (Zeroizing::new([0; Key::BYTES]), [0; 16]);
    random(key.as_mut());
    random(&mut iv);
    let token = Cipher::new(&Key::from_bytes(*key)).seal(text.as_bytes(), now_s, iv);
    // What fits into a message fits into a token.
    let token = token.map(keyroom_fernet::Token::into_bytes).unwrap_or_default();
    let fernet = inspect_token(&token, None, now_s, None).layers;
    let sealed = lab.layer();
    let open = |layer: &Layer| {
        let hidden = [FieldKind::Cipher, FieldKind::Filler];
        let open = leaves(&layer.fields).into_iter().filter(|leaf| !hidden.contains(&leaf.kind));
        open.map(|leaf| leaf.range.len()).sum::<usize>()
    };
    let inner = fernet.last().map(|layer| (layer.bytes.len(), open(layer))).unwrap_or_default();
    let difference = |question, fernet, sealed| Difference { question, fernet, sealed };
    let count = |count: usize| Text::as_is(count);
    let blocks = inner.0.saturating_sub(57);
    let differences = vec![
        difference(
            HOW_LONG,
            BYTES_FOR_TEXT.with([count(token.len()), count(text.len())]),
            BYTES_AND_AROUND.with([count(sealed.bytes.len())]),
        ),
        difference(
            LENGTH_SAYS,
            FROM_TO.with([count(blocks.saturating_sub(16)), count(blocks.saturating_sub(1))]),
            ONE_OF_SIX.into(),
        ),
        difference(
            HOW_MANY_READ,
            OF.with([count(inner.1), count(inner.0)]),
            RELAY_OF.with([count(open(&sealed)), count(sealed.bytes.len())]),
        ),
        difference(WHEN, TO_THE_SECOND.into(), WHEN_IT_CAME.into()),
        difference(WHO, NOBODY_CAN_TELL.into(), PSEUDONYM.into()),
        difference(KEY_LATER, EVERYBODY.into(), NOBODY.into()),
        difference(AGAIN, MARKED.into(), KEY_GONE.into()),
    ];
    Ok(Sides { fernet, sealed, differences })
}

phrases! {
    HOW_LONG = "How long is it on the wire?";
    BYTES_FOR_TEXT = "{} bytes for a text of {}";
    BYTES_AND_AROUND = "{} bytes, and the envelope and TLS around it";
    LENGTH_SAYS = "What does its length say of the text?";
    FROM_TO = "that it has {} to {} bytes";
    ONE_OF_SIX = "only which of six sizes it was padded to";
    HOW_MANY_READ = "How many of its bytes can everybody read?";
    OF = "{} of {}";
    RELAY_OF = "the relay {} of {}, the network none: TLS is around it";
    WHEN = "When was it written?";
    TO_THE_SECOND = "to the second, in the open";
    WHEN_IT_CAME = "the relay knows when it came; the network sees when something went by";
    WHO = "Who wrote it?";
    NOBODY_CAN_TELL = "nobody can tell, not even who opens it";
    PSEUDONYM = "the relay sees a pseudonym; members have proof";
    KEY_LATER = "Who has the key later?";
    EVERYBODY = "everybody who ever had it, for all messages, past and future";
    NOBODY = "nobody: the key of a message is deleted when it was opened";
    AGAIN = "Can it be played again?";
    MARKED = "yes; a room that saw it marks it";
    KEY_GONE = "no: its key is gone, and its place is signed";
}
