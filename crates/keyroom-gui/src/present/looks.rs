//! The words that stand in the markup itself, and the choices of language, text size and contrast.

use keyroom_view::{Looks, words as say};
use slint::{Global, SharedString};

use super::update;
use crate::ui;

/// Fills the words that no screen brings. They change with the language alone.
pub(crate) fn words(app: &ui::App) {
    let to = ui::Say::get(app);
    to.set_keyroom(say::KEYROOM.into());
    to.set_start(say::START.text().into());
    to.set_about_keyroom(say::ABOUT_KEYROOM.text().into());
    to.set_close(say::CLOSE.text().into());
    to.set_save(say::SAVE.text().into());
    to.set_cancel(say::CANCEL.text().into());
    to.set_back(say::BACK.text().into());
    to.set_qr_of_digits(say::QR_OF_DIGITS.text().into());
    to.set_qr_of_link(say::QR_OF_LINK.text().into());
    to.set_people(say::PEOPLE.text().into());
    to.set_hide_people(say::HIDE_PEOPLE.text().into());
    to.set_show_people(say::SHOW_PEOPLE.text().into());
    to.set_people_in_room(say::PEOPLE_IN_ROOM.text().into());
    to.set_hide_left(say::HIDE_LEFT.text().into());
    to.set_show_left(say::SHOW_LEFT.text().into());
    to.set_show_large(say::SHOW_LARGE.text().into());
    to.set_show_code_large(say::SHOW_CODE_LARGE.text().into());
    to.set_rooms(say::ROOMS.text().into());
    to.set_your_rooms(say::YOUR_ROOMS.text().into());
    to.set_host_a_room(say::HOST_A_ROOM.text().into());
    to.set_join_a_room(say::JOIN_A_ROOM.text().into());
    to.set_back_to_rooms(say::BACK_TO_ROOMS.text().into());
    to.set_key(say::KEY.text().into());
    to.set_key_of_room(say::KEY_OF_ROOM.text().into());
    to.set_show_key(say::SHOW_KEY.text().into());
    to.set_copy_key(say::COPY_KEY.text().into());
    to.set_copy_key_short(say::COPY_KEY_SHORT.text().into());
    to.set_copy_link(say::COPY_LINK.text().into());
    to.set_address(say::ADDRESS_HEADING.text().into());
    to.set_addresses(say::ADDRESSES.text().into());
    to.set_scan(say::SCAN.text().into());
    to.set_lacks(say::LACKS.text().into());
    to.set_made_from(say::MADE_FROM.text().into());
    to.set_keyroom_licence(say::KEYROOM_LICENCE.text().into());
    to.set_slint_part(say::SLINT_PART.text().into());
    to.set_slint_licence(say::SLINT_LICENCE.into());
    to.set_fonts_part(say::FONTS_PART.into());
    to.set_fonts_licence(say::FONTS_LICENCE.into());
    to.set_slint_site(say::SLINT_SITE.into());
    to.set_open_slint_site(say::OPEN_SLINT_SITE.text().into());
    to.set_choose_port(say::CHOOSE_PORT.text().into());
    to.set_show_all(say::SHOW_ALL.text().into());
    to.set_show_all_own(say::SHOW_ALL_OWN.text().into());
    to.set_retry(say::RETRY.text().into());
    to.set_send(say::SEND.text().into());
    to.set_messages(say::MESSAGES.text().into());
    to.set_you_are_named(say::YOU_ARE_NAMED.text().into());
    to.set_muted(say::MUTED.text().into());

    let with = |words: fn(&str) -> String| move |_, filled: SharedString| SharedString::from(words(&filled));
    to.on_code_of(with(say::code_of));
    to.on_rename(with(say::rename));
    to.on_show_all_of(with(say::show_all_of));
    to.on_show_message_of(with(say::show_message_of));
    to.on_send_again(with(say::send_again));
    to.on_more_about(with(say::more_about));
    to.on_cancel_about(with(say::cancel_about));
    to.on_copy_address(with(say::copy_address));
    to.on_unread(with(say::unread));
    // Last: what the functions made before is made anew.
    to.set_turn(to.get_turn() + 1);
}

pub(crate) fn looks(app: &ui::App, looks: &Looks) {
    let to = ui::Looks::get(app);
    let place = |place: usize| i32::try_from(place).unwrap_or(-1);
    to.set_language_label(looks.language_label.as_str().into());
    update(&to.get_languages(), looks.languages.iter().map(SharedString::from), |new| to.set_languages(new));
    to.set_language(place(looks.language));
    to.set_scale_label(looks.scale_label.as_str().into());
    update(&to.get_scales(), looks.scales.iter().map(SharedString::from), |new| to.set_scales(new));
    to.set_scale(place(looks.scale));
    to.set_contrast_label(looks.contrast.label.as_str().into());
    to.set_contrast_hint(looks.contrast.hint.as_str().into());
    to.set_contrast(looks.contrast.on);
}
