//! Text that may hold a key.

use std::fmt;
use std::ops::Deref;

use zeroize::Zeroizing;

/// Text of a field or for the clipboard. It may hold a key: wiped on drop, hidden in `Debug`.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct FieldText(Zeroizing<String>);

impl Deref for FieldText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for FieldText {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl From<String> for FieldText {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<Zeroizing<String>> for FieldText {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl fmt::Debug for FieldText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldText(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_text() {
        assert_eq!(format!("{:?}", FieldText::from("rA1D")), "FieldText(..)");
    }
}
