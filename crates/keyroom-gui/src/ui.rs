//! The code that Slint generates from `ui/`.
#![allow(
    missing_docs,
    unreachable_pub,
    elided_lifetimes_in_paths,
    unsafe_code,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "generated: its virtual tables need unsafe code, and its style is not ours to choose"
)]

slint::include_modules!();
