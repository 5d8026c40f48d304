//! Connections that end at any byte.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use keyroom_client::relay_link::Trust;
use keyroom_types::Address;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::people::{Person, Room, at, dial, pin, start};
use crate::proxy::{Proxy, Way};

/// Two people meet and talk, each over a proxy that may cut their first connection. Returns the proxies: founder's and
/// newcomer's.
async fn conversation(
    relay: SocketAddr,
    trust: Trust,
    room: Room,
    cuts: [Option<(Way, usize)>; 2],
) -> [Proxy; 2] {
    let proxies = [Proxy::start(relay, cuts[0]).await, Proxy::start(relay, cuts[1]).await];
    let dialler = |proxy: &Proxy| {
        let (address, trust) = (Address::from(proxy.at), trust.clone());
        move || dial(address.clone(), trust.clone())
    };
    let mut founder = Person::founder(room, dialler(&proxies[0]));
    founder.until("the room is made", |founder| founder.is_made).await;
    let mut newcomer = Person::newcomer(room, dialler(&proxies[1]));
    let told = tokio::join!(talk(&mut founder, b'f'), talk(&mut newcomer, b'n'));

    // Each has each message once, whole, in one order.
    assert_eq!(told.0, told.1, "both have the same log");
    let mut said: Vec<Bytes> = told.0;
    said.sort_unstable();
    let mut expected = [messages(b'f'), messages(b'n')].concat();
    expected.sort_unstable();
    assert_eq!(said.len(), expected.len(), "each message once");
    assert!(said == expected, "each message whole");
    proxies
}

/// Comes in, says its messages, and hears all.
async fn talk(person: &mut Person, name: u8) -> Vec<Bytes> {
    person.until("the newcomer joins", Person::is_joined).await;
    let mut requests = Vec::new();
    for message in messages(name) {
        requests.push(person.say(message).await);
    }
    let all = 2 * messages(name).len();
    person
        .until("all is said and heard", |person| {
            person.messages().len() >= all && requests.iter().all(|request| person.answered.contains(request))
        })
        .await;
    assert_eq!(person.stopped, None);
    person.messages()
}

/// One of a word, one of a few records, one in between.
fn messages(name: u8) -> [Bytes; 3] {
    [5, 40_000, 900].map(|bytes| vec![name; bytes].into())
}

/// Attack matrix row 6: over real TLS, the first connection of each is cut at places all over the session, in one
/// direction and in the other. At every byte of a session without TLS, the relay's tests do it.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_cut_anywhere_each_message_is_there_once_and_whole_at_both_ends() {
    let relay = start().await;
    let (relay_at, trust) = (at(&relay), pin(&relay));
    let whole = conversation(relay_at, trust.clone(), Room(0), [None, None]).await;
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    let mut scenes = JoinSet::new();
    for place in 0..PLACES {
        for (number, way) in [(0, Way::ToRelay), (1, Way::ToClient)] {
            // The last place is the last byte; the places in between fall anywhere in records.
            let cut = |person: usize| {
                let bytes = whole[person].recorded(0, way).len();
                Some((way, bytes * place / (PLACES - 1)))
            };
            let cuts = [cut(0), cut(1)];
            let (at_once, trust) = (Arc::clone(&at_once), trust.clone());
            let room = Room(u8::try_from(1 + 2 * place + number).unwrap());
            scenes.spawn(async move {
                let _turn = at_once.acquire().await.unwrap();
                let proxies = conversation(relay_at, trust, room, cuts).await;
                proxies.iter().filter(|proxy| proxy.connections() > 1).count()
            });
        }
    }
    let mut came_back = 0;
    while let Some(scene) = scenes.join_next().await {
        came_back += scene.unwrap();
    }
    // All but the cuts at the very end, which a conversation that takes another course may not reach.
    assert!(came_back > PLACES * 2 * 2 * 3 / 4, "{came_back} connections were cut");
}

/// Places of cuts, in each direction.
const PLACES: usize = 24;
/// Conversations that run at the same time: they wait more than they work.
const AT_ONCE: usize = 8;
