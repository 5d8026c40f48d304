//! A member at a link, frame by frame: as little as a load needs, so that the client costs little beside the relay.

use bytes::Bytes;
use keyroom_link::{Credential, sign_login};
use keyroom_types::{EnvelopeId, KeyPin, Kind, PassKey, RoomId, Seq, limits};
use keyroom_wire::{
    Answer, Append, Binding, Change, Content, Create, NewEnvelope, PassRole, Request, ToClient, ToRelay,
    VERSION,
};

use crate::{Event, Fault, Frames};

/// Somebody who is logged in to a room.
pub struct Member<F> {
    frames: F,
    request: u64,
    /// Messages without an answer.
    unanswered: usize,
    newest_commit: Seq,
    /// Begins all envelope ids of this link; the request's number ends them.
    ids: [u8; 8],
}

impl<F: Frames> Member<F> {
    /// Reads the greeting and logs in.
    ///
    /// # Errors
    /// The connection was lost, or the relay refused the login.
    pub async fn login(
        mut frames: F,
        room: RoomId,
        credential: &Credential,
        pin: KeyPin,
    ) -> Result<Self, Fault> {
        let Answer::Hello(hello) = ToClient::decode(frames.next().await?)?.body else {
            return Err(Fault::OutOfTurn("no greeting"));
        };
        let mut ids = [0; 8];
        getrandom::fill(&mut ids).map_err(|error| Fault::Setup(error.to_string()))?;
        let mut member = Self { frames, request: 0, unanswered: 0, newest_commit: Seq::ZERO, ids };
        let login = sign_login(&hello.challenge, VERSION, room, credential, Binding::SeenKey(pin));
        match member.ask(Request::Login(Box::new(login))).await? {
            Answer::Welcome(welcome) => member.newest_commit = welcome.newest_commit,
            _ => return Err(Fault::OutOfTurn("no welcome")),
        }
        Ok(member)
    }

    /// Makes the room that the founder logged in for, without doors.
    ///
    /// # Errors
    /// The connection was lost, or the relay refused.
    pub async fn create(&mut self) -> Result<(), Fault> {
        match self.ask(Request::Create(Create { doors: Vec::new(), blob: None })).await? {
            Answer::Created(_) => Ok(()),
            _ => Err(Fault::OutOfTurn("the room was not made")),
        }
    }

    /// Makes these passes members, a commit for each [`GRANTS`] of them.
    ///
    /// # Errors
    /// The connection was lost, or the relay refused.
    pub async fn admit(&mut self, passes: &[PassKey]) -> Result<(), Fault> {
        for passes in passes.chunks(GRANTS) {
            let changes = passes.iter().map(|pass| Change::Grant(*pass, PassRole::Member)).collect();
            let append = self.append(Kind::Commit, Bytes::from_static(&[0; 64]), changes);
            match self.ask(Request::Append(append)).await? {
                Answer::Appended(appended) => self.newest_commit = appended.last,
                _ => return Err(Fault::OutOfTurn("no place in the log")),
            }
        }
        Ok(())
    }

    /// Subscribes to all that comes from now on, with credit without end.
    ///
    /// # Errors
    /// The connection was lost, or the relay refused.
    pub async fn subscribe(&mut self) -> Result<(), Fault> {
        self.subscribe_behind(self.newest_commit).await
    }

    /// Subscribes to all that is behind this place, and all that comes.
    ///
    /// # Errors
    /// The connection was lost, or the relay refused.
    pub async fn subscribe_behind(&mut self, after: Seq) -> Result<(), Fault> {
        let subscribe = Request::Subscribe { after, credit: ENDLESS };
        match self.ask(subscribe).await? {
            Answer::Subscribed(_) => Ok(()),
            _ => Err(Fault::OutOfTurn("no subscription")),
        }
    }

    /// Whether the relay takes another message now: a link may leave only so many without an answer.
    pub fn may_feed(&self) -> bool {
        self.unanswered < limits::LINK_REQUESTS
    }

    /// Takes a message to append, and gives the number that its acknowledgement will carry.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn feed(&mut self, body: Bytes) -> Result<u64, Fault> {
        let append = self.append(Kind::Application, body, Vec::new());
        self.unanswered += 1;
        self.begin(Request::Append(append)).await
    }

    /// Sends what was taken.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        self.frames.flush().await
    }

    /// Gives the relay a sign of life.
    ///
    /// # Errors
    /// The connection was lost.
    pub async fn ping(&mut self) -> Result<(), Fault> {
        self.frames.feed(ToRelay { request: 0, body: Request::Ping(0) }.encode()).await?;
        self.frames.flush().await
    }

    /// The next delivery or acknowledgement. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// The connection was lost, or the relay refused an append.
    pub async fn next(&mut self) -> Result<Event, Fault> {
        loop {
            let said = self.said().await?;
            match said.body {
                Answer::Deliver(envelope) => match envelope.content {
                    Content::Body(body) => return Ok(Event::Message(body)),
                    Content::Dropped(_) => return Err(Fault::OutOfTurn("a body was dropped")),
                },
                Answer::Appended(_) => {
                    self.unanswered = self.unanswered.saturating_sub(1);
                    return Ok(Event::Acked(said.request));
                }
                Answer::Head(_) | Answer::Pong(_) => {}
                _ => return Err(Fault::OutOfTurn("neither a delivery nor an acknowledgement")),
            }
        }
    }

    fn append(&self, kind: Kind, body: Bytes, changes: Vec<Change>) -> Append {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&self.ids);
        id[8..].copy_from_slice(&self.request.to_be_bytes());
        let entry = NewEnvelope { id: EnvelopeId::from_bytes(id), kind, body, blob: None };
        Append { based_on: self.newest_commit, entries: vec![entry], changes }
    }

    async fn begin(&mut self, body: Request) -> Result<u64, Fault> {
        self.request += 1;
        self.frames.feed(ToRelay { request: self.request, body }.encode()).await?;
        Ok(self.request)
    }

    /// Asks and waits for the answer; what comes before it is dropped.
    async fn ask(&mut self, body: Request) -> Result<Answer, Fault> {
        let request = self.begin(body).await?;
        self.flush().await?;
        loop {
            let said = self.said().await?;
            if said.request == request {
                return Ok(said.body);
            }
        }
    }

    async fn said(&mut self) -> Result<ToClient, Fault> {
        let said = ToClient::decode(self.frames.next().await?)?;
        match said.body {
            Answer::Refused(refusal) => Err(Fault::Refused(refusal)),
            Answer::Goodbye { code, .. } => Err(Fault::Goodbye(code)),
            _ => Ok(said),
        }
    }
}

/// Passes that one commit admits.
const GRANTS: usize = limits::APPEND_CHANGES;
/// More credit than any run uses.
const ENDLESS: u64 = 1 << 50;
