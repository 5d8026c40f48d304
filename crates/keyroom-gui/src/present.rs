//! From the view's plain structs to Slint's properties. Nothing is decided here.

mod form;
pub(crate) mod formed;
mod gate;
mod inspector;
mod looks;
mod over;
mod room;
mod search;

use keyroom_view::{MessageRow, Row, Tone, words as say};
use slint::{Global, Model, ModelRc, SharedString, VecModel};

pub(crate) use form::{about, host, join, start};
pub(crate) use gate::{Seen, close as close_gate, gate};
pub(crate) use inspector::{
    field, inspector, inspector_kind, inspector_words, legend, see, sights, steps, tabs,
};
pub(crate) use looks::{looks, words as fill_words};
pub(crate) use over::{card, menu, settings};
pub(crate) use room::{people, rail, room, sheet};
pub(crate) use search::{preferences, search};

use crate::emoji::Shown;
use crate::ui;

/// How a text is shown: as it is, or so that the outline emoji font can draw all of it.
#[derive(Clone, Copy)]
pub(crate) struct Drawn {
    /// Whether the renderer draws outlines only.
    pub(crate) outlines: bool,
}

impl Drawn {
    /// The text as the renderer can draw it.
    pub(crate) fn text(self, text: &str) -> SharedString {
        if self.outlines { Shown::outlined(text).text.into() } else { text.into() }
    }
}

/// What stands around the main part.
pub(crate) fn shell(app: &ui::App, shell: &keyroom_view::Shell) {
    let to = ui::Ui::get(app);
    to.set_title(shell.title.as_str().into());
    to.set_rail(shell.rail);
    to.set_main(shell.main);
    to.set_people(shell.people);
    to.set_back(shell.back);
    to.set_asking(shell.question.is_some());
    if let Some(question) = &shell.question {
        to.set_question(question.title.as_str().into());
        to.set_question_text(question.text.as_str().into());
        to.set_question_yes(question.confirm.as_str().into());
        to.set_question_no(question.cancel.as_str().into());
        to.set_question_other(question.other.as_str().into());
    }
    ui::Theme::get(app).set_scale(f32::from(shell.text_scale) / 100.0);
    ui::Theme::get(app).set_contrast(shell.high_contrast);
}

/// One row of the timeline; `shown` maps a message's text to what the renderer can draw.
pub(crate) fn row(row: &Row, shown: impl Fn(&str) -> String) -> ui::TimelineRow {
    let line = |kind, text: &str| ui::TimelineRow {
        kind,
        text: text.into(),
        spoken: text.into(),
        ..Default::default()
    };
    match row {
        Row::Day(day) => line(ui::RowKind::Day, day),
        Row::Unread(words) => line(ui::RowKind::Unread, words),
        Row::Notice(notice) => line(ui::RowKind::Notice, &format!("{} · {}", notice.text, notice.time)),
        Row::Warning(notice) => line(ui::RowKind::Warning, &format!("{} · {}", notice.text, notice.time)),
        Row::Message(message) => ui::TimelineRow {
            kind: ui::RowKind::Message,
            own: message.own,
            continues: message.continues,
            name: shown(&message.author).into(),
            letter: message.avatar.initial.as_str().into(),
            face: i32::try_from(message.avatar.colour).unwrap_or(0),
            time: message.time.as_str().into(),
            text: shown(&message.text).into(),
            rtl: message.rtl,
            cut: message.cut,
            cut_text: if message.folded { say::SHOW.text() } else { say::SHOW_ALL.text() }.into(),
            formed: message.formed.is_some(),
            blocks: message.formed.as_ref().map(|formed| formed::blocks(formed, &shown)).unwrap_or_default(),
            links: links(message),
            names_me: message.names_me,
            folded: message.folded,
            state: message.state.as_str().into(),
            tone: tone(message.tone),
            retry: message.retry,
            quoted: message.quote.is_some(),
            quote_known: message.quote.as_ref().is_some_and(|quote| quote.position.is_some()),
            quote_name: message.quote.as_ref().map(|quote| shown(&quote.author)).unwrap_or_default().into(),
            quote_text: message.quote.as_ref().map(|quote| shown(&quote.text)).unwrap_or_default().into(),
            edited: message.edited.as_str().into(),
            earlier: shown(&message.earlier.join("\n")).into(),
            gone: message.gone,
            reached: message.reached.as_str().into(),
            reactions: reactions(message, &shown),
            spoken: message.spoken().into(),
            place: 0,
        },
    }
}

/// Most messages have none: then no list is made.
fn reactions(message: &MessageRow, shown: impl Fn(&str) -> String) -> ModelRc<ui::ReactionText> {
    if message.reactions.is_empty() {
        return ModelRc::default();
    }
    list(message.reactions.iter().map(|reaction| ui::ReactionText {
        emoji: shown(&reaction.emoji).into(),
        count: reaction.count.to_string().into(),
        mine: reaction.mine,
        spoken: reaction.who.as_str().into(),
    }))
}

/// Nothing of what is folded can be opened.
fn links(message: &MessageRow) -> ModelRc<SharedString> {
    let links = message.formed.as_ref().filter(|formed| !message.folded && !formed.links.is_empty());
    links.map_or_else(ModelRc::default, |formed| {
        list(formed.links.iter().map(|link| say::link_line(link).into()))
    })
}

pub(crate) fn tone(tone: Tone) -> ui::Tone {
    match tone {
        Tone::Quiet => ui::Tone::Quiet,
        Tone::Good => ui::Tone::Good,
        Tone::Warning => ui::Tone::Warning,
        Tone::Alarm => ui::Tone::Alarm,
    }
}

fn list<T: Clone + 'static>(items: impl IntoIterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(VecModel::from(items.into_iter().collect::<Vec<T>>()))
}

/// Brings a list that is on the screen up to date in place: rows that stay keep the keyboard and what is being
/// written in them, which a new list would take away.
fn update<T: Clone + PartialEq + 'static>(
    shown: &ModelRc<T>,
    items: impl IntoIterator<Item = T>,
    replace: impl FnOnce(ModelRc<T>),
) {
    let Some(rows) = shown.as_any().downcast_ref::<VecModel<T>>() else {
        replace(list(items));
        return;
    };
    let mut count = 0;
    for item in items {
        match rows.row_data(count) {
            None => rows.push(item),
            Some(old) if old != item => rows.set_row_data(count, item),
            Some(_) => {}
        }
        count += 1;
    }
    while rows.row_count() > count {
        rows.remove(rows.row_count() - 1);
    }
}

pub(crate) fn words(lines: &[String]) -> ModelRc<SharedString> {
    list(lines.iter().map(SharedString::from))
}

fn switch(switch: &keyroom_view::Switch) -> ui::SwitchState {
    ui::SwitchState {
        label: switch.label.as_str().into(),
        hint: switch.hint.as_str().into(),
        on: switch.on,
        enabled: switch.enabled,
    }
}

fn entry(field: &keyroom_view::TextField) -> ui::Entry {
    ui::Entry {
        label: field.label.as_str().into(),
        placeholder: field.placeholder.as_str().into(),
        hint: field.hint.as_str().into(),
        error: field.error.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_on_the_screen_is_changed_in_place() {
        let shown = list([1, 2, 3]);
        update(&shown, [1, 5], |_| panic!("the list is replaced"));
        assert_eq!(shown.iter().collect::<Vec<_>>(), [1, 5]);
        update(&shown, [1, 5, 6, 7], |_| panic!("the list is replaced"));
        assert_eq!(shown.iter().collect::<Vec<_>>(), [1, 5, 6, 7]);
    }

    #[test]
    fn a_list_that_never_was_is_made() {
        let mut made = None;
        update(&ModelRc::default(), [1, 2], |new| made = Some(new));
        assert_eq!(made.map(|made: ModelRc<i32>| made.row_count()), Some(2));
    }
}
