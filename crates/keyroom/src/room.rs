//! From the command line to the command that opens or enters a room.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use keyroom_client::{Command, Engine, Event, HostOptions, JoinOptions, Listen, Nearby, NearbyRoom};
use keyroom_relay::ListenAt;
use keyroom_types::{Address, Label};

use crate::cli::{FaceArgs, HostArgs, JoinArgs};
use crate::failure::Failure;
use crate::input::Lines;
use crate::plain::Happening;
use crate::secret::{self, Opener};

/// Standard input of this process.
pub(crate) type Stdin = Lines<io::StdinLock<'static>>;

/// How to open the room that `keyroom host` asks for.
pub(crate) fn host_options(
    args: &HostArgs,
    announce: bool,
    stdin: &mut Stdin,
) -> Result<HostOptions, Failure> {
    let key = secret::given(&args.key, stdin)?.map(|opener| opener.key().clone());
    Ok(HostOptions {
        name: args.name.clone().unwrap_or_else(|| label("Room")),
        me: me(&args.face),
        key,
        listen: listen(&args.listen)?,
        announce,
        pace: args.face.pace(),
    })
}

/// Where `keyroom host` listens.
pub(crate) fn listen(given: &[ListenAt]) -> Result<Listen, Failure> {
    if let [ListenAt::Everywhere(port)] = given {
        return Ok(Listen::EverywhereAt(*port));
    }
    let each = given.iter().map(|at| match at {
        ListenAt::One(addr) => Ok(*addr),
        ListenAt::Everywhere(port) => Err(Failure::usage(format!(
            "--listen :{port} means every address of this computer, so it stands alone."
        ))),
    });
    let addresses = each.collect::<Result<Vec<_>, _>>()?;
    Ok(if addresses.is_empty() { Listen::Everywhere } else { Listen::At(addresses) })
}

/// What `keyroom join` was told: a secret, and addresses where some were given.
pub(crate) struct Told {
    pub(crate) opener: Option<Opener>,
    pub(crate) addresses: Vec<Address>,
}

/// Reads address and key from where the arguments say, without asking.
pub(crate) fn join_told(args: &JoinArgs, stdin: &mut Stdin) -> Result<Told, Failure> {
    let given = args.address.as_deref().map(address).transpose()?;
    let opener = secret::given(&args.key, stdin)?;
    if args.face.fernet && opener.as_ref().is_some_and(|opener| opener.is_fernet() == Some(false)) {
        return Err(not_fernet());
    }
    let invited = opener.as_ref().map(Opener::addresses).unwrap_or_default();
    let addresses = given.map_or_else(|| invited.to_vec(), |address| vec![address]);
    Ok(Told { opener, addresses })
}

/// How to enter a Fernet room, asking for what was not given: the key first, then the place.
pub(crate) fn join_options(
    args: &JoinArgs,
    told: Told,
    stdin: &mut Stdin,
    engine: &Engine,
    happenings: &Receiver<Happening>,
) -> Result<JoinOptions, Failure> {
    let Told { opener, addresses: told } = told;
    let opener = match opener {
        Some(opener) => opener,
        None => secret::from_line(stdin, "Paste the invite or the key: ")?,
    };
    if opener.is_fernet() == Some(false) {
        return Err(not_fernet());
    }
    let addresses = match (told.as_slice(), opener.addresses()) {
        ([], []) => choose(&look(engine, happenings), stdin)?,
        ([], invited) => invited.to_vec(),
        (told, _) => told.to_vec(),
    };
    Ok(JoinOptions {
        name: join_name(&addresses),
        me: me(&args.face),
        addresses,
        key: opener.key().clone(),
        pace: args.face.pace(),
    })
}

/// What a joined room is called on this computer: its wire carries no name, so its address has to do.
pub(crate) fn join_name(addresses: &[Address]) -> Label {
    addresses.first().and_then(|address| address.to_string().parse().ok()).unwrap_or_else(|| label("Room"))
}

/// What this person is called unless `--as` says otherwise.
pub(crate) fn me(face: &FaceArgs) -> Label {
    face.me.clone().unwrap_or_else(|| label("Me"))
}

fn address(text: &str) -> Result<Address, Failure> {
    secret::refuse_in_argument(text)?;
    text.parse().map_err(|error| Failure::usage(format!("The address cannot be used: {error}.")))
}

/// Looks around on this network for a moment: until something is found and a little while for more.
fn look(engine: &Engine, happenings: &Receiver<Happening>) -> Vec<NearbyRoom> {
    engine.send(Command::LookNearby { on: true });
    let mut found = Vec::new();
    let mut until = Instant::now() + LOOK_FOR;
    while let Ok(happening) = happenings.recv_timeout(until.saturating_duration_since(Instant::now())) {
        match happening {
            Happening::Engine(Event::Nearby(Nearby::Looking(rooms))) => {
                if found.is_empty() && !rooms.is_empty() {
                    until = until.min(Instant::now() + LOOK_ON);
                }
                found = rooms;
            }
            Happening::Engine(Event::Nearby(Nearby::Impossible(_))) | Happening::Stop => break,
            _ => {}
        }
    }
    engine.send(Command::LookNearby { on: false });
    found
}

/// Lets a person choose; without one, takes the only room there is, or this computer's.
fn choose(found: &[NearbyRoom], stdin: &mut Stdin) -> Result<Vec<Address>, Failure> {
    let here = vec![Address::this_computer()];
    if !io::stdin().is_terminal() {
        return match found {
            [] => Ok(here),
            [only] => Ok(only.addresses.clone()),
            several => Err(Failure::usage(format!(
                "Several rooms are open on this network; say which one: keyroom join ADDR. They are at:{}",
                several
                    .iter()
                    .filter_map(|room| room.addresses.first())
                    .map(|a| format!("\n  {a}"))
                    .collect::<String>()
            ))),
        };
    }
    let mut prompt = String::new();
    for (number, room) in found.iter().enumerate() {
        if let Some(address) = room.addresses.first() {
            prompt.push_str(&format!("  {}  a room at {address}\n", number + 1));
        }
    }
    if found.is_empty() {
        prompt.push_str(
            "No room was found on this network. Its address is shown in the host's window, below the key.\n",
        );
    }
    prompt.push_str(&format!("Number or address (Enter for this computer, {}): ", here[0]));
    let answer = stdin
        .ask(&prompt)
        .map_err(|error| Failure::failed(format!("Standard input cannot be read: {error}.")))?;
    let answer = answer.unwrap_or_default();
    let answer = answer.trim();
    if answer.is_empty() {
        return Ok(here);
    }
    let picked = answer.parse::<usize>().ok().and_then(|number| found.get(number.checked_sub(1)?));
    match picked {
        Some(room) => Ok(room.addresses.clone()),
        None => address(answer).map(|address| vec![address]),
    }
}

fn not_fernet() -> Failure {
    Failure::usage(
        "This invite is to a sealed room, and --fernet asks for a Fernet room. Leave --fernet out.",
    )
}

/// A label of our own.
pub(crate) fn label(text: &'static str) -> Label {
    text.parse().expect("our own words are labels")
}

/// How long to look around when nothing is found.
const LOOK_FOR: Duration = Duration::from_secs(3);
/// How long to look on once something is found: rooms answer within a second of each other.
const LOOK_ON: Duration = Duration::from_millis(700);
