//! A commit's parts from its signed bytes (RFC 9420, 6.1, 7.2, 12.1 and 12.4).
//!
//! The library has read the same bytes before and checked that they are well formed. What is not read here, such as a
//! proposal that no commit may carry, ends the reading: the verdict is the same without the rest.

use keyroom_types::{IdentityKey, Signature};
use openmls::prelude::tls_codec::DeserializeBytes as _;
use openmls::prelude::{Extensions, GroupContext};

use crate::bytes::Reader;
use crate::leaf::{LEAF, LeafInfo};
use crate::validity::{Author, NewLeaf, Part, Parts};
use crate::{Policy, claim, credential};

/// The parts; and wire format and framed content, as they enter the transcript hash.
pub(super) fn signed_commit(signed: &[u8]) -> Option<(Parts, &[u8])> {
    let mut reader = Reader::new(signed);
    let _version = reader.u16()?;
    let _wire_format = reader.u16()?;
    let _group = reader.vector()?;
    let _epoch = reader.u64()?;
    let author = match reader.u8()? {
        1 => Author::Member(reader.u32()?),
        4 => Author::Newcomer,
        _ => return None,
    };
    let claim = claim::decode(reader.vector()?);
    if reader.u8()? != COMMIT {
        return None;
    }
    let proposals = proposals(reader.vector()?);
    let path = if reader.flag()? {
        let leaf = leaf(&mut reader)?.0;
        let _nodes = reader.vector()?;
        Some(leaf)
    } else {
        None
    };
    let context = reader.rest().len();
    let framed = &signed[2..signed.len() - context];
    Some((Parts { author, proposals, path, claim }, framed))
}

fn proposals(bytes: &[u8]) -> Vec<Part> {
    let mut reader = Reader::new(bytes);
    let mut parts = Vec::new();
    while !reader.is_empty() {
        let part = proposal(&mut reader).unwrap_or(Part::Other);
        let ends = matches!(part, Part::Other);
        parts.push(part);
        if ends {
            break;
        }
    }
    parts
}

fn proposal(reader: &mut Reader<'_>) -> Option<Part> {
    if reader.u8()? != INLINE {
        return None;
    }
    match reader.u16()? {
        1 => {
            let _version = reader.u16()?;
            let _suite = reader.u16()?;
            let _init_key = reader.vector()?;
            let (leaf, unlimited) = leaf(reader)?;
            let _extensions = reader.vector()?;
            let _signature = reader.vector()?;
            Some(Part::Add { leaf, unlimited })
        }
        3 => reader.u32().map(Part::Remove),
        6 => reader.vector().map(|_| Part::ExternalInit),
        7 => {
            let extensions = reader.counted()?;
            let extensions = Extensions::<GroupContext>::tls_deserialize_exact_bytes(extensions).ok();
            Some(Part::Context(extensions.and_then(|extensions| Policy::of(&extensions))))
        }
        _ => None,
    }
}

/// A leaf, and whether it has the lifetime that all must have.
fn leaf(reader: &mut Reader<'_>) -> Option<(NewLeaf, bool)> {
    let _encryption_key = reader.vector()?;
    let key = reader.vector()?.to_vec();
    let credential = credential(reader)?;
    for _capabilities in 0..5 {
        reader.vector()?;
    }
    let unlimited = match reader.u8()? {
        1 => (reader.u64()?, reader.u64()?) == (0, u64::MAX),
        2 => false,
        3 => reader.vector().map(|_| false)?,
        _ => return None,
    };
    let info = info(reader.vector()?);
    let _signature = reader.vector()?;
    Some((NewLeaf { key, credential, info }, unlimited))
}

fn credential(reader: &mut Reader<'_>) -> Option<Option<(IdentityKey, Signature)>> {
    let kind = reader.u16()?;
    if kind != BASIC {
        // Other kinds have other forms; the library knows them, rooms do not.
        return None;
    }
    Some(credential::parse(reader.vector()?))
}

fn info(extensions: &[u8]) -> Option<LeafInfo> {
    let mut reader = Reader::new(extensions);
    let kind = reader.u16()?;
    let info = reader.vector()?;
    if kind == LEAF && reader.is_empty() { LeafInfo::decode(info) } else { None }
}

const COMMIT: u8 = 3;
const INLINE: u8 = 1;
const BASIC: u16 = 1;
