//! Opening messages.

use keyroom_types::{Header, Seq};
use openmls::prelude::{ContentType, ProcessedMessageContent, Sender};
use zeroize::Zeroizing;

use super::{OpenError, Room, private, refusal, skipped};
use crate::validity::is_newest_possible;
use crate::{
    Blame, Claim, Content, Fault, Member, Opened, Provider, Received, RefusedMessage, Storage, claim, padding,
};

impl Room {
    /// `base`: what its author must have stood on.
    pub(super) fn open_message<S: Storage>(
        &mut self,
        p: &Provider<'_, S>,
        header: &Header,
        body: &[u8],
        base: Seq,
    ) -> Result<Opened, OpenError> {
        let message = match private(body, ContentType::Application) {
            Ok(message) => message,
            Err(fault) => return Ok(skipped(fault, Blame::Nobody)),
        };
        let processed = match self.group.process_message(p, message) {
            Ok(processed) => processed,
            Err(error) => return refusal::of_message(error),
        };
        let (sender, epoch) = (processed.sender().clone(), processed.epoch().as_u64());
        let claim = claim::decode(processed.aad()).map(|(claim, _)| claim);
        let plain = match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => Zeroizing::new(message.into_bytes()),
            // Found by the sender's number alone, which any member can write: it is held against nobody.
            ProcessedMessageContent::OwnPrivateMessage => {
                return Ok(skipped(Fault::Impersonated, Blame::Nobody));
            }
            _ => return Ok(skipped(Fault::WrongKind, Blame::Nobody)),
        };
        let Some(from) = self.sender(&sender) else { return Ok(skipped(Fault::Unreadable, Blame::Nobody)) };
        let refused = |claim, why| Ok(Opened::Refused(RefusedMessage { from: from.clone(), claim, why }));
        let Some(claim) = claim else { return refused(None, Fault::Claim) };
        if let Err(why) = self.check_place(&from, &claim, header, base) {
            return refused(Some(claim), why);
        }
        let stripped = padding::strip(&plain);
        let lengths = (stripped.map_or(0, <[u8]>::len), plain.len());
        let content = stripped.and_then(|plain| Content::decode(plain).ok());
        match content {
            Some(content) => {
                Ok(Opened::Message(Received { from, content, claim, epoch, lengths, generation: None }))
            }
            None => refused(Some(claim), Fault::Content),
        }
    }

    fn sender(&self, sender: &Sender) -> Option<Member> {
        match sender {
            Sender::Member(leaf) => self.member(leaf.u32()),
            _ => None,
        }
    }

    fn check_place(&self, from: &Member, claim: &Claim, header: &Header, base: Seq) -> Result<(), Fault> {
        if claim.room != self.state.room || claim.based_on != base {
            return Err(Fault::Misplaced);
        }
        if from.pass != header.pass {
            return Err(Fault::WrongPass);
        }
        if is_newest_possible(claim, header) { Ok(()) } else { Err(Fault::Newest) }
    }
}
