//! Words of sealed rooms: what they are, how one gets in, what can go wrong with their relay.

use keyroom_client::relay_link::{CertificateFault, ConnectError};
use keyroom_client::{CloseReason, Code, Knock, Lost, SpokenCode};
use keyroom_types::text;

use super::{Word, count, grouped, listen_fault, pick, refusal, say};
use crate::screen::Tone;

/// Kind of room.
pub const SEALED: Word = Word::new("sealed", "versiegelt");
/// What that kind means, for a tip.
pub const SEALED_TIP: Word = Word::new(
    "The key only lets people in. Every message has a key of its own and shows who wrote it; whoever is taken out reads nothing more.",
    "Der Schlüssel lässt nur herein. Jede Nachricht hat ihren eigenen Schlüssel und zeigt, wer sie schrieb; wer entfernt wird, liest nichts mehr.",
);
/// Both forms: which kind of room.
pub const KIND: Word = Word::new("Kind of room", "Art des Raums");
/// Both forms: a sealed room.
pub const KIND_SEALED: (Word, Word) = (
    Word::new("Sealed", "Versiegelt"),
    Word::new(
        "The key only lets people in: who gets it later cannot read what was said before, and every message shows who wrote it.",
        "Der Schlüssel lässt nur herein: Wer ihn später bekommt, kann nicht lesen, was vorher gesagt wurde, und jede Nachricht zeigt, wer sie schrieb.",
    ),
);
/// Both forms: a Fernet room.
pub const KIND_FERNET: (Word, Word) = (
    Word::new("Fernet", "Fernet"),
    Word::new(
        "One key for everything, which small Python programs understand: who ever gets it can read all of it.",
        "Ein Schlüssel für alles, den kleine Python-Programme verstehen: Wer ihn je bekommt, kann alles lesen.",
    ),
);
/// Host: what the room's name is for.
pub const ROOM_NAME_SEEN: Word = Word::new("Everybody in the room sees it.", "Alle im Raum sehen ihn.");
/// Both forms: what your name is for.
pub const YOUR_NAME_SEEN: Word = Word::new("Everybody in the room sees it.", "Alle im Raum sehen ihn.");
/// The room wants to be asked.
pub fn waiting_to_be_let_in(code: &SpokenCode) -> String {
    say!(
        "You asked to be let in. Somebody who looks after the room has to answer; your code is {code}, which they see, too.",
        "Du bittest um Einlass. Jemand, der den Raum betreut, muss antworten; dein Code ist {code}, und dort ist er auch zu sehen."
    )
}

/// Who asks to be let in.
pub fn knocks(first: &Knock, others: usize) -> String {
    let name = text::one_line(first.name.as_str());
    let who = match others {
        0 => say!("{name} asks", "{name} bittet"),
        1 => say!("{name} and 1 other ask", "{name} und 1 weitere Person bitten"),
        more => say!("{name} and {more} others ask", "{name} und {more} weitere bitten"),
    };
    say!(
        "{who} to be let in. The code of {name} is {}: compare it with them.",
        "{who} um Einlass. Der Code von {name} ist {}: Vergleicht ihn miteinander.",
        first.code
    )
}

/// Host: the switch of a sealed room.
pub const ANNOUNCE_BY_KEY: Word =
    Word::new("Let people nearby find the room by its key", "In der Nähe mit dem Schlüssel zu finden");
/// Host: that switch, on.
pub const ANNOUNCE_BY_KEY_ON: Word = Word::new(
    "Only who has the key can tell that the room is open here. The key is all they need.",
    "Nur wer den Schlüssel hat, erkennt, dass der Raum hier offen ist. Mehr als den Schlüssel braucht man nicht.",
);
/// Where nothing is kept on disk.
pub const NOTHING_KEPT: Word = Word::new(
    "Nothing is kept on disk: what is said here is gone when this window is closed.",
    "Auf der Festplatte bleibt nichts: Was hier gesagt wird, ist weg, wenn dieses Fenster geschlossen wird.",
);
/// Join: an empty address.
pub const ADDRESS_BY_KEY: Word = Word::new(
    "Leave it empty to find the room on this network by its key.",
    "Lass das Feld leer, um den Raum in diesem Netz mit dem Schlüssel zu finden.",
);
/// Join: what an empty address of the field shows.
pub const ADDRESS_BY_KEY_PLACEHOLDER: Word = Word::new("found by the key", "mit dem Schlüssel gefunden");
/// Join: a link to a sealed room was read.
pub const SEALED_LINK_READ: Word = Word::new(
    "Address and key were taken from the link to a sealed room.",
    "Adresse und Schlüssel wurden aus dem Link zu einem versiegelten Raum übernommen.",
);
/// A room that is looked for by its key, until it says its name.
pub const ROOM_WITH_THIS_KEY: Word = Word::new("Room with this key", "Raum mit diesem Schlüssel");
/// The header's chip of a room that was entered with a bare key.
pub const NOT_VERIFIED: Word = Word::new("not verified", "nicht geprüft");
/// What that means.
pub const NOT_VERIFIED_TIP: Word = Word::new(
    "You came in with the key alone. Nothing has proved yet that this is the room that you mean: a whole link does.",
    "Du bist nur mit dem Schlüssel hereingekommen. Noch beweist nichts, dass es der Raum ist, den du meinst: Ein ganzer Link tut das.",
);

/// State in a word.
pub const ENTERING: Word = Word::new("entering", "tritt ein");
/// State in a word.
pub const CATCHING_UP: Word = Word::new("catching up", "holt auf");
/// State in a word.
pub const WAITING_FOR_ROOM: Word = Word::new("waiting for the room", "wartet auf den Raum");
/// State in a word.
pub const WAITING_TO_BE_LET_IN: Word = Word::new("waiting to be let in", "wartet auf Einlass");
/// State in a word.
pub const ONLINE: Word = Word::new("online", "online");
/// State in a word.
pub const STOPPED: Word = Word::new("stopped", "angehalten");
/// Before a room was found by its key.
pub const LOOKING_BY_KEY: Word = Word::new(
    "Looking on this network for the room with this key …",
    "Suche in diesem Netz den Raum mit diesem Schlüssel …",
);
/// Entering: getting what a newcomer must know.
pub const READING: Word = Word::new(
    "The key fits. Reading what is needed to come in …",
    "Der Schlüssel passt. Lese, was zum Eintreten nötig ist …",
);
/// Entering: on the way in.
pub const JOINING: Word = Word::new("Coming in …", "Du trittst ein …");
/// In, as far as the relay says.
pub const WAITING_FOR_ROOM_LINE: Word = Word::new(
    "You are in, says the room's relay. Waiting for the room: until somebody in it is heard, only the relay says so.",
    "Du bist drin, sagt das Relay des Raums. Warte auf den Raum: Bis jemand darin zu hören ist, sagt das nur das Relay.",
);
/// A lost connection: the next step.
pub const LINK_LOST_NEXT: Word = Word::new(
    "What you write is sent then. Is this computer still on the network?",
    "Was du schreibst, wird danach gesendet. Ist dieser Computer noch im Netz?",
);
/// An empty timeline of a sealed room.
pub const EMPTY_SEALED_GUEST: Word = Word::new(
    "You are in. What is said from now on stands here.",
    "Du bist drin. Was von jetzt an gesagt wird, steht hier.",
);
/// The composer before the room is entered.
pub const NOT_IN_YET: Word =
    Word::new("You can write as soon as you are in.", "Du kannst schreiben, sobald du drin bist.");
/// The composer of a room that stands still.
pub const STANDS_STILL: Word =
    Word::new("Nothing is sent in this room now.", "Hier wird jetzt nichts gesendet.");
/// People: a member.
pub const MEMBER: Word = Word::new("member", "Mitglied");
/// People: what is known of them.
pub const PEOPLE_SEALED_NOTE: Word = Word::new(
    "People choose their names themselves. What each of them writes is signed, so nobody here can write for another.",
    "Alle wählen ihren Namen selbst. Was sie schreiben, ist unterschrieben, darum kann hier niemand für andere schreiben.",
);
/// What a sealed room's key gives away.
pub const SEALED_KEY_WARNING: Word = Word::new(
    "Who has this key can come in and read what is said from then on. Show it only to people you want here.",
    "Wer diesen Schlüssel hat, kann hereinkommen und lesen, was von da an gesagt wird. Zeig ihn nur denen, die du hier haben willst.",
);
/// How others find a sealed room.
pub const FOUND_BY_KEY: Word = Word::new(
    "People nearby find the room by the key alone.",
    "Wer in der Nähe ist, findet den Raum allein mit dem Schlüssel.",
);
/// How others find a sealed room that is not shown.
pub const NOT_FOUND_BY_KEY: Word = Word::new(
    "The room is not found by the key alone: give people the link.",
    "Der Raum ist nicht allein mit dem Schlüssel zu finden: Gib den Link weiter.",
);
/// A key that is over.
const KEY_EXPIRED: Word = Word::new("This key's time is over.", "Die Zeit dieses Schlüssels ist um.");
/// A key that is used up.
const KEY_USED_UP: Word = Word::new(
    "This key let in as many people as it may.",
    "Dieser Schlüssel hat so viele hereingelassen, wie er darf.",
);

/// How long an invite holds.
pub fn link_holds(days: u64) -> String {
    say!(
        "The link can be used for {}.",
        "Der Link gilt noch {}.",
        count(days.max(1), pick!("day", "Tag"), pick!("days", "Tage"))
    )
}

/// Entering: others are first.
pub fn queue(ahead: u32) -> String {
    match ahead {
        0 => say!("The key fits. It is your turn to come in …", "Der Schlüssel passt. Du bist dran …"),
        1 => say!(
            "The key fits. 1 other comes in before you …",
            "Der Schlüssel passt. 1 Person ist vor dir dran …"
        ),
        _ => {
            say!(
                "The key fits. {} others come in before you …",
                "Der Schlüssel passt. {} Personen sind vor dir dran …",
                grouped(ahead.into())
            )
        }
    }
}

/// Reading what was said meanwhile.
pub fn catching_up(at: u64, of: u64) -> String {
    say!(
        "Catching up with what was said meanwhile: {} of {} …",
        "Hole auf, was inzwischen gesagt wurde: {} von {} …",
        grouped(at.min(of)),
        grouped(of)
    )
}

/// Why the link to the relay is gone.
pub fn link_lost(why: &Lost) -> String {
    match why {
        Lost::TimedOut => say!(
            "The room's relay did not answer in time.",
            "Das Relay des Raums hat nicht rechtzeitig geantwortet."
        ),
        Lost::Silent => {
            say!("The room's relay fell silent.", "Das Relay des Raums ist verstummt.")
        }
        Lost::Relay(code) => {
            say!(
                "The room's relay ended the connection: {}.",
                "Das Relay des Raums hat die Verbindung beendet: {}.",
                refusal(*code)
            )
        }
        Lost::Fault(_) => say!(
            "What the room's relay sent was not as it must be.",
            "Was das Relay des Raums sandte, war nicht, wie es sein muss."
        ),
        _ => {
            say!("The connection to the room's relay is gone.", "Die Verbindung zum Relay des Raums ist weg.")
        }
    }
}

/// Whether somebody else than the room's relay may stand there.
pub fn is_distrust(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::PinMismatch { .. }
            | ConnectError::BadSignature
            | ConnectError::NotTls13
            | ConnectError::ClassicalOnly
            | ConnectError::Certificate(_)
    )
}

/// Why no connection to the relay was made, the next step, and how that is meant. Nothing leads past a relay that is
/// not the right one.
pub fn trouble(error: &ConnectError) -> (String, &'static str, Tone) {
    let ask = pick!(
        "Nothing was sent to it. Ask for a new link in another way, and do not use this network until you know why.",
        "Dorthin wurde nichts gesendet. Bitte auf anderem Weg um einen neuen Link, und benutz dieses Netz nicht, bis du weißt, warum."
    );
    match error {
        ConnectError::Unreachable(reason) => {
            let what = match reason {
                keyroom_client::LostReason::Refused => pick!(
                    "Nobody answers at the room's address.",
                    "An der Adresse des Raums antwortet niemand."
                ),
                keyroom_client::LostReason::UnknownName => pick!(
                    "The name in the room's address is not known on this network.",
                    "Der Name in der Adresse des Raums ist in diesem Netz nicht bekannt."
                ),
                keyroom_client::LostReason::TimedOut => pick!(
                    "Nothing answers at the room's address.",
                    "An der Adresse des Raums antwortet nichts."
                ),
                _ => pick!(
                    "The room's address cannot be reached from this network.",
                    "Die Adresse des Raums ist von diesem Netz aus nicht zu erreichen."
                ),
            };
            let next = match reason {
                keyroom_client::LostReason::Refused => pick!(
                    "Is the host's window open? Compare the address with the one it shows.",
                    "Ist das Fenster des Hosts offen? Vergleich die Adresse mit der, die dort steht."
                ),
                keyroom_client::LostReason::UnknownName => pick!(
                    "Compare the name with the host's window, or use the address in numbers.",
                    "Vergleich den Namen mit dem Fenster des Hosts, oder nimm die Adresse in Zahlen."
                ),
                keyroom_client::LostReason::TimedOut => {
                    pick!(
                        "Is the host's window open? Are both computers on the same Wi-Fi? A firewall may be in the way.",
                        "Ist das Fenster des Hosts offen? Sind beide Computer im selben WLAN? Vielleicht ist eine Firewall im Weg."
                    )
                }
                _ => pick!(
                    "Is this computer online? Are both computers on the same Wi-Fi?",
                    "Ist dieser Computer online? Sind beide Computer im selben WLAN?"
                ),
            };
            (what.to_owned(), next, Tone::Warning)
        }
        ConnectError::PinMismatch { .. } => (
            say!(
                "Another computer answers at the room's address: it does not have the key of the room's relay. Somebody may stand in between, or the host started anew.",
                "An der Adresse des Raums antwortet ein anderer Computer: Er hat nicht den Schlüssel vom Relay des Raums. Vielleicht steht jemand dazwischen, oder der Raum wurde neu aufgesetzt."
            ),
            ask,
            Tone::Alarm,
        ),
        ConnectError::BadSignature => (
            say!(
                "What answers at the room's address cannot prove that it is the room's relay.",
                "Was an der Adresse des Raums antwortet, kann nicht beweisen, dass es das Relay des Raums ist."
            ),
            ask,
            Tone::Alarm,
        ),
        ConnectError::NotTls13 => (
            say!(
                "What answers at the room's address encrypts in an old way (not TLS 1.3), which the room's relay never does.",
                "Was an der Adresse des Raums antwortet, verschlüsselt auf alte Art (nicht TLS 1.3); das Relay des Raums tut das nie."
            ),
            ask,
            Tone::Alarm,
        ),
        ConnectError::ClassicalOnly => (
            say!(
                "What answers at the room's address encrypts less than the room's relay must: recorded today, it could be read one day.",
                "Was an der Adresse des Raums antwortet, verschlüsselt schwächer, als das Relay des Raums muss: Heute aufgezeichnet, wäre es eines Tages zu lesen."
            ),
            ask,
            Tone::Alarm,
        ),
        ConnectError::Certificate(fault) => (
            say!(
                "The certificate of the room's relay is not accepted: {}.",
                "Das Zertifikat vom Relay des Raums wird nicht angenommen: {}.",
                certificate(*fault)
            ),
            ask,
            Tone::Alarm,
        ),
        ConnectError::NotARelay { .. } => (
            say!(
                "What answers at this address is not a sealed room.",
                "Was an dieser Adresse antwortet, ist kein versiegelter Raum."
            ),
            pick!(
                "Compare the address with the host's window. Is it a Fernet room?",
                "Vergleich die Adresse mit dem Fenster des Hosts. Ist es ein Fernet-Raum?"
            ),
            Tone::Warning,
        ),
        ConnectError::TimedOut => (
            say!(
                "The room's relay does not answer in time.",
                "Das Relay des Raums antwortet nicht rechtzeitig."
            ),
            pick!(
                "Is the host's computer awake and on the network?",
                "Ist der Computer des Hosts wach und im Netz?"
            ),
            Tone::Warning,
        ),
        ConnectError::Unavailable => (
            say!("The room's relay takes nobody now.", "Das Relay des Raums nimmt gerade niemanden an."),
            pick!("Wait a moment.", "Warte einen Moment."),
            Tone::Warning,
        ),
        _ => (
            say!(
                "The connection to the room's relay broke while it was being made.",
                "Die Verbindung zum Relay des Raums riss ab, während sie aufgebaut wurde."
            ),
            pick!(
                "Is this computer still on the network? Then the relay may be too busy: wait a moment.",
                "Ist dieser Computer noch im Netz? Dann hat das Relay vielleicht zu viel zu tun: Warte einen Moment."
            ),
            Tone::Warning,
        ),
    }
}

/// What is wrong with a certificate, as a part of a sentence.
fn certificate(fault: CertificateFault) -> &'static str {
    match fault {
        CertificateFault::Expired => pick!("it has expired", "es ist abgelaufen"),
        CertificateFault::NotYetValid => pick!(
            "it is not valid yet; is the clock of this computer right",
            "es gilt noch nicht; geht die Uhr dieses Computers richtig"
        ),
        CertificateFault::WrongName => pick!("it is for another name", "es gilt für einen anderen Namen"),
        CertificateFault::UnknownIssuer => pick!(
            "nobody whom this computer trusts vouches for it",
            "niemand, dem dieser Computer vertraut, bürgt dafür"
        ),
        CertificateFault::Revoked => pick!("it was revoked", "es wurde widerrufen"),
        _ => pick!("it is not well made", "es ist nicht richtig gemacht"),
    }
}

/// Why a sealed room is over for this person, where it is known who did that.
pub fn taken_out_by(by: &str) -> String {
    say!(
        "{by} took you out of this room. What is said from now on is not for you.",
        "{by} hat dich aus diesem Raum entfernt. Was von jetzt an gesagt wird, ist nicht für dich."
    )
}

/// Why a sealed room is over, the next step, and how that is meant.
pub fn sealed_closed(reason: &CloseReason, hosted: bool) -> (String, &'static str, Tone) {
    let warning = |text: &str, next| (text.to_owned(), next, Tone::Warning);
    let new_link =
        pick!("Ask somebody in the room for a new link.", "Bitte jemanden im Raum um einen neuen Link.");
    match reason {
        CloseReason::Left if hosted => {
            warning(pick!("You closed this room.", "Du hast diesen Raum geschlossen."), "")
        }
        CloseReason::Left => warning(pick!("You left this room.", "Du hast diesen Raum verlassen."), ""),
        CloseReason::CannotListen(fault) => (listen_fault(*fault), "", Tone::Warning),
        CloseReason::NoRandomness => warning(super::NO_RANDOMNESS.text(), ""),
        CloseReason::NoRelay(why) => (
            say!(
                "The room could not be opened: {why}.",
                "Der Raum ließ sich nicht öffnen. Das System meldet: {why}."
            ),
            pick!("Try another port.", "Versuch einen anderen Port."),
            Tone::Warning,
        ),
        CloseReason::NotTrusted(error) => trouble(error),
        CloseReason::WrongKey => warning(
            pick!("This key does not open the room.", "Dieser Schlüssel öffnet den Raum nicht."),
            pick!(
                "Compare it with the window of the person who gave it to you.",
                "Vergleich ihn mit dem Fenster der Person, die ihn dir gab."
            ),
        ),
        CloseReason::Refused(code) => match code {
            Code::NoDoor => warning(
                pick!(
                    "This key opens nothing there: it is wrong, or it was replaced.",
                    "Dieser Schlüssel öffnet dort nichts: Er ist falsch oder wurde ersetzt."
                ),
                pick!(
                    "Compare it with the host's window, or ask for a new one.",
                    "Vergleich ihn mit dem Fenster des Hosts, oder bitte um einen neuen."
                ),
            ),
            Code::DoorExpired => warning(KEY_EXPIRED.text(), new_link),
            Code::DoorUsedUp => warning(KEY_USED_UP.text(), new_link),
            Code::NoRoom => warning(
                pick!(
                    "There is no such room there: it ended, or the key is another room's.",
                    "Diesen Raum gibt es dort nicht: Er ist zu Ende, oder der Schlüssel gehört zu einem anderen."
                ),
                pick!(
                    "Compare key and address with the host's window.",
                    "Vergleich Schlüssel und Adresse mit dem Fenster des Hosts."
                ),
            ),
            other => (
                say!("You were not let in: {}.", "Du wurdest nicht hereingelassen: {}.", refusal(*other)),
                pick!("Try again later.", "Versuch es später noch einmal."),
                Tone::Warning,
            ),
        },
        CloseReason::InviteExpired => warning(
            pick!(
                "This link can no longer be used: its time is over.",
                "Dieser Link gilt nicht mehr: Seine Zeit ist um."
            ),
            new_link,
        ),
        CloseReason::NotFoundNearby => warning(
            pick!(
                "No room with this key was found on this network.",
                "In diesem Netz wurde kein Raum mit diesem Schlüssel gefunden."
            ),
            pick!(
                "Is the host's window open, on the same Wi-Fi? Or use the whole link, or the address too.",
                "Ist das Fenster des Hosts offen, im selben WLAN? Oder nimm den ganzen Link, oder die Adresse dazu."
            ),
        ),
        CloseReason::NoBlob => warning(
            pick!(
                "There is no way into this room by the key alone now.",
                "Allein mit dem Schlüssel führt jetzt kein Weg in diesen Raum."
            ),
            pick!(
                "Try again, or ask somebody in the room.",
                "Versuch es noch einmal, oder frag jemanden im Raum."
            ),
        ),
        CloseReason::Declined => warning(
            pick!(
                "You asked to be let in, and were turned away, or nobody answered for a week.",
                "Du hast um Einlass gebeten und wurdest abgewiesen, oder eine Woche lang hat niemand geantwortet."
            ),
            pick!(
                "Ask somebody in the room, then try again.",
                "Frag jemanden im Raum, dann versuch es noch einmal."
            ),
        ),
        CloseReason::InviterGone => (
            say!(
                "Whoever made this link is not in the room: it may be false, or old. You did not come in.",
                "Wer diesen Link gemacht hat, ist nicht im Raum: Er kann falsch sein oder alt. Du bist nicht eingetreten."
            ),
            new_link,
            Tone::Alarm,
        ),
        CloseReason::OtherRelay => (
            say!(
                "This is not the relay that the people of the room use: somebody may stand in between. You did not come in.",
                "Das ist nicht das Relay, das die Leute im Raum benutzen: Vielleicht steht jemand dazwischen. Du bist nicht eingetreten."
            ),
            pick!("Ask for a whole link, in another way.", "Bitte auf anderem Weg um einen ganzen Link."),
            Tone::Alarm,
        ),
        CloseReason::CannotJoin => warning(
            pick!(
                "The room changes too often to come in now.",
                "Der Raum ändert sich zu oft, um jetzt einzutreten."
            ),
            pick!("Try again.", "Versuch es noch einmal."),
        ),
        CloseReason::NotJoined => warning(
            pick!("The connection ended before you were in.", "Die Verbindung endete, bevor du drin warst."),
            pick!(
                "Enter again with the same link or key.",
                "Tritt mit demselben Link oder Schlüssel noch einmal ein."
            ),
        ),
        CloseReason::Removed => warning(
            pick!(
                "You were taken out of this room. What is said from now on is not for you.",
                "Du wurdest aus diesem Raum entfernt. Was von jetzt an gesagt wird, ist nicht für dich."
            ),
            pick!(
                "To come in again you need a new link from somebody in the room.",
                "Um wieder hereinzukommen, brauchst du einen neuen Link von jemandem im Raum."
            ),
        ),
        CloseReason::PassRefused => warning(
            pick!(
                "The room's relay does not let you in any more: you were taken out, or it keeps the room from you.",
                "Das Relay des Raums lässt dich nicht mehr herein: Du wurdest entfernt, oder es enthält dir den Raum vor."
            ),
            pick!("Ask somebody in the room in another way.", "Frag jemanden im Raum auf anderem Weg."),
        ),
        CloseReason::Ended => warning(
            pick!(
                "This room ended: its relay no longer has it.",
                "Dieser Raum ist zu Ende: Sein Relay hat ihn nicht mehr."
            ),
            pick!(
                "What you have of it stays here until you delete it. To go on, open a new room.",
                "Was du davon hast, bleibt hier, bis du es löschst. Um weiterzumachen, eröffne einen neuen Raum."
            ),
        ),
        CloseReason::Replaced => warning(
            pick!(
                "This room was opened in another window with the same profile.",
                "Dieser Raum wurde mit demselben Profil in einem anderen Fenster geöffnet."
            ),
            pick!("Go on there, or enter again here.", "Mach dort weiter, oder tritt hier wieder ein."),
        ),
        CloseReason::Version => warning(
            pick!(
                "The room's relay is too old or too new for this Keyroom.",
                "Das Relay des Raums ist zu alt oder zu neu für dieses Keyroom."
            ),
            pick!(
                "Get the newest Keyroom on both sides.",
                "Holt euch auf beiden Seiten das neueste Keyroom."
            ),
        ),
        CloseReason::Alarm(alarm) => (super::alarm(*alarm, None), "", Tone::Alarm),
        CloseReason::Profile(why) => (
            say!(
                "What belongs to this room could not be kept: {why}.",
                "Was zu diesem Raum gehört, ließ sich nicht sichern. Das System meldet: {why}."
            ),
            pick!("Is the disk full? Start Keyroom again.", "Ist die Festplatte voll? Starte Keyroom neu."),
            Tone::Alarm,
        ),
        _ => warning(pick!("This room is closed.", "Dieser Raum ist geschlossen."), ""),
    }
}
