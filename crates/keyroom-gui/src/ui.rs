//! The code that Slint generates from `ui/`.
#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all, clippy::pedantic, clippy::restriction)]
slint::include_modules!();
