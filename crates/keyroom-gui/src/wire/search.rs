//! The callbacks of the search and of the preferences.

use std::rc::Rc;

use keyroom_view::{Input, Notify};
use slint::Global;

use crate::face::Face;
use crate::ui;

pub(super) fn connect(app: &ui::App, face: &Rc<Face>) {
    let to = face.clone();
    ui::Ui::get(app).on_to_search(move |everywhere| to.handle(Input::OpenSearch { everywhere }));
    let search = ui::Search::get(app);
    says! { search, face, on_submit => Input::SubmitSearch; }
    let to = face.clone();
    search.on_choose_scope(move |scope| to.handle(Input::SearchEverywhere(scope == 1)));
    let to = face.clone();
    search.on_step(move |by| to.handle(Input::StepFound(by)));
    let to = face.clone();
    search.on_pick(move |place| {
        if let Ok(place) = usize::try_from(place) {
            to.handle(Input::PickFound(place));
        }
    });
    let to = face.clone();
    ui::Preferences::get(app).on_choose(move |notify| {
        to.handle(Input::ChooseNotify(match notify {
            0 => Notify::Off,
            2 => Notify::Shown,
            _ => Notify::Hidden,
        }));
    });
}
