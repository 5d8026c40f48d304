//! The shape of the tree, to be drawn.

use super::Room;

impl Room {
    /// For each node of the ratchet tree, in the order of RFC 9420's appendix C, whether it has a key: leaves at even
    /// places, and between them the parents. A blank parent makes a commit longer and is filled by the next one below it.
    pub fn tree(&self) -> Vec<bool> {
        let tree = self.group.treesync();
        let mut nodes = vec![false; (tree.leaves().len() * 2).saturating_sub(1)];
        let leaves = tree.full_leaves().map(|(leaf, _)| u64::from(leaf.u32()) * 2);
        let parents = tree.full_parents().map(|(parent, _)| u64::from(parent.u32()) * 2 + 1);
        for place in leaves.chain(parents) {
            if let Some(node) = usize::try_from(place).ok().and_then(|place| nodes.get_mut(place)) {
                *node = true;
            }
        }
        nodes
    }
}
