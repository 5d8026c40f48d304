//! Fields of a Fernet token, a TLS record, a WebSocket frame and an MLS message, and the kinds that fields are of.

use super::super::Word;
use super::term;

/// Layers, kinds of fields, what every decoder says.
pub(super) const LAYERS: &[Word] = &[
    Word::new("Fernet token as text", "Fernet-Token als Text"),
    Word::new("Fernet token", "Fernet-Token"),
    Word::new("As it went over TCP, with nothing around it.", "Wie es über TCP ging, mit nichts darum."),
    Word::new("The bytes that the letters stand for.", "Die Bytes, für die die Buchstaben stehen."),
    Word::new("message of the link", "Nachricht der Verbindung"),
    Word::new("TLS record", "TLS-Record"),
    Word::new("WebSocket frame", "WebSocket-Frame"),
    Word::new(
        "As it went over TCP. Neighbours may be in the same record.",
        "Wie es über TCP ging. Im selben Record können Nachbarn stehen.",
    ),
    Word::new("What was in the record, as the relay sent it.", "Was im Record war, wie das Relay es sandte."),
    Word::new(
        "What was in the WebSocket frame, as the relay delivered it.",
        "Was im WebSocket-Frame war, wie das Relay es zustellte.",
    ),
    Word::new(
        "TLS record: not captured. What the network saw is this, encrypted once more for the way to the relay.",
        "TLS-Record: nicht mitgeschnitten. Was das Netz sah, ist dies, für den Weg zum Relay noch einmal verschlüsselt.",
    ),
    Word::new(
        "TLS record: none. The relay was in this program, so these bytes did not go over a network here.",
        "TLS-Record: keiner. Das Relay war in diesem Programm, also gingen diese Bytes hier durch kein Netz.",
    ),
    Word::new("framing: version, type, length", "Rahmen: Version, Typ, Länge"),
    Word::new("which room, place or author", "welcher Raum, welcher Platz, von wem"),
    Word::new("random", "Zufall"),
    Word::new("hash", "Hash"),
    Word::new("encrypted", "verschlüsselt"),
    Word::new("proof: tag or signature", "Nachweis: Prüfwert oder Signatur"),
    Word::new("letters that stand for other bytes", "Buchstaben, die für andere Bytes stehen"),
    Word::new("filler", "Füllung"),
    Word::new("not understood", "nicht verstanden"),
    Word::new("Bytes that the format has no place for.", "Bytes, für die das Format keinen Platz hat."),
    Word::new("cut short", "abgeschnitten"),
    Word::new(
        "The bytes end where “{}” should be whole.",
        "Die Bytes enden, wo „{}“ vollständig sein sollte.",
    ),
    Word::new("{}, step {}", "{}, Schritt {}"),
    Word::new("{} and {}", "{} und {}"),
    Word::new("{}, and {}", "{}, und {}"),
];

/// A Fernet token.
pub(super) const TOKEN: &[Word] = &[
    Word::new("letters", "Buchstaben"),
    Word::new(
        "Each letter stands for six bits, so four of them for three bytes: this hides nothing.",
        "Jeder Buchstabe steht für sechs Bits, vier also für drei Bytes: Das verbirgt nichts.",
    ),
    Word::new(
        "Says that the last group of letters stands for fewer than three bytes.",
        "Sagt, dass die letzte Gruppe von Buchstaben für weniger als drei Bytes steht.",
    ),
    Word::new("skipped", "übergangen"),
    Word::new(
        "No letter of base64, a line end perhaps: readers skip it.",
        "Kein Buchstabe von base64, vielleicht ein Zeilenende: Beim Lesen wird es übergangen.",
    ),
    Word::new("behind the end", "hinter dem Ende"),
    Word::new(
        "Stands behind the end of the token: no reader looks at it.",
        "Steht hinter dem Ende des Tokens: Beim Lesen sieht es niemand an.",
    ),
    Word::new(
        "Says which format this is; there is only this one.",
        "Sagt, welches Format das ist; es gibt nur dieses eine.",
    ),
    term("0x80: Fernet"),
    Word::new("no version of Fernet", "keine Version von Fernet"),
    Word::new(
        "When the author's clock says that it was made; everybody on the way can read it.",
        "Wann es laut der Uhr beim Schreiben gemacht wurde; alle auf dem Weg können das lesen.",
    ),
    Word::new(
        "Drawn anew for each message, so that equal texts look different.",
        "Für jede Nachricht neu ausgelost, damit gleiche Texte verschieden aussehen.",
    ),
    Word::new("ciphertext", "Geheimtext"),
    Word::new(
        "The text and its padding, encrypted with AES-128-CBC under one half of the key.",
        "Der Text und seine Füllung, mit AES-128-CBC unter der einen Hälfte des Schlüssels verschlüsselt.",
    ),
    Word::new(
        "A fingerprint of all before it, made with the other half of the key: a changed bit shows.",
        "Ein Fingerabdruck von allem davor, mit der anderen Hälfte des Schlüssels gemacht: Ein geändertes Bit fällt auf.",
    ),
    Word::new("block {}", "Block {}"),
    Word::new(
        "Sixteen bytes of text, mixed with the block before.",
        "Sechzehn Bytes Text, mit dem vorigen Block verrechnet.",
    ),
    Word::new(
        "The rest of the text and 1 to 16 bytes that say how many they are (PKCS #7).",
        "Der Rest des Texts und 1 bis 16 Bytes, die sagen, wie viele sie sind (PKCS #7).",
    ),
];

/// A TLS record.
pub(super) const RECORD: &[Word] = &[
    Word::new("type", "Typ"),
    Word::new(
        "Says “application data” for everything that is encrypted, whatever it really is.",
        "Sagt „application data“ zu allem, was verschlüsselt ist, was es auch wirklich ist.",
    ),
    term("20: change cipher spec"),
    term("21: alert"),
    term("22: handshake"),
    term("23: application data"),
    Word::new("{}: no type of TLS", "{}: kein Typ von TLS"),
    Word::new("old version", "alte Version"),
    Word::new(
        "Says TLS 1.2 for the sake of old boxes on the way; the real version is in the handshake.",
        "Sagt TLS 1.2, alten Geräten auf dem Weg zuliebe; die wirkliche Version steht im Handshake.",
    ),
    Word::new(
        "How many bytes follow: about as long as what is in it, which everybody can see.",
        "Wie viele Bytes folgen: ungefähr so viele, wie darin stehen, und das können alle sehen.",
    ),
    Word::new("content", "Inhalt"),
    Word::new(
        "A record that is not encrypted, or not whole.",
        "Ein Record, der nicht verschlüsselt oder nicht vollständig ist.",
    ),
    Word::new("encrypted record", "verschlüsselter Record"),
    Word::new(
        "What is in it, then one byte with its real type, encrypted with this connection's keys.",
        "Was darin steht, dann ein Byte mit seinem wirklichen Typ, verschlüsselt mit den Schlüsseln dieser Verbindung.",
    ),
    Word::new("tag", "Prüfwert"),
    Word::new(
        "Proves that the record was not changed, left out or moved: its number goes into it, too.",
        "Beweist, dass der Record nicht geändert, ausgelassen oder verschoben wurde: Auch seine Nummer geht ein.",
    ),
];

/// A WebSocket frame.
pub(super) const FRAME: &[Word] = &[
    Word::new("FIN and opcode", "FIN und Opcode"),
    Word::new(
        "Whether the message ends here, and what kind of message it is.",
        "Ob die Nachricht hier endet und welcher Art sie ist.",
    ),
    term("{}, {}"),
    Word::new("more follows", "es folgt mehr"),
    Word::new("the whole message", "die ganze Nachricht"),
    term("continuation"),
    term("binary"),
    term("close"),
    term("ping"),
    term("pong"),
    Word::new("reserved", "reserviert"),
    Word::new("mask bit and length", "Maskenbit und Länge"),
    Word::new(
        "Whether the bytes are masked, and how many they are if fewer than 126.",
        "Ob die Bytes maskiert sind und wie viele es sind, wenn weniger als 126.",
    ),
    Word::new("masked", "maskiert"),
    Word::new("not masked", "nicht maskiert"),
    Word::new("{}, length in the next {} bytes", "{}, Länge in den nächsten {} Bytes"),
    Word::new("{}, {} bytes", "{}, {} Bytes"),
    Word::new(
        "How many bytes follow, where the length before was too small for them.",
        "Wie viele Bytes folgen, wo die Länge davor zu klein für sie war.",
    ),
    Word::new("masking key", "Maskenschlüssel"),
    Word::new(
        "Mixed into what a client sends, against careless proxies; it protects no secret.",
        "In das gemischt, was ein Client sendet, gegen nachlässige Proxys; schützt kein Geheimnis.",
    ),
    Word::new("payload, masked", "Nutzlast, maskiert"),
    Word::new(
        "What the client says, each byte mixed with one of the masking key, which stands before it.",
        "Was der Client sagt, jedes Byte mit einem des Maskenschlüssels gemischt, der davor steht.",
    ),
    Word::new("payload", "Nutzlast"),
    Word::new(
        "One message of the link between client and relay.",
        "Eine Nachricht der Verbindung zwischen Client und Relay.",
    ),
];

/// An MLS message, by the names of RFC 9420 where it has them.
pub(super) const MLS: &[Word] = &[
    Word::new("The version of MLS.", "Die Version von MLS."),
    term("1: MLS 1.0"),
    Word::new("{}: unknown", "{}: unbekannt"),
    Word::new("wire format", "Wire-Format"),
    Word::new(
        "What the message is; in a room all but entries are private ones.",
        "Was für eine Nachricht das ist; in einem Raum sind alle außer Eintritten private.",
    ),
    term("1: PublicMessage"),
    term("2: PrivateMessage"),
    term("3: Welcome"),
    term("4: GroupInfo"),
    term("5: KeyPackage"),
    Word::new(
        "A kind of message that no envelope of a room carries in the open.",
        "Eine Art von Nachricht, die kein Umschlag eines Raums offen trägt.",
    ),
    Word::new("length of group", "Länge der Gruppe"),
    Word::new("group id", "Kennung der Gruppe"),
    Word::new(
        "Which group it is for: in Keyroom the room's name at its relay.",
        "Für welche Gruppe sie ist: in Keyroom der Name des Raums bei seinem Relay.",
    ),
    Word::new(
        "How many times the room's keys have changed: each epoch has keys of its own.",
        "Wie oft die Schlüssel des Raums gewechselt haben: Jede Epoche hat ihre eigenen.",
    ),
    Word::new("content type", "Typ des Inhalts"),
    Word::new(
        "Whether it is a message of somebody or a change of the room.",
        "Ob es eine Nachricht von jemandem ist oder eine Änderung des Raums.",
    ),
    term("1: application"),
    term("2: proposal"),
    term("3: commit"),
    Word::new("length of authenticated data", "Länge der auth. Daten"),
    Word::new("authenticated data", "authentifizierte Daten"),
    Word::new(
        "Not hidden, but signed and protected: what the author says of the log.",
        "Nicht verborgen, aber signiert und geschützt: was beim Schreiben über das Protokoll gesagt wurde.",
    ),
    Word::new("length of sender data", "Länge der Senderdaten"),
    Word::new("encrypted sender data", "Senderdaten"),
    Word::new(
        "Who wrote it and with which of its keys: hidden from the relay, too.",
        "Wer sie schrieb und mit welchem Schlüssel: auch vor dem Relay verborgen.",
    ),
    Word::new("sender, generation, guard", "Inhalt der Senderdaten"),
    Word::new(
        "Leaf number, generation of the sender's ratchet and four random bytes, encrypted.",
        "Nummer des Blatts, Generation seiner Ratsche und vier zufällige Bytes, verschlüsselt.",
    ),
    Word::new("sender data's tag", "Senderdaten, Prüfwert"),
    Word::new("length of ciphertext", "Länge des Geheimtexts"),
    Word::new(
        "The message under a key that is used once and then deleted.",
        "Die Nachricht unter einem Schlüssel, der einmal benutzt und dann gelöscht wird.",
    ),
    Word::new("content, signature", "Inhalt, Signatur"),
    Word::new(
        "The padded content and its author's signature, encrypted.",
        "Der aufgefüllte Inhalt und die Signatur des Mitglieds, das ihn schrieb, verschlüsselt.",
    ),
    Word::new("content's tag", "Inhalt, Prüfwert"),
    Word::new(
        "Proves that nothing was changed, by somebody who has the key.",
        "Beweist, dass nichts geändert wurde, von jemandem, der den Schlüssel hat.",
    ),
    Word::new(
        "How many bytes follow: in one, two or four bytes, as its first two bits say.",
        "Wie viele Bytes folgen: in einem, zwei oder vier Bytes, wie die ersten zwei Bits sagen.",
    ),
    Word::new("no length", "keine Länge"),
    Word::new(
        "Both of the first bits are set, which no length of MLS has.",
        "Beide ersten Bits sind gesetzt, das hat keine Länge von MLS.",
    ),
];
