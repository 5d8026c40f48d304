//! How a message was opened, step by step.

use sha2::{Digest as _, Sha256};

use super::field::Source;
use super::phrase::{Phrase, Text};

/// One check or one piece of work on the way from bytes to text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: Phrase,
    /// What it does, for who hears of it for the first time.
    pub what: Phrase,
    /// What it worked with. Keys stand here as fingerprints only.
    pub values: Vec<(Phrase, Text)>,
    /// What came of it.
    pub outcome: Outcome,
    /// What would have happened had this been wrong.
    pub if_wrong: Phrase,
    /// Where that is written.
    pub source: Source,
}

/// What came of a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// Done just now, and right.
    Passed,
    /// Done when the message was opened, noted then, and right. It cannot be done again: the keys are gone.
    Recorded,
    /// It refused the message.
    Refused(Text),
    /// It was not done.
    NotDone(Text),
}

impl Outcome {
    /// Whether the step was done and right, now or when the message was opened.
    pub fn is_right(&self) -> bool {
        matches!(self, Self::Passed | Self::Recorded)
    }
}

/// What a key is shown as: the first eight hexadecimal digits of its SHA-256. It tells keys apart and gives none away.
pub fn fingerprint(key: &[u8]) -> String {
    Sha256::digest(key).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_beginning_of_a_hash_and_not_of_the_key() {
        let key = [0xab; 32];
        assert_eq!(fingerprint(&key).len(), 8);
        assert!(!hex(&key).contains(&fingerprint(&key)));
    }
}
