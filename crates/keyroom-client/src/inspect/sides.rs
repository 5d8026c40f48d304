//! Side by side: the same text as a Fernet token and as a sealed envelope, and what each gives away.

use keyroom_fernet::Cipher;
use keyroom_types::Key;
use zeroize::Zeroizing;

use super::field::leaves;
use super::lab::{LabError, SealedLab};
use super::layer::Layer;
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
    pub question: &'static str,
    /// What the token gives away.
    pub fernet: String,
    /// What the envelope gives away.
    pub sealed: String,
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
    let difference = |question, fernet: String, sealed: String| Difference { question, fernet, sealed };
    let blocks = inner.0.saturating_sub(57);
    let differences = vec![
        difference(
            "How long is it on the wire?",
            format!("{} bytes for a text of {}", token.len(), text.len()),
            format!("{} bytes, and the envelope and TLS around it", sealed.bytes.len()),
        ),
        difference(
            "What does its length say of the text?",
            format!("that it has {} to {} bytes", blocks.saturating_sub(16), blocks.saturating_sub(1)),
            "only which of six sizes it was padded to".to_owned(),
        ),
        difference(
            "How many of its bytes can everybody read?",
            format!("{} of {}", inner.1, inner.0),
            format!(
                "the relay {} of {}, the network none: TLS is around it",
                open(&sealed),
                sealed.bytes.len()
            ),
        ),
        difference(
            "When was it written?",
            "to the second, in the open".to_owned(),
            "the relay knows when it came; the network sees when something went by".to_owned(),
        ),
        difference(
            "Who wrote it?",
            "nobody can tell, not even who opens it".to_owned(),
            "the relay sees a pseudonym; members have proof".to_owned(),
        ),
        difference(
            "Who has the key later?",
            "everybody who ever had it, for all messages, past and future".to_owned(),
            "nobody: the key of a message is deleted when it was opened".to_owned(),
        ),
        difference(
            "Can it be played again?",
            "yes; a room that saw it marks it".to_owned(),
            "no: its key is gone, and its place is signed".to_owned(),
        ),
    ];
    Ok(Sides { fernet, sealed, differences })
}
