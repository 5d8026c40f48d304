//! Counts what a frame holds before anything is allocated for it. Attack matrix row 45.
//!
//! A repeated message takes two bytes in a frame and a hundred in memory, so a frame within its limit could still make
//! us hold a hundred times its size. Counts go over the whole frame: protobuf merges a message that stands twice, so a
//! count within one would be no bound.

use keyroom_types::limits::{
    APPEND_CHANGES, APPEND_ENTRIES, BLOB_CANDIDATES, DOORS_PER_ROOM, KNOCKS_PER_ROOM, PASSES_PER_ROOM,
    RANGE_ENVELOPES,
};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use crate::WireError;

/// A field that is looked at: it is counted, or something inside it is.
pub(super) struct Field {
    tag: u32,
    counted: Option<Counted>,
    inside: &'static [Field],
}

/// A repeated field.
#[derive(Clone, Copy)]
enum Counted {
    Entries,
    Changes,
    Doors,
    Passes,
    Envelopes,
    Blobs,
    Knocks,
}

/// Walks through `frame`, whose message has the fields `known` among others.
pub(super) fn check(frame: &[u8], known: &[Field]) -> Result<(), WireError> {
    walk(frame, known, &mut Counts::default())
}

#[derive(Default)]
struct Counts([usize; 7]);

impl Counts {
    fn add(&mut self, counted: Counted) -> Result<(), WireError> {
        let count = &mut self.0[counted as usize];
        *count += 1;
        let (most, field) = counted.limit();
        if *count > most { Err(WireError::TooMany { field }) } else { Ok(()) }
    }
}

impl Counted {
    const fn limit(self) -> (usize, &'static str) {
        match self {
            Self::Entries => (APPEND_ENTRIES, "entries"),
            Self::Changes => (APPEND_CHANGES, "changes"),
            Self::Doors => (DOORS_PER_ROOM, "doors"),
            Self::Passes => (PASSES_PER_ROOM, "passes"),
            Self::Envelopes => (RANGE_ENVELOPES, "envelopes"),
            Self::Blobs => (1 + BLOB_CANDIDATES, "blobs"),
            Self::Knocks => (KNOCKS_PER_ROOM, "knocks"),
        }
    }
}

/// Goes no deeper than the tables below; what they do not name is stepped over.
fn walk(mut rest: &[u8], known: &[Field], counts: &mut Counts) -> Result<(), WireError> {
    while !rest.is_empty() {
        let (tag, wire_type) = decode_key(&mut rest).map_err(|_| WireError::Protobuf)?;
        let field = known.iter().find(|field| field.tag == tag && wire_type == WireType::LengthDelimited);
        let Some(field) = field else {
            skip_field(wire_type, tag, &mut rest, DecodeContext::default())
                .map_err(|_| WireError::Protobuf)?;
            continue;
        };
        let len = decode_varint(&mut rest).map_err(|_| WireError::Protobuf)?;
        let (inside, behind) = usize::try_from(len)
            .ok()
            .and_then(|len| rest.split_at_checked(len))
            .ok_or(WireError::Protobuf)?;
        rest = behind;
        if let Some(counted) = field.counted {
            counts.add(counted)?;
        }
        if !field.inside.is_empty() {
            walk(inside, field.inside, counts)?;
        }
    }
    Ok(())
}

const fn counted(tag: u32, counted: Counted) -> Field {
    Field { tag, counted: Some(counted), inside: &[] }
}

const fn message(tag: u32, inside: &'static [Field]) -> Field {
    Field { tag, counted: None, inside }
}

/// `ToRelay`: `create.doors`, `append.entries`, `append.changes.keep.passes`.
pub(super) const TO_RELAY: &[Field] = &[
    message(3, &[counted(1, Counted::Doors)]),
    message(
        4,
        &[
            counted(2, Counted::Entries),
            Field {
                tag: 3,
                counted: Some(Counted::Changes),
                inside: &[message(7, &[counted(1, Counted::Passes)])],
            },
        ],
    ),
];

/// `ToClient`: `range.envelopes`, `blobs.blobs`, `turn.blobs.blobs`, `knocks.knocks`.
pub(super) const TO_CLIENT: &[Field] = &[
    message(8, &[counted(1, Counted::Envelopes)]),
    message(11, &[counted(2, Counted::Blobs)]),
    message(12, &[message(3, &[counted(2, Counted::Blobs)])]),
    message(21, &[counted(1, Counted::Knocks)]),
];
