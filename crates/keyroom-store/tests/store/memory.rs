//! The store in memory.

use keyroom_store::{MemoryStore, conformance};

#[test]
fn the_store_in_memory_passes_the_suite() {
    conformance::suite(&mut || Box::new(MemoryStore::new().unwrap()));
}
