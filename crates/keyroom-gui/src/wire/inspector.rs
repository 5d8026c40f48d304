//! The callbacks of the inspector.

use std::rc::Rc;

use keyroom_view::{Input, Inspect, PageView, SaveAs, TabName};
use slint::{Global, ModelRc};

use crate::face::Face;
use crate::{present, ui};

pub(super) fn connect(app: &ui::App, face: &Rc<Face>) {
    let to = ui::Inspector::get(app);
    to.set_words(present::inspector_words());
    to.set_tabs(present::tabs());
    to.set_sights(present::sights());
    to.set_lines(ModelRc::from(face.look().message.clone()));
    to.set_parts(ModelRc::from(face.look().parts.clone()));
    to.set_lab_lines(ModelRc::from(face.look().lab.clone()));
    to.set_fernet_lines(ModelRc::from(face.look().fernet.clone()));
    to.set_sealed_lines(ModelRc::from(face.look().sealed.clone()));
    says! { to, face,
        on_widen => Input::Inspect(Inspect::Widen);
        on_close => Input::Back;
        on_why_private => Input::Inspect(Inspect::Room);
        on_save_text => Input::Inspect(Inspect::Save(SaveAs::Text));
        on_save_picture => Input::Inspect(Inspect::Save(SaveAs::Picture));
        on_keep_records => Input::Inspect(Inspect::KeepRecords);
    }
    let of = face.clone();
    to.on_work_done(move || of.take_work());
    let of = face.clone();
    to.on_fit(move |which, columns| {
        if let Ok(columns) = usize::try_from(columns) {
            of.look().fit(which, columns);
        }
    });
    let of = face.clone();
    to.on_part_of(move |leaf| present::field(of.look().shown.borrow().as_ref(), leaf));
    let of = face.clone();
    to.on_toggle(move |place| of.handle(Input::Inspect(Inspect::Toggle(of.position_at(place)))));
    let of = face.clone();
    to.on_follow(move |place| {
        if let Some(position) = of.position_at(place) {
            of.handle(Input::Inspect(Inspect::Follow(position)));
        }
    });
    pages(&to, face);
    message(&to, face);
    lab(&to, face);
}

fn pages(to: &ui::Inspector<'_>, face: &Rc<Face>) {
    let of = face.clone();
    to.on_turn(move |index| {
        let page = of.inspector().and_then(|view| view.pages.get(place(index)?).copied());
        if let Some(page) = page {
            of.handle(Input::Inspect(Inspect::Page(page)));
        }
    });
    let of = face.clone();
    to.on_choose_tab(move |index| {
        of.handle(Input::Inspect(Inspect::Tab(match index {
            1 => TabName::Steps,
            2 => TabName::Lab,
            _ => TabName::Bytes,
        })));
    });
    with_place(face, Inspect::KeepFor, |on| to.on_keep_for(on));
    with_place(face, Inspect::KeepUpTo, |on| to.on_keep_up_to(on));
}

fn message(to: &ui::Inspector<'_>, face: &Rc<Face>) {
    with_place(face, Inspect::Level, |on| to.on_choose_level(on));
    with_place(face, Inspect::Into, |on| to.on_into(on));
    with_place(face, Inspect::Out, |on| to.on_go_out(on));
    with_place(face, |leaf| Inspect::Point(Some(leaf)), |on| to.on_point(on));
    let of = face.clone();
    to.on_point_next(move |by| {
        let next = of.look().next_leaf(of.pointed(), by);
        of.handle(Input::Inspect(Inspect::Point(next)));
    });
}

fn lab(to: &ui::Inspector<'_>, face: &Rc<Face>) {
    with_place(face, Inspect::Byte, |on| to.on_choose_byte(on));
    with_place(face, Inspect::Bit, |on| to.on_flip(on));
    let of = face.clone();
    to.on_step_byte(move |by| {
        let Some(PageView::Message(page)) = of.inspector().map(|view| view.content) else { return };
        let Some(bytes) = page.lab.bytes else { return };
        let step = isize::try_from(by).unwrap_or(0);
        let byte = page.lab.byte.map_or(0, |byte| byte.saturating_add_signed(step));
        of.handle(Input::Inspect(Inspect::Byte(byte.min(bytes.len().saturating_sub(1)))));
    });
    let of = face.clone();
    to.on_try(move |index| {
        let Some(PageView::Message(page)) = of.inspector().map(|view| view.content) else { return };
        if let Some(attack) = place(index).and_then(|index| page.lab.attacks.get(index)) {
            of.handle(Input::Inspect(Inspect::Try(attack.attack)));
        }
    });
}

fn with_place(face: &Rc<Face>, input: fn(usize) -> Inspect, on: impl FnOnce(Box<dyn FnMut(i32)>)) {
    let of = face.clone();
    on(Box::new(move |index| {
        if let Some(index) = place(index) {
            of.handle(Input::Inspect(input(index)));
        }
    }));
}

fn place(index: i32) -> Option<usize> {
    usize::try_from(index).ok()
}
