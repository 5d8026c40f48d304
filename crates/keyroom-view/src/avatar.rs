//! A person's initial and colour.

/// A coloured tile with an initial, for people who have no picture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Avatar {
    /// One character, upper case; for `guest 2` the `2`, so that guests are told apart.
    pub initial: String,
    /// Which of the [`Avatar::COLOURS`] colours, the same for a person as long as the room is open.
    pub colour: usize,
}

impl Avatar {
    /// How many colours there are: blue, violet, brown, green, in this order.
    pub const COLOURS: usize = 4;

    /// The tile of a person with this label, whose place in the room is `index`.
    pub fn of(label: &str, index: u64) -> Self {
        let numbered = label.rsplit(' ').next().filter(|last| {
            last.len() < label.len() && last.len() <= 2 && last.bytes().all(|byte| byte.is_ascii_digit())
        });
        let initial = match numbered {
            Some(number) => number.to_owned(),
            None => label.chars().next().map(|ch| ch.to_uppercase().collect()).unwrap_or_default(),
        };
        let colour = usize::try_from(index % Self::COLOURS as u64).unwrap_or(0);
        Self { initial, colour }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_show_their_number_and_others_their_initial() {
        assert_eq!(Avatar::of("guest 2", 2), Avatar { initial: "2".into(), colour: 2 });
        assert_eq!(Avatar::of("guest 12", 12).initial, "12");
        assert_eq!(Avatar::of("änne", 5), Avatar { initial: "Ä".into(), colour: 1 });
        assert_eq!(Avatar::of("7", 0).initial, "7");
        assert_eq!(Avatar::of("", 0).initial, "");
    }
}
