//! The lab, and an inspection as text.

use super::super::Word;
use super::term;

/// What is tried on a copy, and what came of it.
pub(super) const LAB: &[Word] = &[
    Word::new("unchanged", "unverändert"),
    Word::new("flip bit {}", "Bit {} kippen"),
    Word::new("wrong-key", "falscher Schlüssel"),
    Word::new("replay", "noch einmal senden"),
    Word::new("old", "alte Nachricht"),
    Word::new("removed-member", "ehemaliges Mitglied"),
    Word::new("It opens.", "Sie lässt sich öffnen."),
    Word::new("Nothing was done.", "Nichts wurde getan."),
    Word::new("The token, unchanged.", "Das Token, unverändert."),
    Word::new(
        "The same token, opened with another key.",
        "Dasselbe Token, mit einem anderen Schlüssel geöffnet.",
    ),
    Word::new(
        "Somebody who is not to read any more kept the key, and opens the token.",
        "Jemand, der nicht mehr mitlesen soll, hat den Schlüssel behalten und öffnet das Token.",
    ),
    Word::new("Bit {} is behind the end of the token.", "Bit {} liegt hinter dem Ende des Tokens."),
    Word::new("Bit {} of byte {} is the other way round.", "Bit {} von Byte {} ist umgekehrt."),
    Word::new(
        "The same token comes a second time. A room that saw the first marks it as repeated.",
        "Dasselbe Token kommt ein zweites Mal. Ein Raum, der das erste sah, kennzeichnet es als wiederholt.",
    ),
    Word::new(
        "The same token comes a second time. A room that saw the first knows it as no token.",
        "Dasselbe Token kommt ein zweites Mal. Ein Raum, der das erste sah, hält es für kein Token.",
    ),
    Word::new(
        "The token comes a year later. With an age limit of {} s it is {}.",
        "Das Token kommt ein Jahr später. Mit einem Höchstalter von {} s wird es {}.",
    ),
    Word::new("refused as too old", "als zu alt abgelehnt"),
    Word::new("refused, but for another reason", "abgelehnt, aber aus einem anderen Grund"),
    Word::new(
        "still opened: its author's clock was ahead",
        "immer noch geöffnet: Die Uhr beim Schreiben ging vor",
    ),
    Word::new(
        "It opens again. A room that saw the first marks it as repeated; one that did not takes it for new: this kind of room has no protection against replay.",
        "Es lässt sich wieder öffnen. Ein Raum, der das erste sah, kennzeichnet es als wiederholt; einer, der es nicht sah, hält es für neu: Vor wiederholtem Senden schützt diese Art von Raum nicht.",
    ),
    Word::new(
        "It opens: a room asks for no age, and the time in the token is only what its author's clock said.",
        "Es lässt sich öffnen: Ein Raum fragt nicht nach dem Alter, und die Zeit im Token ist nur, was die Uhr beim Schreiben sagte.",
    ),
    Word::new(
        "It opens, and so does every later one: whoever has the key reads all, and nobody can be removed.",
        "Es lässt sich öffnen, und jedes spätere auch: Wer den Schlüssel hat, liest alles, und niemand lässt sich entfernen.",
    ),
    Word::new("MLS message of the lab", "MLS-Nachricht des Labors"),
    Word::new(
        "Made for the lab, with the same text, suite and padding: the real message's key is gone.",
        "Für das Labor gemacht, mit demselben Text, derselben Cipher Suite und Füllung: Der Schlüssel der echten Nachricht ist weg.",
    ),
    Word::new("Ben opens the message.", "Ben öffnet die Nachricht."),
    Word::new("Bit {} is behind the end of the message.", "Bit {} liegt hinter dem Ende der Nachricht."),
    Word::new(
        "Bit {} of byte {} is the other way round, and Ben opens it.",
        "Bit {} von Byte {} ist umgekehrt, und Ben öffnet sie.",
    ),
    Word::new(
        "Zoe, who is in another room of the same name at the same epoch, tries her keys on it.",
        "Zoe, die in einem anderen Raum mit demselben Namen und in derselben Epoche ist, probiert ihre Schlüssel daran.",
    ),
    Word::new(
        "Ben has opened it. The relay delivers the same bytes again, at the next place.",
        "Ben hat sie geöffnet. Das Relay liefert dieselben Bytes noch einmal, am nächsten Platz.",
    ),
    Word::new(
        "The room's keys have changed since. Ben, who has deleted the old ones, gets the message once more.",
        "Die Schlüssel des Raums haben seitdem gewechselt. Ben, der die alten gelöscht hat, bekommt die Nachricht noch einmal.",
    ),
    Word::new(
        "Cleo was removed. She has kept all her keys, and tries them on the next message.",
        "Cleo wurde entfernt. Sie hat alle ihre Schlüssel behalten und probiert sie an der nächsten Nachricht.",
    ),
    Word::new(
        "It is no private message any more: nothing is tried.",
        "Es ist keine private Nachricht mehr: Nichts wird versucht.",
    ),
    Word::new(
        "It says that it is for another group: nothing is tried.",
        "Sie sagt, sie sei für eine andere Gruppe: Nichts wird versucht.",
    ),
    Word::new(
        "It is of an epoch whose keys this copy does not have: deleted, or never given to it.",
        "Sie ist aus einer Epoche, deren Schlüssel diese Kopie nicht hat: gelöscht oder nie bekommen.",
    ),
    Word::new(
        "The tag does not fit: another key, or a changed bit, in the open part or the encrypted one.",
        "Der Prüfwert passt nicht: ein anderer Schlüssel oder ein geändertes Bit, im offenen Teil oder im verschlüsselten.",
    ),
    Word::new(
        "The key of this message was used and deleted: there is no second time.",
        "Der Schlüssel dieser Nachricht wurde benutzt und gelöscht: Ein zweites Mal gibt es nicht.",
    ),
    Word::new(
        "There is no such key in the sender's ratchet.",
        "Einen solchen Schlüssel gibt es in der Ratsche dieses Mitglieds nicht.",
    ),
    Word::new("What was decrypted is no content.", "Was entschlüsselt wurde, ist kein Inhalt."),
    Word::new("There is no such member.", "Ein solches Mitglied gibt es nicht."),
    Word::new("Its author did not sign it.", "Das Mitglied, von dem sie sein soll, hat sie nicht signiert."),
    Word::new(
        "It says that it is our own: our own cannot be opened.",
        "Sie sagt, sie sei von uns selbst: Eigene lassen sich nicht öffnen.",
    ),
    Word::new(
        "It is authentic, and was written for another place in the log.",
        "Sie ist echt und wurde für einen anderen Platz im Protokoll geschrieben.",
    ),
    term("MLS"),
    Word::new("The MLS library refuses it.", "Die MLS-Bibliothek lehnt sie ab."),
];

/// Headings and outcomes of a text.
pub(super) const REPORT: &[Word] = &[
    Word::new("YOU SEE", "DU SIEHST"),
    Word::new("THE NETWORK SEES", "DAS NETZ SIEHT"),
    Word::new("HOW IT WAS OPENED", "WIE SIE GEÖFFNET WURDE"),
    Word::new("LAB, ON A COPY", "LABOR, AN EINER KOPIE"),
    Word::new("Legend", "Legende"),
    Word::new("{} ({} bytes)", "{} ({} Bytes)"),
    Word::new("{} ({} bytes): {}", "{} ({} Bytes): {}"),
    Word::new("… {} more bytes (--whole shows them)", "… {} weitere Bytes (--whole zeigt sie)"),
    Word::new("{}, which no calendar has", "{}, das steht in keinem Kalender"),
    Word::new("right", "richtig"),
    Word::new("right when it was opened", "beim Öffnen richtig"),
    Word::new("REFUSED: {}", "ABGELEHNT: {}"),
    Word::new("not done: {}", "nicht getan: {}"),
    Word::new("If this had been wrong: {}", "Wäre das falsch gewesen: {}"),
    Word::new("opened", "geöffnet"),
    Word::new("REFUSED by: {}", "ABGELEHNT von: {}"),
    Word::new("refused", "abgelehnt"),
];
