//! Emoji on the software renderer: an outline font that wins over an installed colour font.

use std::sync::Arc;

use slint::fontique_011::fontique::{Blob, Collection, FamilyId, GenericFamily};

/// Puts the outline emoji font second in the lists of fonts that text falls back to, and takes the colour fonts out:
/// the software renderer draws nothing in their place.
///
/// # Panics
///
/// If no platform was chosen yet and Slint finds none.
pub fn use_outline_emoji() {
    let mut collection = slint::fontique_011::shared_collection();
    let outline: &'static [u8] = epaint_default_fonts::NOTO_EMOJI_REGULAR;
    let registered = collection.register_fonts(Blob::new(Arc::new(outline)), None);
    let Some(&(emoji, _)) = registered.first() else { return };
    for generic in [GenericFamily::SansSerif, GenericFamily::SystemUi] {
        let mut families: Vec<FamilyId> = collection.generic_families(generic).collect();
        families.retain(|&family| !is_emoji(&mut collection, family));
        families.insert(families.len().min(1), emoji);
        collection.set_generic_families(generic, families.into_iter());
    }
    collection.set_generic_families(GenericFamily::Emoji, std::iter::once(emoji));
}

/// Puts the bundled font first for code inside a line: styled text asks for any monospaced one.
pub(crate) fn use_code_font() {
    let mut collection = slint::fontique_011::shared_collection();
    let Some(mono) = collection.family_id("JetBrains Mono") else { return };
    let others: Vec<FamilyId> =
        collection.generic_families(GenericFamily::Monospace).filter(|&family| family != mono).collect();
    collection.set_generic_families(GenericFamily::Monospace, std::iter::once(mono).chain(others));
}

fn is_emoji(collection: &mut Collection, family: FamilyId) -> bool {
    collection.family_name(family).is_some_and(|name| {
        let name = name.to_lowercase();
        ["emoji", "joypixels"].iter().any(|word| name.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use slint::fontique_011::fontique::{Collection, CollectionOptions};

    use super::*;

    #[test]
    fn colour_fonts_are_told_by_their_names() {
        let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
        let outline: &'static [u8] = epaint_default_fonts::NOTO_EMOJI_REGULAR;
        let (emoji, _) = collection.register_fonts(Blob::new(Arc::new(outline)), None).remove(0);
        let hack: &'static [u8] = epaint_default_fonts::HACK_REGULAR;
        let (text, _) = collection.register_fonts(Blob::new(Arc::new(hack)), None).remove(0);
        assert!(is_emoji(&mut collection, emoji));
        assert!(!is_emoji(&mut collection, text));
    }
}
