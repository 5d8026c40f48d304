//! Keys of doors that were made here besides the room's own key: of a sealed room, in its settings, as lines.

use keyroom_history::{DbError, Tx};
use keyroom_types::{DoorId, DoorSeeds, Key, RoomId};
use zeroize::Zeroizing;

/// The keys of other doors that this profile knows.
pub(crate) fn other_keys(tx: &Tx<'_>, room: &RoomId) -> Result<Vec<Key>, DbError> {
    let lines = Zeroizing::new(tx.room_setting(room, OTHER_KEYS)?.unwrap_or_default());
    Ok(lines.lines().filter_map(|line| Key::parse(line).ok()).collect())
}

/// Adds one, and forgets those whose doors are none of these.
pub(crate) fn note_key(
    tx: &Tx<'_>,
    room: &RoomId,
    key: Option<&Key>,
    open: impl Fn(&DoorId) -> bool,
) -> Result<(), DbError> {
    let known = other_keys(tx, room)?;
    let kept = known.iter().filter(|known| open(&DoorSeeds::of(known).id)).chain(key);
    // As much as there can be at once, so that no half of it is left behind by a growing buffer.
    let mut lines = Zeroizing::new(String::with_capacity((known.len() + 1) * LINE));
    for key in kept {
        lines.push_str(&key.show());
        lines.push('\n');
    }
    if known.is_empty() && lines.is_empty() {
        return Ok(());
    }
    tx.set_room_setting(room, OTHER_KEYS, &lines)
}

/// Name of the setting.
const OTHER_KEYS: &str = "other keys";
/// A key in its shown form, and the end of its line.
const LINE: usize = 45;

#[cfg(test)]
mod tests {
    use keyroom_history::Profile;

    use super::*;

    #[test]
    fn keys_are_kept_as_long_as_their_doors_are_open() {
        let mut profile = Profile::ephemeral().unwrap();
        let room = RoomId::from_bytes([1; 16]);
        let [one, two] = [1, 2].map(|byte| Key::from_bytes([byte; 32]));
        let tx = profile.begin().unwrap();
        note_key(&tx, &room, Some(&one), |_| true).unwrap();
        note_key(&tx, &room, Some(&two), |_| true).unwrap();
        assert!(other_keys(&tx, &room).unwrap() == [one.clone(), two.clone()]);
        let closed = DoorSeeds::of(&one).id;
        note_key(&tx, &room, None, |id| *id != closed).unwrap();
        assert!(other_keys(&tx, &room).unwrap() == [two]);
    }
}
