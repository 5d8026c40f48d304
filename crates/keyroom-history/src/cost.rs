//! What a guess at the passphrase costs.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

/// Parameters of Argon2id (RFC 9106). They stand in the key file, so that a later version can choose others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    /// Memory, in KiB; at least 8 for each lane.
    pub memory_kib: u32,
    /// Times that the memory is gone over.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// 64 MiB, 3 passes, 4 lanes: the second recommended option of RFC 9106, section 4.
    fn default() -> Self {
        Self { memory_kib: 64 << 10, passes: 3, lanes: 4 }
    }
}

impl Cost {
    /// Whether this program is willing to spend so much: a key file must not be able to ask for all memory, or for
    /// hours.
    pub fn is_bearable(&self) -> bool {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        self.memory_kib <= MOST_MEMORY_KIB
            && self.lanes <= MOST_LANES
            && work <= MOST_WORK_KIB
            && self.params().is_some()
    }

    /// The key that follows from a passphrase. `None` where the parameters are out of bounds.
    pub(crate) fn stretch(&self, passphrase: &str, salt: &[u8; 16]) -> Option<Zeroizing<[u8; 32]>> {
        let params = self.params().filter(|_| self.is_bearable())?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, key.as_mut())
            .ok()?;
        Some(key)
    }

    fn params(&self) -> Option<Params> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok()
    }
}

/// 1 GiB.
const MOST_MEMORY_KIB: u32 = 1 << 20;

/// Memory times passes: some twenty times the default.
const MOST_WORK_KIB: u64 = 4 << 20;

const MOST_LANES: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_out_of_bounds_is_refused_before_it_is_paid() {
        let bearable = |memory_kib, passes, lanes| Cost { memory_kib, passes, lanes }.is_bearable();
        assert!(Cost::default().is_bearable());
        assert!(bearable(8, 1, 1));
        assert!(!bearable(100 << 20, 1, 1));
        assert!(!bearable(64 << 10, u32::MAX, 1));
        assert!(!bearable(u32::MAX, u32::MAX, u32::MAX));
        assert!(!bearable(8, 0, 1));
        assert!(!bearable(8, 1, 0));
        assert!(!bearable(7, 1, 1));
    }
}
