//! One place in a run at which a token may have begun, and the HMAC over what stands behind it.
//!
//! A candidate hashes its text once, however often it is asked. Lengths: a token of 57 + 48j bytes has 76 + 64j
//! characters and no padding; the two lengths between have padding, which ends them visibly.

use base64::Engine as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::alphabet;
use crate::cipher::Cipher;
use crate::hash::has_tag;
use crate::token::{BLOCK, HEADER, OVERHEAD, TAG, is_lawful};

/// A candidate start and its HMAC, which has taken the header and `steps` times 48 bytes.
pub(crate) struct Candidate {
    /// Where in the run's buffer it begins.
    pub(crate) start: usize,
    signer: Option<Hmac<Sha256>>,
    steps: usize,
}

impl Candidate {
    pub(crate) fn at(start: usize) -> Self {
        Self { start, signer: None, steps: 0 }
    }

    /// Moves the start with the buffer, `gone` bytes of which have been taken from its front.
    pub(crate) fn shift(&mut self, gone: usize) {
        self.start -= gone;
    }

    /// Tries every unpadded length that ends at or before `limit` and was not tried yet. Returns where the
    /// first authentic one ends.
    pub(crate) fn try_all(&mut self, cipher: &Cipher, run: &[u8], limit: usize) -> Option<usize> {
        let chars = limit.checked_sub(self.start)?;
        let last = chars.checked_sub(UNPADDED_CHARS)? / STEP_CHARS;
        self.walk(cipher, run, last, true)
    }

    /// Whether the text up to `end`, padding included, is an authentic token.
    pub(crate) fn try_end(&mut self, cipher: &Cipher, run: &[u8], end: usize) -> bool {
        if !self.is_whole_at(run, end) {
            return false;
        }
        let bytes =
            (end - self.start) / 4 * 3 - run[..end].iter().rev().take_while(|&&byte| byte == b'=').count();
        let whole = (bytes - OVERHEAD) / STEP_BYTES;
        let unpadded = (bytes - OVERHEAD).is_multiple_of(STEP_BYTES);
        self.walk(cipher, run, whole - usize::from(unpadded), false);
        // What is left: at most 48 bytes of ciphertext, and the tag.
        let from = self.start + LEAD_CHARS + self.steps * STEP_CHARS;
        let mut tail = [0_u8; LEAD_BYTES + STEP_BYTES + TAG + 3];
        let Ok(written) = alphabet::CANONICAL.decode_slice(&run[from..end], &mut tail) else {
            return false;
        };
        let Some((signed, tag)) = tail[..written].split_last_chunk::<TAG>() else {
            return false;
        };
        let mut signer = self.signer_at_header(cipher, run).clone();
        signer.update(&signed[LEAD_BYTES..]);
        has_tag(&signer, tag)
    }

    /// Whether the text up to `end` has the length of a token, its padding not asked for.
    pub(crate) fn is_lawful_at(&self, run: &[u8], end: usize) -> bool {
        lawful_bytes(digits_before(run, self.start, end)).is_some()
    }

    /// Whether the text up to `end` has the length of a token and the padding that goes with it.
    pub(crate) fn is_whole_at(&self, run: &[u8], end: usize) -> bool {
        end.saturating_sub(self.start).is_multiple_of(4) && self.is_lawful_at(run, end)
    }

    /// Whether the text up to `end` has the length of a token and lacks one `=` of its padding.
    pub(crate) fn needs_one_more(&self, run: &[u8], end: usize) -> bool {
        end.saturating_sub(self.start) % 4 == 3 && self.is_lawful_at(run, end)
    }

    /// Takes 48 bytes at a time until `last` steps are in the HMAC, comparing the tag behind each step if asked.
    fn walk(&mut self, cipher: &Cipher, run: &[u8], last: usize, compare: bool) -> Option<usize> {
        if self.steps >= last {
            return None;
        }
        let mut text = [0_u8; LEAD_BYTES + STEPS_AT_ONCE * STEP_BYTES + TAG];
        while self.steps < last {
            let steps = (last - self.steps).min(STEPS_AT_ONCE);
            let from = self.start + LEAD_CHARS + self.steps * STEP_CHARS;
            let end = from + (LEAD_BYTES + TAG) / 3 * 4 + steps * STEP_CHARS;
            // Digits only, in whole groups: decoding cannot fail, and a failure would only lose a token.
            alphabet::CANONICAL.decode_slice(&run[from..end], &mut text).ok()?;
            self.signer_at_header(cipher, run);
            let signer = self.signer.as_mut()?;
            for (body, behind) in text[LEAD_BYTES..].chunks_exact(STEP_BYTES).zip(1..=steps) {
                signer.update(body);
                self.steps += 1;
                let tag = LEAD_BYTES + behind * STEP_BYTES;
                if compare && has_tag(signer, &text[tag..tag + TAG]) {
                    return Some(self.start + UNPADDED_CHARS + self.steps * STEP_CHARS);
                }
            }
        }
        None
    }

    /// The HMAC, made when first asked for, so that a candidate that is never tried costs nothing.
    fn signer_at_header(&mut self, cipher: &Cipher, run: &[u8]) -> &mut Hmac<Sha256> {
        let start = self.start;
        self.signer.get_or_insert_with(|| {
            let mut header = [0_u8; HEADER + 2];
            let mut signer = cipher.signing().buffered_signer();
            // Digits only, as above; a wrong header can only make the tag wrong.
            if alphabet::CANONICAL.decode_slice(&run[start..start + HEADER_CHARS], &mut header).is_ok() {
                signer.update(&header[..HEADER]);
            }
            signer
        })
    }
}

/// Decoded length for a number of digits, if a token can have it.
fn lawful_bytes(digits: usize) -> Option<usize> {
    let bytes = digits / 4 * 3 + (digits % 4).saturating_sub(1);
    (digits % 4 != 1 && is_lawful(bytes)).then_some(bytes)
}

/// Characters from `start` to `end` without the padding.
fn digits_before(run: &[u8], start: usize, end: usize) -> usize {
    let text = run.get(start..end).unwrap_or_default();
    text.len() - text.iter().rev().take_while(|&&byte| byte == b'=').count()
}

/// Ciphertext between two lengths without padding: three blocks, sixteen groups of base64.
const STEP_BYTES: usize = 3 * BLOCK;
const STEP_CHARS: usize = STEP_BYTES / 3 * 4;
/// Characters of an unpadded token, over its steps.
const UNPADDED_CHARS: usize = OVERHEAD / 3 * 4;
/// The header is 25 bytes: eight whole groups, and one byte of the next.
const LEAD_CHARS: usize = HEADER / 3 * 4;
const LEAD_BYTES: usize = HEADER % 3;
const HEADER_CHARS: usize = LEAD_CHARS + 4;
/// Steps that are decoded at once, on the stack.
const STEPS_AT_ONCE: usize = 16;
