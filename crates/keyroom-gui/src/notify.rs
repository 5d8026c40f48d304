//! Notifications of the desktop, over the session's bus (Desktop Notifications Specification 1.2).
//!
//! Two threads: one that tells, one that hears which notification was clicked. Where there is no bus or nobody shows
//! notifications, nothing is told, and the title of the window still counts.

use keyroom_client::RoomId;
use keyroom_view::Note;

/// Tells the desktop.
pub(crate) struct Notifier {
    #[cfg(target_os = "linux")]
    to: std::sync::mpsc::Sender<bus::Said>,
}

impl Notifier {
    /// Tells nothing before it is asked to: then it looks for the bus. `on_click` is called on another thread.
    #[cfg(target_os = "linux")]
    pub(crate) fn start(on_click: impl Fn(RoomId) + Send + 'static) -> Self {
        Self { to: bus::start(None, on_click) }
    }

    /// Other systems are not told yet.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn start(on_click: impl Fn(RoomId) + Send + 'static) -> Self {
        drop(on_click);
        Self {}
    }

    /// Tells about a room, or takes back what was told of it.
    #[cfg_attr(not(target_os = "linux"), allow(clippy::unused_self, reason = "nobody is told"))]
    pub(crate) fn tell(&self, room: RoomId, note: Option<Note>) {
        #[cfg(target_os = "linux")]
        // Fails only when the thread could not be started: then nobody is told.
        drop(self.to.send(bus::Said { room, note }));
        #[cfg(not(target_os = "linux"))]
        drop((room, note));
    }
}

#[cfg(target_os = "linux")]
mod bus {
    use std::collections::HashMap;
    use std::pin::Pin;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::thread;

    use keyroom_client::RoomId;
    use keyroom_view::Note;
    use zbus::export::futures_core::Stream;
    use zbus::zvariant::Value;
    use zbus::{Connection, MatchRule, MessageStream, connection};

    /// What is to be told of a room.
    pub(super) struct Said {
        pub(super) room: RoomId,
        pub(super) note: Option<Note>,
    }

    /// The numbers that the desktop gave, by room.
    type Numbers = Arc<Mutex<HashMap<RoomId, u32>>>;

    /// Starts what tells: at the session's bus, or at one with this address.
    pub(super) fn start(address: Option<String>, on_click: impl Fn(RoomId) + Send + 'static) -> Sender<Said> {
        let (to, said) = channel();
        // Where there is no thread nobody is told.
        let _ = thread::Builder::new()
            .name("keyroom-notify".to_owned())
            .spawn(move || tell_all(&said, address, Box::new(on_click)));
        to
    }

    fn tell_all(said: &Receiver<Said>, address: Option<String>, on_click: Box<dyn Fn(RoomId) + Send>) {
        // Most windows never tell anything: the bus is looked for when the first does.
        let Ok(first) = said.recv() else { return };
        let Ok(desktop) = zbus::block_on(Desktop::find(address)) else { return };
        let (connection, numbers) = (desktop.connection.clone(), Arc::clone(&desktop.numbers));
        let _ = thread::Builder::new()
            .name("keyroom-clicks".to_owned())
            .spawn(move || zbus::block_on(hear(connection, numbers, on_click)));
        for one in std::iter::once(first).chain(said) {
            // One that is not shown is no reason not to show the next.
            let _ = zbus::block_on(desktop.tell(one));
        }
        let _ = zbus::block_on(desktop.connection.close());
    }

    struct Desktop {
        connection: Connection,
        numbers: Numbers,
        /// Whether the text is read as markup there.
        markup: bool,
    }

    impl Desktop {
        async fn find(address: Option<String>) -> zbus::Result<Self> {
            let connection = match address {
                Some(address) => connection::Builder::address(address.as_str())?.build().await?,
                None => Connection::session().await?,
            };
            let mut desktop = Self { connection, numbers: Numbers::default(), markup: true };
            let can: Vec<String> = desktop.call("GetCapabilities", &()).await?.body().deserialize()?;
            desktop.markup = can.iter().any(|name| name == "body-markup");
            Ok(desktop)
        }

        async fn call<B>(&self, method: &str, body: &B) -> zbus::Result<zbus::Message>
        where
            B: serde::ser::Serialize + zbus::zvariant::DynamicType,
        {
            self.connection.call_method(Some(NAME), PATH, Some(NAME), method, body).await
        }

        async fn tell(&self, said: Said) -> zbus::Result<()> {
            let known = self.lock().get(&said.room).copied();
            let Some(note) = said.note else {
                if let Some(number) = known {
                    self.lock().remove(&said.room);
                    self.call("CloseNotification", &number).await?;
                }
                return Ok(());
            };
            // Whoever wrote it must not make links or pictures of it (attack matrix row 25).
            let text = if self.markup { escaped(&note.text) } else { note.text };
            let hints: HashMap<&str, Value<'_>> =
                HashMap::from([("desktop-entry", "keyroom".into()), ("category", "im.received".into())]);
            let actions = ["default", ""];
            let body = (
                "Keyroom",
                known.unwrap_or(0),
                "",
                note.title.as_str(),
                text.as_str(),
                &actions[..],
                hints,
                -1,
            );
            let number: u32 = self.call("Notify", &body).await?.body().deserialize()?;
            self.lock().insert(said.room, number);
            Ok(())
        }

        fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RoomId, u32>> {
            self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// Hears which notification was clicked, until the connection ends.
    async fn hear(connection: Connection, numbers: Numbers, on_click: Box<dyn Fn(RoomId) + Send>) {
        let rule = MatchRule::builder()
            .msg_type(zbus::message::Type::Signal)
            .interface(NAME)
            .and_then(|rule| rule.member("ActionInvoked"));
        let Ok(rule) = rule else { return };
        let Ok(mut clicks) = MessageStream::for_match_rule(rule.build(), &connection, None).await else {
            return;
        };
        while let Some(Ok(click)) =
            std::future::poll_fn(|context| Pin::new(&mut clicks).poll_next(context)).await
        {
            let Ok((number, _action)) = click.body().deserialize::<(u32, String)>() else { continue };
            let numbers = numbers.lock().unwrap_or_else(PoisonError::into_inner);
            let room = numbers.iter().find(|(_, known)| **known == number).map(|(room, _)| *room);
            drop(numbers);
            if let Some(room) = room {
                on_click(room);
            }
        }
    }

    /// The text as text, where markup is read.
    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }

    const NAME: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";

    #[cfg(test)]
    mod tests {
        use std::io::{BufRead as _, BufReader};
        use std::process::{Child, Command, Stdio};
        use std::sync::mpsc::RecvTimeoutError;
        use std::time::Duration;

        use super::*;

        /// A session bus of its own.
        struct Bus {
            daemon: Child,
            address: String,
        }

        impl Bus {
            fn start() -> Self {
                let mut daemon = Command::new("dbus-daemon")
                    .args(["--session", "--print-address", "--nofork"])
                    .stdout(Stdio::piped())
                    .spawn()
                    .expect("dbus-daemon is installed (./test does that)");
                let mut address = String::new();
                let out = daemon.stdout.take().expect("it is piped");
                BufReader::new(out).read_line(&mut address).expect("it says its address");
                Self { daemon, address: address.trim().to_owned() }
            }
        }

        impl Drop for Bus {
            fn drop(&mut self) {
                let _ = self.daemon.kill();
                let _ = self.daemon.wait();
            }
        }

        /// What a desktop was asked to show, or to take back.
        #[derive(Debug, Eq, PartialEq)]
        enum Asked {
            Show { replaces: u32, title: String, text: String },
            Close(u32),
        }

        struct Fake {
            asked: Mutex<Sender<Asked>>,
            markup: bool,
        }

        #[zbus::interface(name = "org.freedesktop.Notifications")]
        impl Fake {
            fn get_capabilities(&self) -> Vec<&str> {
                if self.markup { vec!["body", "body-markup"] } else { vec!["body"] }
            }

            #[allow(clippy::too_many_arguments, reason = "as the specification has it")]
            fn notify(
                &self,
                _app: &str,
                replaces: u32,
                _icon: &str,
                title: String,
                text: String,
                _actions: Vec<String>,
                _hints: HashMap<String, zbus::zvariant::OwnedValue>,
                _timeout: i32,
            ) -> u32 {
                let asked = Asked::Show { replaces, title, text };
                let _ = self.asked.lock().expect("no test panics with it").send(asked);
                if replaces == 0 { 7 } else { replaces }
            }

            fn close_notification(&self, number: u32) {
                let _ = self.asked.lock().expect("no test panics with it").send(Asked::Close(number));
            }
        }

        /// A desktop on that bus.
        fn desktop(bus: &Bus, markup: bool) -> (Connection, Receiver<Asked>) {
            let (to, asked) = channel();
            let fake = Fake { asked: Mutex::new(to), markup };
            let built = zbus::block_on(async {
                let builder = connection::Builder::address(bus.address.as_str())?;
                builder.name(NAME)?.serve_at(PATH, fake)?.build().await
            });
            (built.expect("a name on the bus"), asked)
        }

        fn note(room: RoomId, text: &str) -> Said {
            Said { room, note: Some(Note { room, title: "Keyroom".to_owned(), text: text.to_owned() }) }
        }

        const PATIENCE: Duration = Duration::from_secs(30);

        /// Attack matrix row 25: what others wrote is text, in a notification, too.
        #[test]
        fn a_room_is_told_of_once_and_taken_back_and_a_click_names_it() {
            let bus = Bus::start();
            let (fake, asked) = desktop(&bus, true);
            let (clicked, clicks) = channel();
            let said = start(Some(bus.address.clone()), move |room| {
                let _ = clicked.send(room);
            });
            let room = RoomId::fresh();
            said.send(note(room, "<a href='x'>1</a> & more")).expect("it listens");
            let text = "&lt;a href='x'&gt;1&lt;/a&gt; &amp; more".to_owned();
            let shown = |replaces, text| Asked::Show { replaces, title: "Keyroom".to_owned(), text };
            assert_eq!(asked.recv_timeout(PATIENCE), Ok(shown(0, text)));
            said.send(note(room, "2 new messages")).expect("it listens");
            assert_eq!(asked.recv_timeout(PATIENCE), Ok(shown(7, "2 new messages".to_owned())));
            // Who hears of clicks may begin to listen a moment later, so it is clicked until somebody does.
            let heard = (0..300).find_map(|_| {
                let click = fake.emit_signal(None::<&str>, PATH, NAME, "ActionInvoked", &(7_u32, "default"));
                zbus::block_on(click).expect("it is sent");
                clicks.recv_timeout(Duration::from_millis(100)).ok()
            });
            assert_eq!(heard, Some(room));
            said.send(Said { room, note: None }).expect("it listens");
            assert_eq!(asked.recv_timeout(PATIENCE), Ok(Asked::Close(7)));
            // What was never told is not taken back.
            said.send(Said { room: RoomId::fresh(), note: None }).expect("it listens");
            said.send(note(room, "again")).expect("it listens");
            assert_eq!(asked.recv_timeout(PATIENCE), Ok(shown(0, "again".to_owned())));
        }

        #[test]
        fn where_text_is_no_markup_it_is_sent_as_it_is() {
            let bus = Bus::start();
            let (_fake, asked) = desktop(&bus, false);
            let said = start(Some(bus.address.clone()), |_| {});
            said.send(note(RoomId::fresh(), "a < b")).expect("it listens");
            let Ok(Asked::Show { text, .. }) = asked.recv_timeout(PATIENCE) else {
                panic!("nothing was shown")
            };
            assert_eq!(text, "a < b");
        }

        #[test]
        fn without_anybody_who_shows_it_nothing_waits() {
            let bus = Bus::start();
            let said = start(Some(bus.address.clone()), |_| {});
            let room = RoomId::fresh();
            // The thread ends when it finds nobody; what is said then is dropped.
            let ended = (0..300).any(|_| {
                let (never, waits) = channel::<()>();
                let over = said.send(note(room, "x")).is_err();
                let timeout = waits.recv_timeout(Duration::from_millis(if over { 0 } else { 100 }));
                drop(never);
                over && timeout == Err(RecvTimeoutError::Timeout)
            });
            assert!(ended);
        }
    }
}
