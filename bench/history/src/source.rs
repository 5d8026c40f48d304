//! Messages that look like people's: words of a made-up language, few of which are used often.

use keyroom_history::{DbError, EntryBody, NewEntry, RoomRecord, Secret32, Stage, State, Trust, Tx};
use keyroom_types::{IdentityKey, MessageId, RoomId, Seq, Timestamp};

/// Draws rooms, authors and words.
#[derive(Debug)]
pub struct Source {
    state: u64,
    rooms: u8,
    drawn: u64,
}

impl Source {
    /// The same messages each time, in so many rooms.
    pub fn new(rooms: u8) -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15, rooms, drawn: 0 }
    }

    /// Puts the rooms of [`room`] into a profile.
    ///
    /// # Errors
    /// The database's.
    pub fn enter_rooms(&self, tx: &Tx<'_>) -> Result<(), DbError> {
        (0..self.rooms).try_for_each(|number| tx.put_room(&record(number)))
    }

    /// The next message, and which of the rooms it is in.
    pub fn message(&mut self) -> (u8, NewEntry) {
        self.drawn += 1;
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.number().to_be_bytes());
        id[8..].copy_from_slice(&self.number().to_be_bytes());
        let text = self.text();
        let author = u8::try_from(self.below(20)).unwrap_or_default();
        let room = u8::try_from(self.below(u64::from(self.rooms))).unwrap_or_default();
        let body = EntryBody::Message {
            author: IdentityKey::from_bytes([author; 32]),
            name: format!("person {author}"),
            id: MessageId::from_bytes(id),
            text: Some(text),
            reply: None,
            edited: false,
            state: State::Received,
        };
        let at = Timestamp::from_millis(1_700_000_000_000 + self.drawn * 700);
        (room, NewEntry { at, seq: Some(Seq::new(self.drawn)), body })
    }

    /// What somebody says: 3 to 15 words.
    pub fn text(&mut self) -> String {
        let length = 3 + self.below(13);
        (0..length).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// Zipf's law over 100,000 words: the n-th is drawn in proportion to 1/n.
    fn word(&mut self) -> String {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank"
        )]
        let rank = (1e5_f64.powf(self.below(1 << 32) as f64 / 4_294_967_296.0)) as u64;
        spelled(rank)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    fn number(&mut self) -> u64 {
        // Steele, Lea, Flood: SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The room of that number.
pub fn room(number: u8) -> RoomId {
    RoomId::from_bytes([number; 16])
}

/// Draws what is searched for.
pub type Draw = fn(&mut Source) -> String;

/// What is searched for.
pub const QUERIES: [(&str, Draw); 7] = [
    ("a word as people use them", |source| source.word()),
    ("two words", |source| format!("{} {}", source.word(), source.word())),
    ("three words", |source| format!("{} {} {}", source.word(), source.word(), source.word())),
    ("one letter", |source| source.word().chars().take(1).collect()),
    ("two letters", |source| source.word().chars().take(2).collect()),
    ("three letters", |source| source.word().chars().take(3).collect()),
    ("two rare words", |source| {
        format!("{} {}", spelled(20_000 + source.below(80_000)), spelled(20_000 + source.below(80_000)))
    }),
];

/// The word of a rank, in syllables: the commonest are short, and many begin alike.
fn spelled(rank: u64) -> String {
    const SYLLABLES: [&str; 32] = [
        "ka", "to", "mi", "re", "su", "no", "ha", "li", "en", "or", "da", "pe", "gu", "shi", "ba", "lo",
        "ti", "ma", "ro", "wa", "ne", "ku", "sa", "vi", "dor", "min", "tel", "gar", "hos", "ist", "und",
        "ver",
    ];
    let (mut rest, mut word) = (rank, String::new());
    while rest > 0 {
        word.push_str(SYLLABLES[usize::try_from(rest % 32).unwrap_or_default()]);
        rest /= 32;
    }
    word
}

fn record(number: u8) -> RoomRecord {
    RoomRecord {
        name: format!("room {number}"),
        stage: Stage::Member,
        verified: true,
        me: "me".into(),
        ..RoomRecord::new(room(number), Secret32::from_bytes([number; 32]), Trust::Name, Timestamp::default())
    }
}
