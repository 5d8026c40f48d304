//! Links in messages: asked about before anything is opened (attack matrix row 25).

use keyroom_client::Position;

use super::{App, Asked, Place};
use crate::effect::{Effect, Focus};
use crate::input::Field;
use crate::markup::Target;
use crate::screen::Question;
use crate::secret::FieldText;
use crate::words;

impl App {
    /// Asks about a link of a message in sight.
    pub(super) fn open_link(&mut self, of: Position, link: usize) {
        let Some(link) = self.timeline.as_ref().and_then(|timeline| timeline.link(of, link)) else { return };
        self.menu = None;
        self.link = Some(link.target);
        self.question = Some(Asked::OpenLink);
        self.changes.shell = true;
        self.changes.screen = true;
        self.effects.push(Effect::Focus(Focus::First));
    }

    pub(super) fn menu_link(&mut self, link: usize) {
        if let Some(of) = self.menu {
            self.open_link(of, link);
        }
    }

    /// The links of a message, as its menu offers them.
    pub(super) fn links_of(&self, of: Position) -> Vec<String> {
        let Some(timeline) = &self.timeline else { return Vec::new() };
        let links = (0..MOST_LINKS).map_while(|place| timeline.link(of, place));
        links.map(|link| words::link_line(&link)).collect()
    }

    /// The question about the link, with all of where it leads.
    pub(super) fn link_question(&self) -> Question {
        let ((title, text), confirm, other) = match &self.link {
            Some(Target::Invite(invite)) => {
                let places = keyroom_types::Invite::parse(invite).map(|invite| {
                    let places = invite.addresses().iter().map(ToString::to_string);
                    places.collect::<Vec<_>>().join(", ")
                });
                let asked = words::invite_question(&places.unwrap_or_default());
                (asked, words::JOIN_WITH_IT.text(), words::COPY.text())
            }
            Some(Target::Web(address)) => (
                words::open_question(address.host(), address.as_str()),
                words::OPEN_IN_BROWSER.text(),
                words::COPY_ADDRESS.text(),
            ),
            None => Default::default(),
        };
        Question {
            title,
            text,
            confirm: confirm.to_owned(),
            cancel: words::CANCEL.to_owned(),
            other: other.to_owned(),
        }
    }

    /// The person wants it opened.
    pub(super) fn link_confirmed(&mut self) {
        match self.link.take() {
            Some(Target::Web(address)) => {
                self.effects.push(Effect::OpenLink(address));
                self.effects.push(Effect::Focus(Focus::Composer));
            }
            Some(Target::Invite(invite)) => {
                self.open_join();
                self.join_form.edit(Field::Key, invite);
                self.changes.screen = true;
            }
            None => {}
        }
    }

    /// The third button of a question about a link: it is copied.
    pub(super) fn copy_link_instead(&mut self) {
        self.question = None;
        self.changes.shell = true;
        match self.link.take() {
            Some(Target::Web(address)) => {
                self.effects
                    .push(Effect::Copy { text: FieldText::from(address.as_str()), clear_after: None });
            }
            Some(Target::Invite(invite)) => {
                self.effects.push(Effect::Copy { text: invite, clear_after: Some(super::act::CLIPBOARD) });
            }
            None => {}
        }
        if matches!(self.place, Place::Room(_)) {
            self.effects.push(Effect::Focus(Focus::Composer));
        }
    }
}

/// Links that a menu offers; the others are clicked where they stand.
const MOST_LINKS: usize = 4;
