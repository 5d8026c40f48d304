//! Where passes are written out.

use std::collections::HashMap;

use keyroom_types::{PassKey, Seq};

use super::codec::Pass;

/// Where in its room's log each pass that wrote lately is written out. What is not known here is written out again.
#[derive(Debug, Default)]
pub(super) struct PassPlaces(HashMap<(u64, PassKey), Seq>);

impl PassPlaces {
    /// How the envelope at `seq` names its pass.
    pub(super) fn note(&mut self, number: u64, pass: PassKey, seq: Seq) -> Pass {
        if let Some(&seq) = self.0.get(&(number, pass)) {
            return Pass::As(seq);
        }
        if self.0.len() >= PASSES {
            self.0.clear();
        }
        self.0.insert((number, pass), seq);
        Pass::Key(pass)
    }
}

/// Passes whose places are remembered: some megabytes.
const PASSES: usize = 64 << 10;
