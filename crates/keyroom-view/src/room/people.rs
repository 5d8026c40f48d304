//! Who is or was in a room, for names beside what was said.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

use keyroom_client::{PeerId, Person};
use keyroom_types::text;

use crate::avatar::Avatar;
use crate::markup::Names;
use crate::words;

/// Everybody of one room, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    list: Vec<Person>,
    places: HashMap<PeerId, usize>,
    /// This person, where the room counts it among its people.
    myself: Option<PeerId>,
    /// What this person is called.
    me: String,
    /// What stands behind names that do not tell who it is.
    suffixes: HashMap<PeerId, String>,
    /// Whose messages are folded here.
    muted: BTreeSet<PeerId>,
    /// Whom a text can name, made when it is asked for.
    names: OnceCell<Names>,
}

impl People {
    /// Nobody yet but this person, who is called `me`.
    pub(crate) fn with(myself: Option<PeerId>, me: &str) -> Self {
        Self { myself, me: me.to_owned(), ..Self::default() }
    }

    /// Takes what is known of a person now. Tells whether a name changed that rows show.
    pub(crate) fn set(&mut self, person: Person) -> bool {
        self.names.take();
        match self.places.get(&person.peer).and_then(|&place| self.list.get_mut(place)) {
            Some(known) => {
                let renamed = known.label != person.label;
                *known = person;
                renamed
            }
            None => {
                self.places.insert(person.peer, self.list.len());
                self.list.push(person);
                true
            }
        }
    }

    /// All but this person itself.
    pub(crate) fn others(&self) -> impl DoubleEndedIterator<Item = &Person> {
        self.list.iter().filter(|person| Some(person.peer) != self.myself)
    }

    /// Whether that is this person itself.
    pub(crate) fn is_me(&self, peer: PeerId) -> bool {
        self.myself == Some(peer)
    }

    /// One of them.
    pub(crate) fn get(&self, peer: PeerId) -> Option<&Person> {
        self.places.get(&peer).and_then(|&place| self.list.get(place))
    }

    /// How many others are here.
    pub(crate) fn here(&self) -> u64 {
        self.others().filter(|person| person.here).count() as u64
    }

    /// A person's name, safe to show.
    pub(crate) fn name(&self, peer: PeerId) -> String {
        match self.get(peer) {
            Some(person) => {
                let name = text::one_line(person.label.as_str());
                // In a sealed room names are chosen: nobody's is put into another language.
                let name =
                    words::name_by_engine(&name).filter(|_| self.myself.is_none()).map_or(name, Into::into);
                match self.suffixes.get(&peer) {
                    Some(suffix) => format!("{name} ({suffix})"),
                    None => name.into_owned(),
                }
            }
            None => words::SOMEBODY.to_owned(),
        }
    }

    /// Names that do not tell who it is have the beginning of the code behind them from now on (attack matrix row 22). Tells
    /// whether that changed a name.
    pub(crate) fn tell_apart(&mut self, suffixes: HashMap<PeerId, String>) -> bool {
        let changed = self.suffixes != suffixes;
        self.suffixes = suffixes;
        self.names.take();
        changed
    }

    /// Whom a text can name: who is here, and this person. A name that does not tell who it is names all who have it, and with
    /// the beginning of the code behind it one of them.
    pub(crate) fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let me = |peer| Some(peer) == self.myself;
            let here = self.list.iter().filter(|person| person.here || me(person.peer));
            let named = here.flat_map(|person| {
                let (name, me) = (text::one_line(person.label.as_str()).into_owned(), me(person.peer));
                let clear = self.suffixes.get(&person.peer).map(|suffix| (format!("{name} ({suffix})"), me));
                clear.into_iter().chain([(name, me)])
            });
            Names::of(named.chain([(self.me.clone(), true)]))
        })
    }

    /// The names of the others who are here, as they are shown, that begin like this.
    pub(crate) fn completing(&self, start: &str, at_most: usize) -> Vec<String> {
        let start = start.to_lowercase();
        let here = self.others().filter(|person| person.here).map(|person| self.name(person.peer));
        here.filter(|name| name.to_lowercase().starts_with(&start)).take(at_most).collect()
    }

    /// Folds the messages of these people.
    pub(crate) fn mute_all(&mut self, muted: impl IntoIterator<Item = PeerId>) {
        self.muted = muted.into_iter().collect();
    }

    /// Folds the messages of a person from now on, or no longer.
    pub(crate) fn mute(&mut self, peer: PeerId, on: bool) {
        if on {
            self.muted.insert(peer)
        } else {
            self.muted.remove(&peer)
        };
    }

    /// Whether the messages of a person are folded.
    pub(crate) fn is_muted(&self, peer: PeerId) -> bool {
        self.muted.contains(&peer)
    }

    /// A person's tile. The last colour is left to this person itself.
    pub(crate) fn avatar(&self, peer: PeerId) -> Avatar {
        avatar_of(&self.name(peer), peer)
    }
}

/// The tile of somebody else.
pub(crate) fn avatar_of(name: &str, peer: PeerId) -> Avatar {
    Avatar::of(name, peer.0 % (Avatar::COLOURS as u64 - 1))
}

/// The tile of this person itself.
pub(crate) fn own_avatar(me: &str) -> Avatar {
    Avatar::of(me, Avatar::COLOURS as u64 - 1)
}
