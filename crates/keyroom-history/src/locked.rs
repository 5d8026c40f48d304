//! A secret that stays out of swap (attack matrix row 36).

use std::fmt;

use zeroize::Zeroize;

/// 32 bytes on pages of their own, locked in memory where the system lets us, wiped on drop.
pub(crate) struct Locked {
    page: Box<Page>,
    /// Let go of after the bytes are wiped.
    _guard: Option<region::LockGuard>,
}

/// As long as the pages of any system that we build for: a second secret on the same page would be unlocked with the
/// first.
#[repr(align(16384))]
struct Page([u8; 16384]);

impl Locked {
    /// Zeros, to be filled in place.
    pub(crate) fn zeros() -> Self {
        let page = Box::new(Page([0; 16384]));
        // Without the lock the secret is as safe as the swap is: no reason not to open a profile.
        let guard = region::lock(page.0.as_ptr(), page.0.len()).ok();
        Self { page, _guard: guard }
    }

    /// A copy of `bytes`.
    pub(crate) fn copy_of(bytes: &[u8; 32]) -> Self {
        let mut locked = Self::zeros();
        locked.as_mut().copy_from_slice(bytes);
        locked
    }

    /// 32 bytes from the system's random source.
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut locked = Self::zeros();
        getrandom::fill(locked.as_mut())?;
        Ok(locked)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.page.0[..32]
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.page.0[..32]
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.as_mut().zeroize();
    }
}

impl fmt::Debug for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Locked(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stand_on_pages_of_their_own() {
        let (one, two) = (Locked::zeros(), Locked::zeros());
        assert_eq!(one.bytes().as_ptr() as usize % 16384, 0);
        assert!(one.bytes().as_ptr().addr().abs_diff(two.bytes().as_ptr().addr()) >= 16384);
        assert_eq!(format!("{one:?}"), "Locked(..)");
    }
}
