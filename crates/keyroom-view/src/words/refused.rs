//! Words of what is wrong with a room, and of what was refused.

use keyroom_client::{Alarm, Code, WishRefusal};

use super::{SOMEBODY, pick, say};

/// What is wrong, loudly. `who` is the person who claims something, where that is the matter.
pub fn alarm(alarm: Alarm, who: Option<&str>) -> String {
    match alarm {
        Alarm::Forked => say!(
            "The room's relay showed different people different things, and signed both. Nothing is sent here any more: tell the others in another way, and open a new room elsewhere.",
            "Das Relay des Raums hat verschiedenen Leuten Verschiedenes gezeigt und beides unterschrieben. Hier wird nichts mehr gesendet: Sag es den anderen auf anderem Weg, und eröffne anderswo einen neuen Raum."
        ),
        Alarm::RolledBack => say!(
            "The room's relay lost messages that it had confirmed, or takes them back. Nothing is sent here any more: tell the others in another way.",
            "Das Relay des Raums hat Nachrichten verloren, die es bestätigt hatte, oder nimmt sie zurück. Hier wird nichts mehr gesendet: Sag es den anderen auf anderem Weg."
        ),
        Alarm::LogKey => say!(
            "The room's relay signs with another key than the link says: it is not the one that was meant. Nothing is sent here any more.",
            "Das Relay des Raums unterschreibt mit einem anderen Schlüssel, als im Link steht: Es ist nicht das, das gemeint war. Hier wird nichts mehr gesendet."
        ),
        Alarm::Claim(_) => say!(
            "{} says that the relay showed something else than it showed here. One of them is not honest: compare in another way what was said.",
            "{} sagt, dass das Relay etwas anderes gezeigt hat als hier. Eins von beiden ist nicht ehrlich: Vergleicht auf anderem Weg, was gesagt wurde.",
            who.unwrap_or(SOMEBODY.text())
        ),
        Alarm::Copied => say!(
            "Somebody used this room as you: your profile was restored from a copy, or is used twice. Nothing is sent until you enter the room again.",
            "Jemand hat diesen Raum als du benutzt: Dein Profil wurde aus einer Kopie wiederhergestellt oder wird zweimal benutzt. Es wird nichts gesendet, bis du wieder in den Raum eintrittst."
        ),
        Alarm::Unsure => say!(
            "A change of the room's keys could not be followed here. Nothing is sent until that is resolved, or you enter the room again.",
            "Einem Wechsel der Schlüssel des Raums konnte hier nicht gefolgt werden. Es wird nichts gesendet, bis das geklärt ist oder du wieder in den Raum eintrittst."
        ),
        Alarm::Astray => say!(
            "Somebody in this room led you to a place where only they are: what the others send cannot be opened here. Nothing is sent until you enter the room again.",
            "Jemand in diesem Raum hat dich an einen Ort geführt, an dem sonst niemand ist: Was die anderen senden, lässt sich hier nicht öffnen. Es wird nichts gesendet, bis du wieder in den Raum eintrittst."
        ),
        Alarm::Missing(_) => say!(
            "The room's relay leaves out a message, however often it is asked. Nothing after it can be read until it shows that one: if it does not, tell the others in another way.",
            "Das Relay des Raums lässt eine Nachricht aus, so oft es auch gefragt wird. Nichts danach lässt sich lesen, bis es sie zeigt: Wenn es das nicht tut, sag es den anderen auf anderem Weg."
        ),
        Alarm::Faulty(_) => say!(
            "The room's relay does not show the room as it must be, however often it is asked. Nothing more can be read until it does: if it does not, tell the others in another way.",
            "Das Relay des Raums zeigt den Raum nicht, wie er sein muss, so oft es auch gefragt wird. Mehr lässt sich nicht lesen, bis es das tut: Wenn nicht, sag es den anderen auf anderem Weg."
        ),
        _ => say!(
            "Something is wrong with this room that only a newer Keyroom can explain.",
            "Mit diesem Raum stimmt etwas nicht, das nur ein neueres Keyroom erklären kann."
        ),
    }
}

/// A change of the room that was not made.
pub fn wish_refused(refusal: &WishRefusal) -> &'static str {
    match refusal {
        WishRefusal::NotAdmin => {
            pick!(
                "Only who looks after the room can do that: its host, or another admin. If its key was replaced, they can show you the new one.",
                "Das kann nur, wer den Raum betreut. Wurde der Schlüssel ersetzt, kannst du dort den neuen bekommen."
            )
        }
        WishRefusal::NoMember => {
            pick!("That person is not in the room any more.", "Diese Person ist nicht mehr im Raum.")
        }
        WishRefusal::NoKnock => pick!("That person does not ask any more.", "Diese Person fragt nicht mehr."),
        WishRefusal::NotIn => pick!(
            "You are not in the room yet: its key can be shown then.",
            "Du bist noch nicht im Raum: Danach lässt sich der Schlüssel zeigen."
        ),
        _ => pick!(
            "That was not done: the room's rules or its relay do not allow it now.",
            "Das ging nicht: Die Regeln des Raums oder sein Relay erlauben es jetzt nicht."
        ),
    }
}

/// Why the relay refused something, as a part of a sentence.
pub fn refusal(code: Code) -> &'static str {
    match code {
        Code::RoomFull => pick!("the room holds as much as it may", "der Raum fasst nicht mehr"),
        Code::Passes => {
            pick!("the room has as many people as it may", "der Raum hat so viele Leute, wie er darf")
        }
        Code::Queue => {
            pick!("too many people want to come in at once", "zu viele wollen auf einmal hereinkommen")
        }
        Code::DiskFull => pick!("the relay's disk is full", "die Festplatte des Relays ist voll"),
        Code::Store | Code::Damaged => {
            pick!("the relay's disk failed", "die Festplatte des Relays hat versagt")
        }
        Code::Rate => pick!("too much in too short a time", "zu viel in zu kurzer Zeit"),
        Code::Busy | Code::Requests => {
            pick!("the relay does as much as it can", "das Relay tut, was es kann")
        }
        Code::Shutdown => pick!("it is shutting down", "es wird abgeschaltet"),
        Code::Silent => pick!("it was silent for too long", "es blieb zu lange still"),
        Code::Replaced => {
            pick!("the room is open in another window", "der Raum ist in einem anderen Fenster offen")
        }
        Code::NoPass => pick!("you are no longer in the room", "du bist nicht mehr im Raum"),
        Code::NoDoor | Code::DoorExpired | Code::DoorUsedUp => {
            pick!("the key opens nothing any more", "der Schlüssel öffnet nichts mehr")
        }
        Code::NoRoom => pick!("there is no such room any more", "diesen Raum gibt es nicht mehr"),
        Code::Closed | Code::Rooms => {
            pick!("no more rooms can be opened there", "dort lassen sich keine Räume mehr eröffnen")
        }
        Code::Binding | Code::Signature => {
            pick!("somebody may stand in between", "vielleicht steht jemand dazwischen")
        }
        Code::Version => pick!("it is too old or too new", "es ist zu alt oder zu neu"),
        _ => pick!("it did not take it", "es wurde nicht angenommen"),
    }
}
