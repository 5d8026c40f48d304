//! A set of ids that may say of one that it is there though it is not, and never the other way round.

/// A Bloom filter of keyed hashes (48 bits, `Identity::index`), the four bits of each in one word. It has 16 to 64 bits an id, and takes
/// one other id in a hundred at most for its own.
#[derive(Debug)]
pub(super) struct Filter {
    /// A power of two.
    words: Box<[u64]>,
    len: usize,
}

impl Filter {
    /// For so many ids, and as many again.
    pub(super) fn new(ids: usize) -> Self {
        let words = (ids / 2).next_power_of_two().max(LEAST_WORDS);
        Self { words: vec![0; words].into_boxed_slice(), len: 0 }
    }

    /// Adds an id. False if there are more now than it is for, so that it should be made anew.
    pub(super) fn add(&mut self, hash: i64) -> bool {
        let (word, bits) = self.place(hash);
        self.words[word] |= bits;
        self.len += 1;
        self.len <= self.words.len() * 4
    }

    /// Whether the id may be there.
    pub(super) fn may_have(&self, hash: i64) -> bool {
        let (word, bits) = self.place(hash);
        self.words[word] & bits == bits
    }

    /// How large it is.
    pub(super) fn words(&self) -> usize {
        self.words.len()
    }

    /// The lower half of the hash chooses the word, the upper one its bits.
    fn place(&self, hash: i64) -> (usize, u64) {
        let hash = hash.unsigned_abs();
        let word = usize::try_from(hash & 0xFF_FFFF).unwrap_or_default() & (self.words.len() - 1);
        let bits = [24, 30, 36, 42].into_iter().fold(0, |bits, shift| bits | 1 << ((hash >> shift) & 63));
        (word, bits)
    }
}

/// The smallest: for thirty-two ids.
const LEAST_WORDS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_id_that_was_added_is_missed(hashes in proptest::collection::vec(0..1_i64 << 48, 0..500)) {
            let mut filter = Filter::new(hashes.len());
            proptest::prop_assert!(hashes.iter().all(|hash| filter.add(*hash)));
            proptest::prop_assert!(hashes.iter().all(|hash| filter.may_have(*hash)));
        }
    }

    #[test]
    fn a_full_filter_takes_one_other_id_in_a_hundred_at_most_for_its_own() {
        let hash = |number: u64| {
            let digest = keyroom_types::Digest::of(&number.to_be_bytes());
            let mut bytes = [0; 8];
            bytes[2..].copy_from_slice(&digest.as_bytes()[..6]);
            i64::from_be_bytes(bytes)
        };
        for ids in [32, 4_096, 100_000] {
            let mut filter = Filter::new(ids);
            let full = (0..).take_while(|number| filter.add(hash(*number))).count();
            assert!(full >= ids);
            let taken = (1 << 40..).take(20_000).filter(|number| filter.may_have(hash(*number))).count();
            assert!(taken <= 300, "{taken} of 20000, {ids}");
        }
    }
}
