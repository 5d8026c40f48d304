//! Whose messages are folded on this computer: a list for each room, told to nobody.

use keyroom_history::{DbError, Tx};
use keyroom_types::RoomId;

use super::SharedProfile;
use crate::history::{HistoryError, PeerId};

impl SharedProfile {
    /// Whose messages are folded in a room.
    ///
    /// # Errors
    /// The profile cannot be read.
    pub fn muted(&self, room: &RoomId) -> Result<Vec<PeerId>, HistoryError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once().map_err(|_| HistoryError::Store)?;
        muted(&tx, room).map_err(|_| HistoryError::Store)
    }

    /// Folds somebody's messages in a room from now on, or no longer. It goes with the identity: who comes in again, or left, stays
    /// on the list.
    ///
    /// # Errors
    /// There are too many already, or the profile cannot be written.
    pub fn set_muted(&self, room: &RoomId, peer: PeerId, on: bool) -> Result<(), HistoryError> {
        let mut profile = self.lock();
        let tx = profile.begin_at_once().map_err(|_| HistoryError::Store)?;
        let mut muted = muted(&tx, room).map_err(|_| HistoryError::Store)?;
        muted.retain(|known| *known != peer);
        if on {
            if muted.len() >= MAX_MUTED {
                return Err(HistoryError::Store);
            }
            muted.push(peer);
        }
        let written = muted.iter().map(|peer| peer.0.to_string()).collect::<Vec<_>>().join(" ");
        let set = tx.set_room_setting(room, MUTED, &written).and_then(|()| tx.commit());
        set.map_err(|_| HistoryError::Store)
    }
}

/// Whose messages are folded in a room.
pub(super) fn muted(tx: &Tx<'_>, room: &RoomId) -> Result<Vec<PeerId>, DbError> {
    let written = tx.room_setting(room, MUTED)?.unwrap_or_default();
    Ok(written.split_ascii_whitespace().filter_map(|peer| peer.parse().ok()).map(PeerId).collect())
}

/// The setting that holds the list.
const MUTED: &str = "muted people";
/// People of one room that can be muted.
const MAX_MUTED: usize = 1_000;

#[cfg(test)]
mod tests {
    use keyroom_history::Profile;

    use super::*;

    #[test]
    fn who_is_muted_stays_so_in_that_room_until_it_is_undone() {
        let profile = SharedProfile::new(Profile::ephemeral().unwrap(), None);
        let (one, other) = (RoomId::from_bytes([1; 16]), RoomId::from_bytes([2; 16]));
        assert_eq!(profile.muted(&one), Ok(Vec::new()));
        for peer in [7, 9, 7] {
            profile.set_muted(&one, PeerId(peer), true).unwrap();
        }
        assert_eq!(profile.muted(&one), Ok(vec![PeerId(9), PeerId(7)]));
        assert_eq!(profile.muted(&other), Ok(Vec::new()));
        profile.set_muted(&one, PeerId(9), false).unwrap();
        assert_eq!(profile.muted(&one), Ok(vec![PeerId(7)]));
        profile.erase(&one).unwrap();
        assert_eq!(
            profile.muted(&one),
            Ok(vec![PeerId(7)]),
            "a room that is not in the profile is not erased"
        );
    }
}
