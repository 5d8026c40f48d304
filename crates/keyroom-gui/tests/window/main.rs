//! The window without a display: what it shows, what it is called, what clicks and keys do.

#![allow(clippy::panic, reason = "a test that cannot go on panics")]

mod clicks;
mod contrast;
mod formatted;
mod gate;
mod inspector;
mod looks;
mod picture;
mod sample;
mod screens;
mod scripts;
mod sealed;
mod search;
mod sheet;
mod snapshots;
mod stage;
mod timeline;
mod tree;
