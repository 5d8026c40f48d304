//! What others do about their messages, as scripts and people see it. Attack matrix row 14.

use std::time::Duration;

use keyroom_client::{
    Act, Command, Config, Engine, EnterBy, Event, Events, Position, Profile, RoomEvent, RoomId,
    SealedJoinOptions, SharedProfile,
};
use keyroom_types::Invite;

use crate::support::{event, hosting, keyroom, next};

/// Far beyond what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ben, whose client can do more than the command line.
fn ben(invite: &str) -> (Engine, Events, RoomId) {
    let profile = SharedProfile::new(Profile::ephemeral().unwrap(), None);
    let (engine, mut events) = Engine::start_with_events(Config::with_profile(profile, false)).unwrap();
    let Ok(Invite::Sealed(invite)) = Invite::parse(invite) else { panic!("a sealed invite") };
    let room = RoomId::fresh();
    let options = SealedJoinOptions { me: "Ben".parse().unwrap(), by: EnterBy::Invite(*invite) };
    engine.send(Command::JoinSealed { room, options: Box::new(options) });
    let entered =
        |event: &Event| matches!(event, Event::Room { event: RoomEvent::Entered { .. }, .. }).then_some(());
    events.wait_for(PATIENCE, entered).expect("he enters in time");
    (engine, events, room)
}

#[test]
fn what_others_change_and_take_back_is_told() {
    let args = ["--listen", "127.0.0.1:0", "--name", "Kitchen", "--as", "Ada"];
    let mut host = hosting(keyroom(&[&["--ephemeral", "host", "--ui", "plain"], args.as_slice()].concat()));
    let mut script = keyroom(&["--ephemeral", "join", "--key-stdin", "--as", "Cleo", "--json"]);
    script.line(&host.invite);
    assert_eq!(event(&mut script)["event"], "joined");
    let (engine, mut events, room) = ben(&host.invite);
    engine.say(room, "frist");
    let at = events.wait_for(PATIENCE, |event| {
        let Event::Room { event: RoomEvent::Appended { first, last }, .. } = event else { return None };
        let page =
            engine.history().page(room, *first, usize::try_from(last.0 - first.0 + 1).unwrap()).unwrap();
        let said = page.into_iter().find(|entry| matches!(&entry.body, keyroom_client::Body::Message(_)));
        said.map(|entry| entry.position)
    });
    let at: Position = at.expect("it is said in time");
    let said = next(&mut script, "message");
    assert_eq!(said["text"], "frist");
    assert_eq!(host.run.next_line(), "Ben: frist");

    engine.send(Command::Act { room, act: Act::Edit { of: at, text: "first".to_owned() } });
    let edited = next(&mut script, "edited");
    assert_eq!(
        (&edited["id"], &edited["from"], &edited["text"]),
        (&said["id"], &"Ben".into(), &"first".into())
    );
    host.run.error_with("Ben changed a message: first");
    engine.send(Command::Act { room, act: Act::Delete { of: at } });
    let deleted = next(&mut script, "deleted");
    assert_eq!((&deleted["id"], deleted.get("text")), (&said["id"], None));
    host.run.error_with("Ben took a message back");
    engine.shutdown();
}
