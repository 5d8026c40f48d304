//! A room: who could see what, how its members came in, and what each kind of room gives away.

use super::super::Word;

/// *Who could see what*.
pub(super) const SIGHT: &[Word] = &[
    Word::new("the network", "das Netz"),
    Word::new("the relay", "das Relay"),
    Word::new("members", "Mitglieder"),
    Word::new("somebody with the key", "jemand mit dem Schlüssel"),
    Word::new("a removed member", "ein entferntes Mitglied"),
    Word::new("a guest sees only “host”", "ein Gast sieht nur „Host“"),
    Word::new(
        "the host sees connections, a guest only the host",
        "der Host sieht Verbindungen, ein Gast nur den Host",
    ),
    Word::new("network addresses", "Netzadressen"),
    Word::new("to 16 bytes", "auf 16 Bytes genau"),
    Word::new("padded sizes", "aufgefüllte Größen"),
    Word::new("pseudonyms", "Pseudonyme"),
    Word::new("how many pseudonyms", "wie viele Pseudonyme"),
    Word::new("since they came", "seit sie da sind"),
    Word::new("once it has entered, visibly", "nach dem Eintreten, für alle sichtbar"),
    Word::new("what it has kept", "was es behalten hat"),
    Word::new("as they were when it was removed", "wie sie beim Entfernen waren"),
    Word::new(
        "Tokens go over plain TCP. Whoever gets the key later reads what was recorded.",
        "Tokens gehen über bloßes TCP. Wer den Schlüssel später bekommt, liest, was aufgezeichnet wurde.",
    ),
    Word::new(
        "There is no relay: the host forwards, and has the key like everybody.",
        "Es gibt kein Relay: Der Host leitet weiter und hat den Schlüssel wie alle.",
    ),
    Word::new("One key opens everything.", "Ein Schlüssel öffnet alles."),
    Word::new(
        "One key opens everything, also what was recorded before.",
        "Ein Schlüssel öffnet alles, auch was vorher aufgezeichnet wurde.",
    ),
    Word::new(
        "Nobody can be removed: who has the key, has it.",
        "Niemand lässt sich entfernen: Wer den Schlüssel hat, der hat ihn.",
    ),
    Word::new("All of it is inside {} with {}. {}", "Alles davon ist in {} mit {}. {}"),
    Word::new(
        "A quantum computer would not help who records it.",
        "Wer es aufzeichnet, dem hilft auch ein Quantencomputer nicht.",
    ),
    Word::new(
        "This connection is not safe from a later quantum computer; the messages inside are.",
        "Diese Verbindung ist vor einem späteren Quantencomputer nicht sicher; die Nachrichten darin sind es.",
    ),
    Word::new(
        "Neither this connection nor the messages inside are safe from a later quantum computer.",
        "Weder diese Verbindung noch die Nachrichten darin sind vor einem späteren Quantencomputer sicher.",
    ),
    Word::new(
        "The relay is in this program; others come by TLS 1.3 with X25519MLKEM768.",
        "Das Relay ist in diesem Programm; andere kommen über TLS 1.3 mit X25519MLKEM768.",
    ),
    Word::new(
        "All of it is inside TLS 1.3; what was agreed on is known once the room was open.",
        "Alles davon ist in TLS 1.3; was vereinbart wurde, ist bekannt, sobald der Raum offen war.",
    ),
    Word::new("No door is open: the key opens nothing.", "Keine Tür ist offen: Der Schlüssel öffnet nichts."),
    Word::new(
        "The key lets somebody knock; an admin decides.",
        "Mit dem Schlüssel kann jemand anklopfen; es entscheidet, wer den Raum betreut.",
    ),
    Word::new(
        "The key opens the room's blob, which names the members, and lets somebody in: all members see that at once.",
        "Der Schlüssel öffnet den Blob des Raums, der die Mitglieder nennt, und lässt jemanden herein: Alle Mitglieder sehen das sofort.",
    ),
    Word::new(
        "It orders and keeps what it cannot open. If it lies about the log, members find out.",
        "Es ordnet und bewahrt, was es nicht öffnen kann. Lügt es über das Protokoll, merken es die Mitglieder.",
    ),
    Word::new(
        "Each has keys for the present epoch; those of before are deleted.",
        "Jedes hat die Schlüssel der jetzigen Epoche; die früheren sind gelöscht.",
    ),
    Word::new(
        "A removal changes the keys, closes all doors and deletes the pass, in one step.",
        "Wird jemand entfernt, wechseln die Schlüssel, schließen alle Türen und verschwindet der Pass, in einem Schritt.",
    ),
    Word::new("founded the room", "hat den Raum eröffnet"),
    Word::new("came through a door", "kam durch eine Tür"),
    Word::new("was let in by an admin", "wurde eingelassen"),
];

/// Both kinds of room side by side.
pub(super) const SIDES: &[Word] = &[
    Word::new("How long is it on the wire?", "Wie lang ist die Nachricht auf der Leitung?"),
    Word::new("{} bytes for a text of {}", "{} Bytes für einen Text von {}"),
    Word::new("{} bytes, and the envelope and TLS around it", "{} Bytes, und der Umschlag und TLS darum"),
    Word::new("What does its length say of the text?", "Was sagt ihre Länge über den Text?"),
    Word::new("that it has {} to {} bytes", "dass er {} bis {} Bytes hat"),
    Word::new(
        "only which of six sizes it was padded to",
        "nur, auf welche von sechs Größen aufgefüllt wurde",
    ),
    Word::new("How many of its bytes can everybody read?", "Wie viele ihrer Bytes können alle lesen?"),
    Word::new("{} of {}", "{} von {}"),
    Word::new(
        "the relay {} of {}, the network none: TLS is around it",
        "das Relay {} von {}, das Netz keines: TLS ist darum",
    ),
    Word::new("When was it written?", "Wann wurde sie geschrieben?"),
    Word::new("to the second, in the open", "auf die Sekunde, offen lesbar"),
    Word::new(
        "the relay knows when it came; the network sees when something went by",
        "das Relay weiß, wann sie kam; das Netz sieht, wann etwas vorbeikam",
    ),
    Word::new("Who wrote it?", "Wer hat sie geschrieben?"),
    Word::new("nobody can tell, not even who opens it", "das kann niemand sagen, auch nicht, wer sie öffnet"),
    Word::new(
        "the relay sees a pseudonym; members have proof",
        "das Relay sieht ein Pseudonym; Mitglieder haben einen Beweis",
    ),
    Word::new("Who has the key later?", "Wer hat später den Schlüssel?"),
    Word::new(
        "everybody who ever had it, for all messages, past and future",
        "alle, die ihn je hatten, für alle Nachrichten, vergangene und künftige",
    ),
    Word::new(
        "nobody: the key of a message is deleted when it was opened",
        "niemand: Der Schlüssel einer Nachricht wird nach dem Öffnen gelöscht",
    ),
    Word::new("Can it be played again?", "Lässt sie sich noch einmal senden?"),
    Word::new("yes; a room that saw it marks it", "ja; ein Raum, der sie schon sah, kennzeichnet sie"),
    Word::new(
        "no: its key is gone, and its place is signed",
        "nein: Ihr Schlüssel ist weg, und ihr Platz ist signiert",
    ),
];
