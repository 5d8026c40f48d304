//! What a token's time must be for it to be opened.

use crate::OpenError;

/// Which token times are accepted. Every `u64` may stand anywhere: the arithmetic cannot overflow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    window: Option<Window>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Window {
    now_unix_s: u64,
    ttl_s: u64,
    skew_s: u64,
}

impl Policy {
    /// Clock difference that Python's `Fernet` allows when a TTL is given, in seconds.
    pub const PYTHON_SKEW_S: u64 = 60;

    /// Any time at all, as Python's `Fernet(key).decrypt(token)`: a room's policy, since it has no TTL and a
    /// peer's clock may be wrong.
    pub const fn lenient() -> Self {
        Self { window: None }
    }

    /// At most `ttl_s` seconds old at `now_unix_s`, and at most `skew_s` seconds ahead of it, both limits
    /// included: as Python's `decrypt_at_time(token, ttl, now)` when `skew_s` is [`Policy::PYTHON_SKEW_S`].
    pub const fn within(now_unix_s: u64, ttl_s: u64, skew_s: u64) -> Self {
        Self { window: Some(Window { now_unix_s, ttl_s, skew_s }) }
    }

    /// Judges a time that nobody has authenticated yet, before the HMAC, in Python's order.
    pub(crate) fn check(&self, unix_s: u64) -> Result<(), OpenError> {
        let Some(Window { now_unix_s, ttl_s, skew_s }) = self.window else {
            return Ok(());
        };
        let age_s = now_unix_s.saturating_sub(unix_s);
        if age_s > ttl_s {
            return Err(OpenError::Expired { age_s, ttl_s });
        }
        let ahead_s = unix_s.saturating_sub(now_unix_s);
        if ahead_s > skew_s {
            return Err(OpenError::FromFuture { ahead_s, skew_s });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_are_included() {
        let policy = Policy::within(1_000, 60, 60);
        assert_eq!(policy.check(940), Ok(()));
        assert_eq!(policy.check(939), Err(OpenError::Expired { age_s: 61, ttl_s: 60 }));
        assert_eq!(policy.check(1_060), Ok(()));
        assert_eq!(policy.check(1_061), Err(OpenError::FromFuture { ahead_s: 61, skew_s: 60 }));
    }

    /// Attack matrix row 43: the `fernet` crate panics on such times.
    #[test]
    fn no_time_overflows() {
        let edges = [0, 1, 60, u64::MAX - 60, u64::MAX - 1, u64::MAX];
        for now in edges {
            for ttl in edges {
                for unix_s in edges {
                    let wide = |s: u64| u128::from(s);
                    let python = wide(unix_s) + wide(ttl) >= wide(now) && wide(now) + 60 >= wide(unix_s);
                    assert_eq!(Policy::within(now, ttl, 60).check(unix_s).is_ok(), python);
                }
            }
        }
    }
}
