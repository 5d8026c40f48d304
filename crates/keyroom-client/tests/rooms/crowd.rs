//! Many peers at once.

use std::net::{Ipv4Addr, SocketAddr};

use keyroom_client::{DropReason, MessageState, Notice};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::{Person, Raw, opened, token};

#[test]
fn two_hundred_peers_get_everything() {
    let (mut host, room) = Person::host();
    let mut peers = (0..200).map(|_| Raw::connect(room.listening[0])).collect::<Vec<_>>();
    host.guests(200);
    for number in 0..5 {
        host.say(&format!("to all {number}"));
    }
    let from_one = token(b"from one", 1);
    peers[0].send(&from_one);
    for (place, peer) in peers.iter_mut().enumerate() {
        let count = if place == 0 { 5 } else { 6 };
        let mut texts = (0..count).map(|_| opened(&peer.read(100))).collect::<Vec<_>>();
        texts.retain(|text| text != "from one");
        assert_eq!(texts, (0..5).map(|number| format!("to all {number}")).collect::<Vec<_>>());
    }
    host.until(|host| host.states() == [MessageState::Sent { to: 200 }; 5]);
}

/// Attack matrix row 45: one address takes half of the room at most, and healthy clients notice nothing.
#[test]
fn two_thousand_idle_sockets_from_one_address_leave_room_for_others() {
    if !open_files(4_500) {
        println!("skipped: this system allows too few open files for 2,000 sockets");
        return;
    }
    let (mut host, room) = Person::host_at("0.0.0.0:0".parse().unwrap());
    let port = room.listening[0].port();
    let _idle = (0..2_000).map(|_| connect_from([127, 0, 0, 1], port)).collect::<Vec<_>>();
    let mut healthy = [2, 3].map(|last| Raw { stream: connect_from([127, 0, 0, last], port) });
    healthy[0].send(&token(b"hello", 1));
    assert_eq!(opened(&healthy[1].read(100)), "hello");
    host.until(|host| host.texts() == ["hello"]);
    let notices = host.notices();
    let joined = notices.iter().filter(|notice| matches!(notice, Notice::Joined(_))).count();
    let turned_away = |notice: &&Notice| matches!(notice, Notice::Dropped(_, DropReason::RoomFull));
    assert_eq!(joined, 502);
    assert!((1..5).contains(&notices.iter().filter(turned_away).count()), "a line, not a flood");
}

fn connect_from(from: [u8; 4], port: u16) -> std::net::TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
    socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
    socket.set_read_timeout(Some(crate::support::PATIENCE)).unwrap();
    socket.into()
}

/// Raises the limit of open files as far as the system lets us; whether that is enough.
fn open_files(needed: u64) -> bool {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    let wanted = Rlimit { current: Some(needed.min(most)), maximum: limit.maximum };
    limit.current.is_none_or(|current| current >= needed)
        || (most >= needed && setrlimit(Resource::Nofile, wanted).is_ok())
}
