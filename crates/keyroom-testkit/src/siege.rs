//! Links without a client: frame by frame, for those who break the rules or strain them.

use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;

use bytes::Bytes;
use keyroom_link::sign_login;
pub use keyroom_link::{Credential, PassSecret};
use keyroom_types::{EnvelopeId, Kind, PassKey, RoomId, Seq};
use keyroom_wire::{
    Answer, Append, Binding, Change, Code, Create, NewEnvelope, PassRole, Request, ToClient, ToRelay, VERSION,
};

use crate::https::{self, Stream};
use crate::relay::Way;

/// A link over which anything can be said.
pub struct RawLink {
    stream: Stream,
    way: Way,
    request: u64,
    newest_commit: Seq,
    ids: [u8; 8],
}

/// What a relay said.
#[derive(Debug)]
pub enum Said {
    /// A message.
    Answer(Box<ToClient>),
    /// The end of the link: the close frame's code and reason.
    Close(u16, String),
}

impl RawLink {
    /// Opens one, from one of the loopback's addresses, and reads the relay's first words, if it has some.
    ///
    /// # Errors
    /// The relay does not take it.
    pub fn open(way: &Way, source: Ipv4Addr, ids: [u8; 8]) -> io::Result<Self> {
        let mut stream = https::websocket_from(way, Some(source))?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(byte(&mut stream)?);
        }
        Ok(Self { stream, way: way.clone(), request: 0, newest_commit: Seq::ZERO, ids })
    }

    /// Opens one and makes a room, of which nobody else knows.
    ///
    /// # Errors
    /// The relay does not take it, or refuses.
    pub fn founder(way: &Way, source: Ipv4Addr, room: RoomId, pass: &PassSecret) -> io::Result<Self> {
        let mut link = Self::open(way, source, first(&pass.public()))?;
        link.login(room, &Credential::Founder(pass.clone()))?;
        link.ask(Request::Create(Create { doors: Vec::new(), blob: None }))?;
        link.answer()?;
        Ok(link)
    }

    /// Opens one as a member.
    ///
    /// # Errors
    /// The relay does not take it, or refuses.
    pub fn member(way: &Way, source: Ipv4Addr, room: RoomId, pass: &PassSecret) -> io::Result<Self> {
        let mut link = Self::open(way, source, first(&pass.public()))?;
        link.login(room, &Credential::Pass(pass.clone()))?;
        Ok(link)
    }

    /// Logs in as whoever has this credential.
    ///
    /// # Errors
    /// The relay refuses.
    pub fn login(&mut self, room: RoomId, credential: &Credential) -> io::Result<()> {
        let Said::Answer(said) = self.read()? else { return Err(io::ErrorKind::ConnectionAborted.into()) };
        let Answer::Hello(hello) = said.body else { return Err(io::ErrorKind::InvalidData.into()) };
        let seen = Binding::SeenKey(self.way.pin);
        let login = sign_login(&hello.challenge, VERSION, room, credential, seen);
        self.ask(Request::Login(Box::new(login)))?;
        match self.answer()? {
            Answer::Welcome(welcome) => self.newest_commit = welcome.newest_commit,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        Ok(())
    }

    /// Logs in with a signature over another challenge than the relay's.
    ///
    /// # Errors
    /// The connection ended.
    pub fn login_of_yesterday(&mut self, room: RoomId, credential: &Credential) -> io::Result<()> {
        let seen = Binding::SeenKey(self.way.pin);
        let login = sign_login(&[7; 32], VERSION, room, credential, seen);
        self.ask(Request::Login(Box::new(login)))
    }

    /// Lets passes in.
    ///
    /// # Errors
    /// The relay refuses.
    pub fn admit(&mut self, passes: &[PassSecret]) -> io::Result<()> {
        for passes in passes.chunks(keyroom_types::limits::APPEND_CHANGES) {
            let grant = |pass: &PassSecret| Change::Grant(pass.public(), PassRole::Member);
            self.append(Kind::Commit, Bytes::from_static(b"come in"), passes.iter().map(grant).collect())?;
            match self.answer()? {
                Answer::Appended(appended) => self.newest_commit = appended.last,
                _ => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        Ok(())
    }

    /// Asks for all that comes, with credit without end.
    ///
    /// # Errors
    /// The connection ended.
    pub fn subscribe(&mut self) -> io::Result<()> {
        self.ask(Request::Subscribe { after: self.newest_commit, credit: 1 << 50 })
    }

    /// Appends something; the answer is not waited for.
    ///
    /// # Errors
    /// The connection ended.
    pub fn append(&mut self, kind: Kind, body: Bytes, changes: Vec<Change>) -> io::Result<()> {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.ids);
        id[8..].copy_from_slice(&self.request.to_be_bytes());
        let entry = NewEnvelope { id: EnvelopeId::from_bytes(id), kind, body, blob: None };
        self.ask(Request::Append(Append { based_on: self.newest_commit, entries: vec![entry], changes }))
    }

    /// Asks for something.
    ///
    /// # Errors
    /// The connection ended.
    pub fn ask(&mut self, body: Request) -> io::Result<()> {
        self.request += 1;
        let frame = ToRelay { request: self.request, body }.encode();
        self.frame(&frame)
    }

    /// Sends one binary message.
    ///
    /// # Errors
    /// The connection ended.
    pub fn frame(&mut self, message: &[u8]) -> io::Result<()> {
        self.begin(message.len() as u64, message)
    }

    /// Sends a binary message that is announced to be so long, of which this is the beginning.
    ///
    /// # Errors
    /// The connection ended.
    pub fn begin(&mut self, length: u64, beginning: &[u8]) -> io::Result<()> {
        // RFC 6455, 5.2: final, binary, eight bytes of length, the mask of zeros.
        let mut bytes = vec![0x82, 0x80 | 127];
        bytes.extend(length.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(beginning);
        self.raw(&bytes)
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The connection ended.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// The answer to the last request; what is delivered meanwhile is dropped.
    ///
    /// # Errors
    /// The connection ended, or the relay refused: the text is the name of the refusal.
    pub fn answer(&mut self) -> io::Result<Answer> {
        loop {
            match self.read()? {
                Said::Answer(said) if said.request == self.request => {
                    if let Answer::Refused(refusal) = said.body {
                        return Err(io::Error::other(refusal.code.name()));
                    }
                    return Ok(said.body);
                }
                Said::Answer(said) => {
                    if let Answer::Goodbye { code, .. } = said.body {
                        return Err(io::Error::other(code.name()));
                    }
                }
                Said::Close(_, reason) => {
                    return Err(io::Error::new(io::ErrorKind::ConnectionAborted, reason));
                }
            }
        }
    }

    /// Why the relay ended the link: its last words, then the code of the close frame.
    ///
    /// # Errors
    /// The connection ended without any.
    pub fn end(&mut self) -> io::Result<(Option<Code>, u16)> {
        let mut last = None;
        loop {
            match self.read()? {
                Said::Answer(said) => match said.body {
                    Answer::Goodbye { code, .. } => last = Some(code),
                    Answer::Refused(refusal) => last = Some(refusal.code),
                    _ => {}
                },
                Said::Close(code, _) => return Ok((last, code)),
            }
        }
    }

    /// The next that the relay says.
    ///
    /// # Errors
    /// The connection ended.
    pub fn read(&mut self) -> io::Result<Said> {
        loop {
            let (first, short) = (byte(&mut self.stream)?, byte(&mut self.stream)?);
            let mut length = [0; 8];
            match short {
                127 => self.stream.read_exact(&mut length)?,
                126 => self.stream.read_exact(&mut length[6..])?,
                short => length[7] = short,
            }
            let length = usize::try_from(u64::from_be_bytes(length)).map_err(io::Error::other)?;
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload)?;
            match (first, payload.split_first_chunk::<2>()) {
                (0x82, _) => {
                    let said = ToClient::decode(payload.into()).map_err(io::Error::other)?;
                    return Ok(Said::Answer(Box::new(said)));
                }
                (0x88, Some((code, reason))) => {
                    let reason = String::from_utf8_lossy(reason).into_owned();
                    return Ok(Said::Close(u16::from_be_bytes(*code), reason));
                }
                (0x88, None) => return Ok(Said::Close(1005, String::new())),
                _ => {}
            }
        }
    }
}

/// What the ids of a member's envelopes begin with.
fn first(pass: &PassKey) -> [u8; 8] {
    std::array::from_fn(|place| pass.as_bytes()[place])
}

fn byte(stream: &mut Stream) -> io::Result<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    Ok(byte[0])
}
