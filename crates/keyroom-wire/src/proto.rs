//! The generated protobuf types. Nothing outside this crate sees them.
#![allow(unreachable_pub, reason = "the generator writes `pub`; the module is private")]
#![allow(clippy::all, missing_docs, reason = "generated; proto/link.proto has the comments")]

include!(concat!(env!("OUT_DIR"), "/keyroom.link.v1.rs"));
