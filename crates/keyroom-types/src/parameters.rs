//! What stands behind the `?` of a link, read strictly.

/// Splits a query into its parameters, each of which must be in `known` and in its order. Only [`PIN`] may stand there
/// more than once; a parameter in `flags` has no value, every other has one.
pub(crate) fn split<'a>(
    query: &'a str,
    known: &[&'static str],
    flags: &[&'static str],
) -> Result<Vec<(&'static str, &'a str)>, ParameterError> {
    let mut found: Vec<(usize, &'static str, &'a str)> = Vec::new();
    for part in query.split('&') {
        let (name, value) = part.split_once('=').map_or((part, None), |(name, value)| (name, Some(value)));
        let (place, name) = known
            .iter()
            .enumerate()
            .find_map(|(place, &known)| (known == name).then_some((place, known)))
            .ok_or(ParameterError::Unknown)?;
        let value = match (flags.contains(&name), value) {
            (true, None) => "",
            (true, Some(_)) => return Err(ParameterError::Damaged(name)),
            (false, None | Some("")) => return Err(ParameterError::Empty(name)),
            (false, Some(value)) => value,
        };
        if name != PIN && found.iter().any(|&(_, earlier, _)| earlier == name) {
            return Err(ParameterError::Repeated(name));
        }
        if found.last().is_some_and(|&(last, ..)| last > place) {
            return Err(ParameterError::Order(name));
        }
        found.push((place, name, value));
    }
    Ok(found.into_iter().map(|(_, name, value)| (name, value)).collect())
}

/// What is wrong with what stands behind the `?` of a link. Carries the names of known parameters only.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// One that this version does not know: to skip it could mean to trust more than the link asks for.
    #[error("it says something that this version does not understand")]
    Unknown,
    /// One that may stand there once.
    #[error("it says `{0}` more than once")]
    Repeated(&'static str),
    /// Behind one that it must stand before.
    #[error("`{0}` stands in the wrong place")]
    Order(&'static str),
    /// Without the value that it must have.
    #[error("`{0}` has no value")]
    Empty(&'static str),
    /// With a value that it cannot have.
    #[error("the value of `{0}` is damaged")]
    Damaged(&'static str),
}

/// The parameter with the hash of a relay's key.
pub(crate) const PIN: &str = "pin";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slip_has_its_own_error() {
        let split = |query| split(query, &["pin", "log", "memory"], &["memory"]);
        assert_eq!(split("pin=a&pin=b&memory"), Ok(vec![("pin", "a"), ("pin", "b"), ("memory", "")]));
        assert_eq!(split(""), Err(ParameterError::Unknown));
        assert_eq!(split("pin=a&"), Err(ParameterError::Unknown));
        assert_eq!(split("Pin=a"), Err(ParameterError::Unknown));
        assert_eq!(split("log=a&log=b"), Err(ParameterError::Repeated("log")));
        assert_eq!(split("log=a&pin=b&log=c"), Err(ParameterError::Order("pin")));
        assert_eq!(split("pin&log=a"), Err(ParameterError::Empty("pin")));
        assert_eq!(split("pin=a&log="), Err(ParameterError::Empty("log")));
        assert_eq!(split("memory=1"), Err(ParameterError::Damaged("memory")));
    }
}
