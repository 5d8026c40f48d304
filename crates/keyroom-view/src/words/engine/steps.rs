//! How a message was opened: the steps, what they work with, and what each of them refuses.

use super::super::Word;
use super::term;

/// What a step is called and what it does, in a Fernet room.
pub(super) const FERNET: &[Word] = &[
    Word::new("no key was given", "es wurde kein Schlüssel angegeben"),
    Word::new("letters to bytes", "Buchstaben zu Bytes"),
    Word::new(
        "Turns the letters back into bytes. Anybody can do that: it needs no key.",
        "Macht aus den Buchstaben wieder Bytes. Das können alle: Es braucht keinen Schlüssel.",
    ),
    Word::new(
        "Letters are missing at the end: it is no token, and nothing more is looked at.",
        "Am Ende fehlen Buchstaben: Das ist kein Token, und mehr wird nicht angesehen.",
    ),
    Word::new(
        "the text ends inside a group of four letters",
        "der Text endet mitten in einer Gruppe von vier Buchstaben",
    ),
    Word::new("bytes of text", "Bytes des Texts"),
    Word::new("of these read", "davon gelesen"),
    Word::new("bytes of token", "Bytes des Tokens"),
    Word::new("version", "Version"),
    Word::new("Looks whether this is a format that we know.", "Prüft, ob wir dieses Format kennen."),
    Word::new(
        "It is not Fernet, and nothing more is looked at.",
        "Das ist nicht Fernet, und mehr wird nicht angesehen.",
    ),
    Word::new("first byte", "erstes Byte"),
    Word::new("the first byte is {}", "das erste Byte ist {}"),
    Word::new("there is no byte", "es gibt kein Byte"),
    Word::new("time", "Zeit"),
    Word::new(
        "Compares the time in the token with the clock, if an age is asked for.",
        "Vergleicht die Zeit im Token mit der Uhr, falls ein Höchstalter verlangt ist.",
    ),
    Word::new(
        "With an age limit an old token is refused. Without one it opens however old it is: a recording can be played again.",
        "Mit einem Höchstalter wird ein altes Token abgelehnt. Ohne lässt es sich öffnen, egal wie alt es ist: Eine Aufzeichnung lässt sich noch einmal senden.",
    ),
    Word::new("seconds since 1970", "Sekunden seit 1970"),
    Word::new("age in seconds", "Alter in Sekunden"),
    Word::new("seconds ahead of this clock", "Sekunden vor dieser Uhr"),
    Word::new("allowed age", "Höchstalter"),
    Word::new(
        "rooms allow any age, so that a wrong clock shuts nobody out",
        "Räume erlauben jedes Alter, damit eine falsch gehende Uhr niemanden ausschließt",
    ),
    Word::new("there is no whole time", "die Zeit ist nicht vollständig"),
    Word::new("it is older than allowed", "älter als erlaubt"),
    Word::new("it is from the future", "aus der Zukunft"),
    Word::new("length", "Länge"),
    Word::new(
        "Looks whether the ciphertext consists of whole blocks.",
        "Prüft, ob der Geheimtext aus ganzen Blöcken besteht.",
    ),
    Word::new(
        "A part is missing or there is too much: refused before any key is used.",
        "Ein Teil fehlt, oder es ist zu viel da: abgelehnt, bevor ein Schlüssel benutzt wird.",
    ),
    Word::new("bytes", "Bytes"),
    Word::new("blocks", "Blöcke"),
    Word::new("it is not 57 bytes and whole blocks of 16", "es sind nicht 57 Bytes und ganze Blöcke zu 16"),
    term("HMAC"),
    Word::new(
        "Computes the fingerprint of all the bytes with one half of the key, and compares it with the token's.",
        "Berechnet mit der einen Hälfte des Schlüssels den Fingerabdruck aller Bytes und vergleicht ihn mit dem im Token.",
    ),
    Word::new(
        "Another key made it, or a bit was changed on the way: refused, and nobody learns which.",
        "Ein anderer Schlüssel hat es gemacht, oder unterwegs wurde ein Bit geändert: abgelehnt, und niemand erfährt, was davon.",
    ),
    Word::new("tag in the token", "Prüfwert im Token"),
    Word::new("signing key, fingerprint", "Schlüssel zum Signieren, Fingerabdruck"),
    Word::new("there is no whole tag", "der Prüfwert ist nicht vollständig"),
    Word::new("the tag is another", "der Prüfwert ist ein anderer"),
    Word::new("decryption", "Entschlüsseln"),
    Word::new(
        "Turns the ciphertext into text with the other half of the key, each block mixed with the one before.",
        "Macht mit der anderen Hälfte des Schlüssels aus dem Geheimtext Text; jeder Block ist mit dem vorigen verrechnet.",
    ),
    Word::new(
        "It cannot be noticed here: another key would give nonsense. That is why the HMAC comes first.",
        "Hier fiele es nicht auf: Ein anderer Schlüssel ergäbe Unsinn. Darum kommt der HMAC zuerst.",
    ),
    Word::new("encryption key, fingerprint", "Schlüssel zum Verschlüsseln, Fingerabdruck"),
    term("IV"),
    Word::new("padding", "Füllung"),
    Word::new(
        "Takes the filler off the end; its last byte says how much it is.",
        "Nimmt die Füllung am Ende weg; ihr letztes Byte sagt, wie viel es ist.",
    ),
    Word::new(
        "Only a holder of the key can get it wrong, since the HMAC was right: refused.",
        "Falsch machen kann das nur, wer den Schlüssel hat, denn der HMAC war richtig: abgelehnt.",
    ),
    Word::new("bytes of padding", "Bytes der Füllung"),
    Word::new("the padding is none", "die Füllung ist keine"),
    Word::new("it is no token", "das ist kein Token"),
    Word::new("it was refused", "es wurde abgelehnt"),
    Word::new("text", "Text"),
    Word::new("Reads the bytes as letters.", "Liest die Bytes als Buchstaben."),
    Word::new(
        "It was no text but something else: a room says so and shows nothing.",
        "Es war kein Text, sondern etwas anderes: Ein Raum sagt das und zeigt nichts.",
    ),
    Word::new("the bytes are no UTF-8", "die Bytes sind kein UTF-8"),
];

/// The same in a sealed room.
pub(super) const SEALED: &[Word] = &[
    Word::new(
        "it is our own: who seals a message deletes its key at once and cannot open it either; that it is the one that was sent is known by its envelope id",
        "sie ist von uns selbst: Wer eine Nachricht versiegelt, löscht ihren Schlüssel sofort und kann sie auch nicht öffnen; dass es die gesendete ist, zeigt die Kennung ihres Umschlags",
    ),
    Word::new(
        "it could not be followed here; perhaps others can",
        "hier ließ sich das nicht nachvollziehen; vielleicht können es andere",
    ),
    Word::new(
        "the log contradicts what the relay has signed",
        "das Protokoll widerspricht dem, was das Relay signiert hat",
    ),
    Word::new("it is not told apart from the next", "wird vom nächsten Schritt nicht unterschieden"),
    Word::new("it was refused before", "schon vorher abgelehnt"),
    Word::new("header and chain", "Kopf und Kette"),
    Word::new(
        "Adds the envelope to a running hash of the whole log, which members compare. Done again just now, from these bytes.",
        "Nimmt den Umschlag in einen laufenden Hash des ganzen Protokolls auf, den die Mitglieder vergleichen. Eben noch einmal getan, mit diesen Bytes.",
    ),
    Word::new(
        "The relay has left something out, changed it or shown others another log: the room turns red.",
        "Das Relay hat etwas ausgelassen, geändert oder anderen ein anderes Protokoll gezeigt: Der Raum wird rot.",
    ),
    Word::new("place", "Platz"),
    Word::new("chain before", "Kette davor"),
    Word::new("chain after", "Kette danach"),
    Word::new(
        "it was the first envelope that was read here",
        "es war der erste Umschlag, der hier gelesen wurde",
    ),
    Word::new(
        "the chain computed from these bytes is another",
        "die Kette, aus diesen Bytes berechnet, ist eine andere",
    ),
    Word::new("based on", "beruht auf"),
    Word::new(
        "Looks whether its author knew the newest change of the room's keys.",
        "Prüft, ob beim Schreiben der neueste Wechsel der Schlüssel bekannt war.",
    ),
    Word::new(
        "It was written for old keys: the relay refuses it, and its author writes it anew for the present ones.",
        "Sie wurde für alte Schlüssel geschrieben: Das Relay lehnt sie ab, und wer sie schrieb, versiegelt sie neu für die jetzigen.",
    ),
    Word::new("based on the change at place", "beruht auf dem Wechsel an Platz"),
    Word::new("group and epoch", "Gruppe und Epoche"),
    Word::new(
        "Looks whether it is for this room, and for the keys of this epoch. Done again just now.",
        "Prüft, ob sie für diesen Raum und für die Schlüssel dieser Epoche ist. Eben noch einmal getan.",
    ),
    Word::new(
        "Another epoch's keys are deleted, or not yet there: nobody here could open it. Who was removed ends here.",
        "Die Schlüssel einer anderen Epoche sind gelöscht oder noch nicht da: Niemand hier könnte sie öffnen. Wer entfernt wurde, kommt nur bis hierher.",
    ),
    Word::new("group", "Gruppe"),
    Word::new("epoch", "Epoche"),
    Word::new("it is no private message of MLS", "es ist keine private Nachricht von MLS"),
    Word::new("it is for another group", "sie ist für eine andere Gruppe"),
    Word::new("it is of another epoch", "sie ist aus einer anderen Epoche"),
    Word::new("lobby key", "Schlüssel des Vorraums"),
    Word::new(
        "Opens the newcomer's envelope with a key that all members of the epoch have, so that the relay does not see who comes.",
        "Öffnet den Umschlag eines neuen Mitglieds mit einem Schlüssel, den alle Mitglieder der Epoche haben, damit das Relay nicht sieht, wer kommt.",
    ),
    Word::new(
        "It was made without the room's blob, or for another place: it is skipped by all.",
        "Er wurde ohne den Blob des Raums gemacht oder für einen anderen Platz: Alle übergehen ihn.",
    ),
    Word::new("suite", "Cipher Suite"),
    Word::new("sender data", "Senderdaten"),
    Word::new(
        "Decrypts who wrote it, and which of its keys it used: the relay knows neither.",
        "Entschlüsselt, wer sie schrieb und welcher Schlüssel dafür diente: Das Relay kennt beides nicht.",
    ),
    Word::new(
        "The key of the group is another, or a bit was changed: it cannot even be told whose it is.",
        "Der Schlüssel der Gruppe ist ein anderer, oder ein Bit wurde geändert: Nicht einmal, von wem sie ist, lässt sich sagen.",
    ),
    Word::new("leaf", "Blatt"),
    Word::new("name", "Name"),
    Word::new("identity, fingerprint", "Identität, Fingerabdruck"),
    Word::new("ratchet generation", "Generation der Ratsche"),
    Word::new(
        "Takes the key for exactly this message from the sender's ratchet, and deletes it.",
        "Nimmt den Schlüssel für genau diese Nachricht aus der Ratsche des Mitglieds, das sie schrieb, und löscht ihn.",
    ),
    Word::new(
        "A key that was used is gone: a message that comes a second time cannot be opened, not even by us.",
        "Ein benutzter Schlüssel ist weg: Eine Nachricht, die ein zweites Mal kommt, lässt sich nicht öffnen, auch nicht von uns.",
    ),
    Word::new("generation", "Generation"),
    Word::new("the MLS library does not tell it", "verrät die MLS-Bibliothek nicht"),
    term("AEAD"),
    Word::new(
        "Decrypts the content and checks its tag, over the ciphertext and over what stands beside it in the open.",
        "Entschlüsselt den Inhalt und prüft seinen Prüfwert, über den Geheimtext und über das, was offen daneben steht.",
    ),
    Word::new(
        "A bit was changed, in the ciphertext or beside it: nobody opens it, and its author is not blamed.",
        "Ein Bit wurde geändert, im Geheimtext oder daneben: Niemand öffnet sie, und wer sie schrieb, ist nicht schuld.",
    ),
    Word::new("signature", "Signatur"),
    Word::new(
        "Checks its author's signature: all members have the keys, only one can have signed.",
        "Prüft, wer signiert hat: Die Schlüssel haben alle Mitglieder, signiert haben kann nur eines.",
    ),
    Word::new(
        "Another member wrote it in the name of this one: refused.",
        "Ein anderes Mitglied hat sie im Namen von diesem geschrieben: abgelehnt.",
    ),
    Word::new("place in the log", "Platz im Protokoll"),
    Word::new(
        "Compares what its author signed of the log with where the relay put it, and its pass with its author's.",
        "Vergleicht, was beim Schreiben vom Protokoll signiert wurde, mit dem Platz, den das Relay ihr gab, und ihren Pass mit dem des Mitglieds, das sie schrieb.",
    ),
    Word::new(
        "The relay has moved it, or somebody else brought it: it is not shown as this person's.",
        "Das Relay hat sie verschoben, oder jemand anders hat sie gebracht: Sie wird nicht als von dieser Person gezeigt.",
    ),
    Word::new("pass, fingerprint", "Pass, Fingerabdruck"),
    Word::new("newest that the author had", "Neuestes, das beim Schreiben da war"),
    Word::new("with a signed head of the relay", "mit einem signierten Stand des Relays"),
    Word::new("yes", "ja"),
    Word::new("no", "nein"),
    Word::new("content and padding", "Inhalt und Füllung"),
    Word::new(
        "Takes the filler off, which makes all short messages equally long, and reads the content.",
        "Nimmt die Füllung weg, die alle kurzen Nachrichten gleich lang macht, und liest den Inhalt.",
    ),
    Word::new(
        "It is no content that this version reads: a line says so, and nothing of it is shown.",
        "Das ist kein Inhalt, den diese Version liest: Eine Zeile sagt das, und nichts davon wird gezeigt.",
    ),
    Word::new("bytes of content", "Bytes des Inhalts"),
    Word::new("padded to", "aufgefüllt auf"),
    Word::new("kind of content", "Art des Inhalts"),
    Word::new("message id", "Kennung der Nachricht"),
    Word::new(
        "Looks whether this person said this before: the id is inside what is signed.",
        "Prüft, ob diese Person das schon einmal gesagt hat: Die Kennung steht in dem, was signiert ist.",
    ),
    Word::new(
        "It is the same message, sealed once more: it is shown once.",
        "Es ist dieselbe Nachricht, noch einmal versiegelt: Sie wird einmal gezeigt.",
    ),
    Word::new("rules of the room", "Regeln des Raums"),
    Word::new(
        "Judges the change by the room's rules: who may do what, through which door. All members come to one verdict.",
        "Misst die Änderung an den Regeln des Raums: wer was darf, durch welche Tür. Alle Mitglieder kommen zum selben Urteil.",
    ),
    Word::new(
        "All members skip it alike, and a line says so.",
        "Alle Mitglieder übergehen sie gleichermaßen, und eine Zeile sagt es.",
    ),
    Word::new("by", "von"),
    Word::new("new keys", "neue Schlüssel"),
    Word::new(
        "Computes the new keys from what was sealed to this member, and checks that they are everybody's.",
        "Berechnet die neuen Schlüssel aus dem, was für dieses Mitglied versiegelt wurde, und prüft, dass alle dieselben haben.",
    ),
    Word::new(
        "Somebody was left out: this device stops sending and enters anew, visibly.",
        "Jemand wurde ausgelassen: Dieses Gerät hört auf zu senden und tritt neu ein, für alle sichtbar.",
    ),
    Word::new("new epoch", "neue Epoche"),
];

/// What was noted when it was opened.
pub(super) const NOTED: &[Word] = &[
    Word::new("it is no message of a room", "es ist keine Nachricht eines Raums"),
    Word::new("it cannot be opened by anybody", "niemand kann sie öffnen"),
    Word::new(
        "it claims to be from this device and is not",
        "sie gibt vor, von diesem Gerät zu sein, und ist es nicht",
    ),
    Word::new("it is of another kind than its header says", "sie ist von anderer Art, als ihr Kopf sagt"),
    Word::new("what it says of the log cannot be read", "was sie vom Protokoll sagt, lässt sich nicht lesen"),
    Word::new("it was made for another place", "sie wurde für einen anderen Platz gemacht"),
    Word::new("what it says of the log cannot be true", "was sie vom Protokoll sagt, kann nicht stimmen"),
    Word::new(
        "it was appended with a pass that is not its author's",
        "angehängt wurde sie mit einem Pass, der nicht zu dem Mitglied gehört, das sie schrieb",
    ),
    Word::new("its content cannot be read", "ihr Inhalt lässt sich nicht lesen"),
    Word::new("it breaks the rules of MLS", "sie verstößt gegen die Regeln von MLS"),
    Word::new(
        "it holds a proposal that is not allowed",
        "sie enthält einen Vorschlag, der nicht erlaubt ist",
    ),
    Word::new("only an admin may do that", "das darf nur, wer den Raum betreut"),
    Word::new(
        "its policy cannot be read or is not allowed",
        "ihre Regeln lassen sich nicht lesen oder sind nicht erlaubt",
    ),
    Word::new("it leaves the room without an admin", "danach würde niemand mehr den Raum betreuen"),
    Word::new(
        "it removes a member and leaves a door open that the removed member knows",
        "sie entfernt ein Mitglied und lässt eine Tür offen, die es kennt",
    ),
    Word::new("it changes the keys of a door", "sie ändert die Schlüssel einer Tür"),
    Word::new(
        "it does not count the uses of a door right",
        "sie zählt falsch, wie oft eine Tür benutzt wurde",
    ),
    Word::new("it makes the room larger than it may be", "sie macht den Raum größer, als er sein darf"),
    Word::new(
        "what a leaf says cannot be read or is not allowed",
        "was ein Blatt sagt, lässt sich nicht lesen oder ist nicht erlaubt",
    ),
    Word::new(
        "a leaf has a credential that its identity did not sign",
        "ein Blatt hat einen Ausweis, den seine Identität nicht signiert hat",
    ),
    Word::new(
        "it changes what may not change under a leaf",
        "sie ändert an einem Blatt, was sich nicht ändern darf",
    ),
    Word::new(
        "a new leaf repeats a pass or a key",
        "ein neues Blatt wiederholt einen Pass oder einen Schlüssel",
    ),
    Word::new("an added leaf has a lifetime", "ein hinzugefügtes Blatt hat eine Lebensdauer"),
    Word::new(
        "a leaf says that it entered in another way than it did",
        "ein Blatt sagt, es sei anders hereingekommen, als es kam",
    ),
    Word::new("the room asks for approval", "der Raum verlangt, dass jemand einlässt"),
    Word::new("the door is closed", "die Tür ist geschlossen"),
    Word::new("the door has expired", "die Zeit der Tür ist abgelaufen"),
    Word::new("the door has no uses left", "die Tür ist verbraucht"),
    Word::new(
        "it does not prove that its author holds the door's key",
        "sie beweist nicht, dass der Schlüssel der Tür vorlag",
    ),
    Word::new("it enters and removes a member at once", "sie tritt ein und entfernt dabei ein Mitglied"),
    Word::new("it does not prove the re-entry", "sie beweist den Wiedereintritt nicht"),
    Word::new("edit", "Bearbeitung"),
    Word::new("delete", "Löschung"),
    Word::new("reaction", "Reaktion"),
    Word::new("file", "Datei"),
    Word::new("receipt", "Empfangsbestätigung"),
    Word::new("profile", "Profil"),
    Word::new("leave", "Austritt"),
    Word::new("door key", "Schlüssel einer Tür"),
    Word::new("confirm", "Bestätigung"),
    Word::new("unknown", "unbekannt"),
];
