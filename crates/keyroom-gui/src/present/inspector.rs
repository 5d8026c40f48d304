//! The inspector.

use keyroom_view::{
    Bytes, Chip, ComparePage, InspectorView, KeepingPage, LegendLine, MessagePage, PageView, RoomPage, See,
    StepView, TabName, words as say,
};
use slint::{Global, ModelRc, SharedString};

use super::{Drawn, list, switch, tone, update, words};
use crate::inspector::{Look, kind, whole};
use crate::ui;

pub(crate) fn inspector(app: &ui::App, view: Option<&InspectorView>, look: &Look, drawn: Drawn) {
    let to = ui::Inspector::get(app);
    let Some(view) = view else {
        look.forget();
        to.set_shown(false);
        to.set_see_text(SharedString::default());
        to.set_compare_text(SharedString::default());
        return;
    };
    to.set_beside(view.beside);
    to.set_can_widen(view.can_widen);
    to.set_kind(inspector_kind(&view.kind));
    to.set_subject(drawn.text(&view.subject));
    let pages = view.pages.iter().map(|page| line(page.word()));
    update(&to.get_pages(), pages, |new| to.set_pages(new));
    to.set_page(view.pages.iter().position(|page| *page == view.page).map_or(-1, whole));
    to.set_can_save(view.can_save);
    to.set_saved(view.saved.as_str().into());
    match &view.content {
        PageView::Message(page) => message(&to, page, look, drawn),
        PageView::Room(page) => room(&to, page, drawn),
        PageView::Compare(page) => compare(&to, page, look, drawn),
        PageView::Keeping(page) => keeping(&to, page),
    }
    to.set_content(match &view.content {
        PageView::Message(_) => ui::InspectorPage::Message,
        PageView::Room(_) => ui::InspectorPage::Room,
        PageView::Compare(_) => ui::InspectorPage::Compare,
        PageView::Keeping(_) => ui::InspectorPage::Keeping,
    });
    to.set_shown(true);
}

fn message(to: &ui::Inspector<'_>, page: &MessagePage, look: &Look, drawn: Drawn) {
    see(to, &page.see, drawn);
    to.set_tab(match page.tab {
        TabName::Bytes => 0,
        TabName::Steps => 1,
        TabName::Lab => 2,
    });
    let levels = page.levels.iter().map(|level| line(level));
    update(&to.get_levels(), levels, |new| to.set_levels(new));
    to.set_level(whole(page.level));
    update(&to.get_way(), page.way.iter().map(|field| line(field)), |new| to.set_way(new));
    to.set_heading(page.heading.as_str().into());
    to.set_how(page.how.as_str().into());
    look.message.show(page.bytes.clone());
    look.parts.show(page.bytes.clone());
    *look.shown.borrow_mut() = page.bytes.clone();
    to.set_bytes(page.bytes.as_ref().map_or(0, |bytes| whole(bytes.len())));
    let at = page.pointed.zip(page.bytes.as_ref());
    let at = at.and_then(|(leaf, bytes)| bytes.bytes_of(leaf)?.start.checked_sub(bytes.range().start));
    to.set_pointed(page.pointed.map_or(-1, whole));
    to.set_pointed_at(at.map_or(-1, whole));
    to.set_legend(legend(&page.legend));
    to.set_remarks(words(&page.remarks));
    to.set_steps(steps(&page.steps, drawn));
    to.set_note(page.note.as_str().into());
    to.set_note_tone(tone(page.note_tone));

    let lab = &page.lab;
    look.lab.show(lab.bytes.clone());
    to.set_lab_lead(lab.lead.as_str().into());
    to.set_lab_waits(lab.waits.as_str().into());
    let attacks = lab
        .attacks
        .iter()
        .map(|attack| ui::AttackText { text: attack.word.into(), hint: attack.hint.into() });
    update(&to.get_attacks(), attacks, |new| to.set_attacks(new));
    to.set_lab_heading(lab.heading.as_str().into());
    to.set_lab_byte(lab.byte.map_or(-1, whole));
    to.set_lab_hint(lab.hint.as_str().into());
    let bits = lab.bits.iter().map(|bit| ui::BitText {
        text: if bit.on { "1" } else { "0" }.into(),
        flipped: bit.flipped,
        spoken: bit.spoken.as_str().into(),
    });
    update(&to.get_bits(), bits, |new| to.set_bits(new));
    let trials = lab.trials.iter().map(|trial| ui::TrialText {
        title: trial.title.as_str().into(),
        came: trial.came.as_str().into(),
        tone: tone(trial.tone),
        done: trial.done.as_str().into(),
        meaning: trial.meaning.as_str().into(),
    });
    update(&to.get_trials(), trials, |new| to.set_trials(new));
}

fn room(to: &ui::Inspector<'_>, page: &RoomPage, drawn: Drawn) {
    to.set_waits(page.waits.as_str().into());
    let who = page.who.iter().map(|sight| ui::SightText {
        who: sight.who.as_str().into(),
        cells: list(
            sight
                .cells
                .iter()
                .map(|cell| ui::CellText { text: cell.text.as_str().into(), tone: tone(cell.tone) }),
        ),
        why: sight.why.as_str().into(),
        spoken: sight.spoken.as_str().into(),
    });
    to.set_who(list(who));
    let session = page.session.iter().map(|line| ui::PairText {
        name: line.name.as_str().into(),
        value: line.value.as_str().into(),
        tip: line.tip.as_str().into(),
    });
    to.set_session(list(session));
    let tree = page.tree.iter().map(|node| ui::NodeText {
        depth: whole(node.depth),
        parent: node.parent.map_or(-1, whole),
        has_key: node.has_key,
        leaf: node.leaf,
        name: drawn.text(&node.name),
        me: node.me,
        spoken: node.spoken.as_str().into(),
    });
    to.set_tree(list(tree));
    to.set_tree_more(page.tree_more.as_str().into());
    let epochs = page.epochs.iter().map(|change| ui::EpochText {
        epoch: change.epoch.as_str().into(),
        at: change.at.as_str().into(),
        did: drawn.text(&change.did),
        removal: change.removal,
    });
    to.set_epochs(list(epochs));
    to.set_room_note(page.note.as_str().into());
}

fn compare(to: &ui::Inspector<'_>, page: &ComparePage, look: &Look, drawn: Drawn) {
    to.set_waits(page.waits.as_str().into());
    to.set_compare_text(drawn.text(&page.text));
    let rows = page.rows.iter().map(|row| ui::CompareText {
        question: row.question.as_str().into(),
        fernet: row.fernet.as_str().into(),
        sealed: row.sealed.as_str().into(),
    });
    to.set_compare(list(rows));
    look.fernet.show(page.fernet.clone());
    look.sealed.show(page.sealed.clone());
    to.set_legend(legend(&page.legend));
}

fn keeping(to: &ui::Inspector<'_>, page: &KeepingPage) {
    update(&to.get_days(), page.days.iter().map(SharedString::from), |new| to.set_days(new));
    to.set_days_now(whole(page.days_now));
    update(&to.get_sizes(), page.sizes.iter().map(SharedString::from), |new| to.set_sizes(new));
    to.set_size_now(whole(page.size_now));
    to.set_records(switch(&page.records));
    to.set_keep_error(page.error.as_str().into());
}

/// What the person sees of a message.
pub(crate) fn see(to: &ui::Inspector<'_>, see: &See, drawn: Drawn) {
    to.set_see_author(drawn.text(&see.author));
    to.set_see_text(drawn.text(&see.text));
    to.set_see_rtl(see.rtl);
    let facts: Vec<String> = see.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    to.set_see_facts(facts.join(" · ").into());
}

pub(crate) fn legend(lines: &[LegendLine]) -> ModelRc<ui::LegendText> {
    list(lines.iter().map(|line| ui::LegendText {
        kind: kind(line.kind),
        letter: line.letter.to_string().into(),
        text: line.word.into(),
        spoken: line.words.into(),
    }))
}

pub(crate) fn steps(steps: &[StepView], drawn: Drawn) -> ModelRc<ui::OpeningStep> {
    list(steps.iter().map(|step| {
        let said = step.values.iter().map(|(name, value)| format!("{name}: {value}. "));
        let said: String = said.collect();
        ui::OpeningStep {
            title: step.title.as_str().into(),
            what: step.what.as_str().into(),
            outcome: step.outcome.as_str().into(),
            tone: tone(step.tone),
            values: list(step.values.iter().map(|(name, value)| pair(name, drawn.text(value)))),
            if_wrong: step.if_wrong.as_str().into(),
            source: step.source.as_str().into(),
            spoken: format!("{} {said}{} {} {}", step.what, say::IF_WRONG.text(), step.if_wrong, step.source)
                .into(),
        }
    }))
}

pub(crate) fn inspector_kind(kind: &Chip) -> ui::ChipText {
    ui::ChipText { text: kind.text.as_str().into(), tone: tone(kind.tone), tip: kind.tip.as_str().into() }
}

/// Words that stay the same; said once.
pub(crate) fn inspector_words() -> ui::InspectorWords {
    ui::InspectorWords {
        title: say::INSPECTOR.text().into(),
        close: say::CLOSE_INSPECTOR.text().into(),
        wider: say::WIDER.text().into(),
        beside: say::BESIDE.text().into(),
        save_text: say::SAVE_TEXT.text().into(),
        save_picture: say::SAVE_PICTURE.text().into(),
        you_see: say::YOU_SEE.text().into(),
        opened: say::HOW_OPENED.text().into(),
        if_wrong: say::IF_WRONG.text().into(),
        point_at: say::POINT_AT.text().into(),
        look_inside: say::LOOK_INSIDE.text().into(),
        all_of_it: say::OUT_OF_IT.text().into(),
        bytes_list: say::BYTES_LIST.text().into(),
        fields_list: say::FIELDS_LIST.text().into(),
        why_private: say::WHY_PRIVATE.text().into(),
        who: say::WHO.text().into(),
        who_could_see: say::WHO_COULD_SEE.text().into(),
        who_lead: say::WHO_LEAD.text().into(),
        session: say::SESSION.text().into(),
        tree: say::TREE.text().into(),
        tree_lead: say::TREE_LEAD.text().into(),
        epochs: say::EPOCHS.text().into(),
        compare_lead: say::COMPARE_LEAD.text().into(),
        question: say::COMPARE_QUESTION.text().into(),
        fernet: say::capital(say::FERNET_ROOM.text()).into(),
        sealed: say::capital(say::SEALED_ROOM.text()).into(),
        keeping_lead: say::KEEPING_LEAD.text().into(),
        keep_for: say::KEEP_FOR.text().into(),
        keep_up_to: say::KEEP_UP_TO.text().into(),
    }
}

/// The words on the tabs of a message's page.
pub(crate) fn tabs() -> ModelRc<ui::DoText> {
    list([TabName::Bytes, TabName::Steps, TabName::Lab].map(|tab| line(tab.word())))
}

/// The columns of the table that says who sees what.
pub(crate) fn sights() -> ModelRc<SharedString> {
    list(say::SIGHTS.map(|sight| sight.text().into()))
}

fn pair(name: &str, value: SharedString) -> ui::PairText {
    ui::PairText { name: name.into(), value, tip: SharedString::default() }
}

fn line(text: &str) -> ui::DoText {
    ui::DoText { text: text.into() }
}

/// The field with that number, among the bytes that are shown; nothing where there is none.
pub(crate) fn field(shown: Option<&Bytes>, leaf: i32) -> ui::PartText {
    let row = usize::try_from(leaf).ok().and_then(|leaf| shown?.leaf_row(leaf));
    row.map(crate::inspector::part).unwrap_or_default()
}
