//! The desktop window.
pub mod ui;
