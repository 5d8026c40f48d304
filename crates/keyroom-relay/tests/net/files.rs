//! Files: uploaded in pieces, fetched in pieces, refused by name.

use std::time::Duration;

use keyroom_relay::{Now, Purpose, Quotas, Ticket};
use keyroom_types::{FileId, RoomId, Timestamp};
use tokio::io::AsyncWriteExt as _;

use crate::support::{Answer, Relay};

/// A file of one room, seen by somebody with tickets for it.
pub(crate) struct Owner<'a> {
    pub(crate) relay: &'a Relay,
    pub(crate) ticket: Ticket,
}

impl<'a> Owner<'a> {
    pub(crate) fn of(relay: &'a Relay, file: u8, size: usize) -> Self {
        let ticket = Ticket {
            purpose: Purpose::Put,
            room: RoomId::from_bytes([1; 16]),
            file: FileId::from_bytes([file; 16]),
            size: size as u64,
            expires: Now::read().wall.plus_millis(60_000),
        };
        Self { relay, ticket }
    }

    fn head(&self, verb: &str, purpose: Purpose, more: &str) -> String {
        let text = self.relay.tickets.as_ref().unwrap().mint(&Ticket { purpose, ..self.ticket });
        format!("{verb} /v1/blob/{} HTTP/1.1\r\nAuthorization: Bearer {text}{more}", self.ticket.file)
    }

    pub(crate) async fn put(&self, start: usize, bytes: &[u8]) -> Answer {
        let range = format!(
            "\r\nContent-Range: bytes {start}-{}/{}",
            (start + bytes.len()).saturating_sub(1),
            self.ticket.size
        );
        self.relay.request(&self.head("PUT", Purpose::Put, &range), bytes).await
    }

    async fn put_whole(&self, bytes: &[u8]) -> Answer {
        self.relay.request(&self.head("PUT", Purpose::Put, ""), bytes).await
    }

    async fn get(&self, more: &str) -> Answer {
        self.relay.request(&self.head("GET", Purpose::Get, more), b"").await
    }

    pub(crate) async fn offset(&self) -> (u16, Option<u64>) {
        let answer = self.relay.request(&self.head("HEAD", Purpose::Put, ""), b"").await;
        (answer.status, answer.offset())
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect()
}

#[tokio::test]
async fn a_file_is_uploaded_at_once_and_fetched_whole_or_in_part() {
    let relay = Relay::on_disk("whole", Quotas::default()).await;
    let content = bytes(1_000_000);
    let owner = Owner::of(&relay, 1, content.len());
    assert_eq!(owner.offset().await, (404, Some(0)));
    assert_eq!(owner.get("").await.error(), "unknown_file");
    assert_eq!(owner.put_whole(&content).await.status, 201);
    assert_eq!(owner.offset().await, (200, Some(1_000_000)));
    let whole = owner.get("").await;
    assert_eq!((whole.status, whole.body == content), (200, true));
    let part = owner.get("\r\nRange: bytes=999990-").await;
    assert_eq!((part.status, &part.body[..]), (206, &content[999_990..]));
    assert_eq!(part.header("content-range"), Some("bytes 999990-999999/1000000"));
    let middle = owner.get("\r\nRange: bytes=5-9").await;
    assert_eq!((middle.status, &middle.body[..]), (206, &content[5..10]));
    let behind = owner.get("\r\nRange: bytes=1000000-").await;
    assert_eq!((behind.status, behind.header("content-range")), (416, Some("bytes */1000000")));
    let again = owner.put_whole(&content).await;
    assert_eq!((again.status, again.error(), again.offset()), (409, "offset".into(), Some(1_000_000)));
}

#[tokio::test]
async fn an_upload_goes_on_at_every_place_where_it_was_cut() {
    let relay = Relay::on_disk("cuts", Quotas::default()).await;
    let content = bytes(40);
    for cut in 1..40_u8 {
        let owner = Owner::of(&relay, cut, content.len());
        let (first, second) = content.split_at(cut.into());
        let part = owner.put(0, first).await;
        assert_eq!((part.status, part.offset()), (202, Some(cut.into())));
        assert_eq!(owner.get("").await.error(), "unfinished");
        assert_eq!(owner.offset().await, (204, Some(cut.into())));
        assert_eq!(owner.put(cut.into(), second).await.status, 201);
        assert_eq!(owner.get("").await.body, content);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_what_came_and_it_is_gone_on_behind_it() {
    let relay = Relay::on_disk("broken", Quotas::default()).await;
    let content = bytes(500_000);
    let owner = Owner::of(&relay, 1, content.len());
    let mut stream = relay.tls().await;
    let head = owner.head("PUT", Purpose::Put, "\r\nHost: relay\r\nContent-Length: 500000\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&content[..300_000]).await.unwrap();
    stream.flush().await.unwrap();
    let mut offset = 0;
    while offset < 300_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        offset = usize::try_from(owner.offset().await.1.unwrap()).unwrap();
    }
    // The old connection is still there: a new upload takes the file over.
    assert_eq!(owner.put(offset, &content[offset..]).await.status, 201);
    drop(stream);
    assert_eq!(owner.get("").await.body, content);
}

#[tokio::test]
async fn only_the_next_byte_is_taken() {
    let relay = Relay::on_disk("order", Quotas::default()).await;
    let owner = Owner::of(&relay, 1, 100);
    for start in [1, 50, 90] {
        let refused = owner.put(start, &bytes(10)).await;
        assert_eq!((refused.status, refused.error(), refused.offset()), (409, "offset".into(), Some(0)));
    }
    owner.put(0, &bytes(10)).await;
    let again = owner.put(0, &bytes(10)).await;
    assert_eq!((again.error(), again.offset()), ("offset".into(), Some(10)));
    assert_eq!(owner.put_whole(&bytes(99)).await.error(), "size");
    assert_eq!(owner.put(95, &bytes(10)).await.error(), "bad_range");
}

/// Attack matrix row 46.
#[tokio::test]
async fn every_quota_has_a_refusal_of_its_own_and_counts_from_the_first_byte() {
    let quotas = Quotas { file_bytes: 100, room_file_bytes: 150, files_bytes: 200, ..Quotas::default() };
    let relay = Relay::on_disk("quotas", quotas).await;
    assert_eq!(Owner::of(&relay, 1, 101).put(0, &[1]).await.error(), "file_bytes");
    assert_eq!(Owner::of(&relay, 2, 100).put(0, &[1]).await.status, 202);
    let room = Owner::of(&relay, 3, 51).put(0, &[1]).await;
    assert_eq!((room.status, room.error()), (507, "room_file_bytes".into()));
    let mut other = Owner::of(&relay, 4, 100);
    other.ticket.room = RoomId::from_bytes([2; 16]);
    assert_eq!(other.put(0, &bytes(100)).await.status, 201);
    let mut third = Owner::of(&relay, 5, 1);
    third.ticket.room = RoomId::from_bytes([3; 16]);
    assert_eq!(third.put(0, &[1]).await.error(), "files_bytes");
}

#[tokio::test]
async fn a_ticket_opens_what_it_names_and_nothing_else() {
    let relay = Relay::on_disk("tickets", Quotas::default()).await;
    let owner = Owner::of(&relay, 1, 3);
    assert_eq!(owner.put_whole(b"abc").await.status, 201);
    let get = |ticket: String, file: FileId| {
        let head = format!("GET /v1/blob/{file} HTTP/1.1\r\nAuthorization: Bearer {ticket}");
        let relay = &relay;
        async move { relay.request(&head, b"").await }
    };
    let tickets = relay.tickets.as_ref().unwrap();
    let fetch = Ticket { purpose: Purpose::Get, ..owner.ticket };
    assert_eq!(get(tickets.mint(&fetch), fetch.file).await.body, b"abc");
    let other_file = get(tickets.mint(&fetch), FileId::from_bytes([9; 16])).await;
    assert_eq!((other_file.status, other_file.error()), (403, "ticket_for_another".into()));
    assert_eq!(get(tickets.mint(&owner.ticket), fetch.file).await.error(), "ticket_for_another");
    let ended = Ticket { expires: Timestamp::from_millis(1), ..fetch };
    assert_eq!(get(tickets.mint(&ended), fetch.file).await.error(), "ticket_expired");
    let forged = keyroom_relay::Tickets::from_key([0; 32]).mint(&fetch);
    assert_eq!(get(forged, fetch.file).await.error(), "ticket_invalid");
    let other_room = Ticket { room: RoomId::from_bytes([9; 16]), ..fetch };
    assert_eq!(get(tickets.mint(&other_room), fetch.file).await.error(), "unknown_file");
    let none = relay.request(&format!("GET /v1/blob/{} HTTP/1.1", fetch.file), b"").await;
    assert_eq!((none.status, none.error()), (401, "no_ticket".into()));
    let mut taken = Owner::of(&relay, 1, 3);
    taken.ticket.room = RoomId::from_bytes([9; 16]);
    assert_eq!(taken.put_whole(b"xyz").await.error(), "taken");
    for path in ["..%2f..%2fetc%2fpasswd", "../../etc/passwd", "a.file", ""] {
        let head = format!("GET /v1/blob/{path} HTTP/1.1\r\nAuthorization: Bearer {}", tickets.mint(&fetch));
        assert_eq!(relay.request(&head, b"").await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn files_and_half_files_outlive_a_restart() {
    let relay = Relay::on_disk("restart", Quotas::default()).await;
    let content = bytes(1000);
    assert_eq!(Owner::of(&relay, 1, 1000).put_whole(&content).await.status, 201);
    assert_eq!(Owner::of(&relay, 2, 1000).put(0, &content[..400]).await.status, 202);
    let mut relay = relay;
    relay.running.take().unwrap().shutdown(Duration::from_secs(1)).await;
    let config = keyroom_relay::Config { data: relay.data.take(), ..keyroom_relay::Config::default() };
    let relay = Relay::start(config).await;
    assert_eq!(Owner::of(&relay, 1, 1000).get("").await.body, content);
    let second = Owner::of(&relay, 2, 1000);
    assert_eq!(second.offset().await, (204, Some(400)));
    assert_eq!(second.put(400, &content[400..]).await.status, 201);
    use std::os::unix::fs::PermissionsExt as _;
    for entry in std::fs::read_dir(relay.data.as_ref().unwrap().join("files")).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_relay_in_memory_says_that_it_takes_no_files() {
    let relay = Relay::in_memory().await;
    assert!(relay.tickets.is_none());
    let refused = relay.request("PUT /v1/blob/AAAA HTTP/1.1", b"x").await;
    assert_eq!((refused.status, refused.error()), (501, "no_files".into()));
}
