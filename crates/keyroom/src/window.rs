//! The desktop window, in builds that have it.

use crate::cli::{Global, HostArgs, JoinArgs};
use crate::failure::Failure;

/// What the window shows first.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "gui"), allow(dead_code, reason = "a build without a window shows nothing first"))]
pub(crate) enum First<'a> {
    /// The start screen.
    Start,
    /// A room that is being opened.
    Host(&'a HostArgs),
    /// A room that is being entered, or the join screen where something is missing.
    Join(&'a JoinArgs),
}

/// Whether this build has a window and this session a display.
pub(crate) fn is_possible() -> bool {
    cfg!(feature = "gui") && has_display()
}

/// Opens the window and returns when it is closed.
#[cfg(not(feature = "gui"))]
pub(crate) fn open(_global: &Global, _first: First<'_>) -> Result<(), Failure> {
    Err(Failure::usage("This build has no window. Use the terminal: --ui plain."))
}

/// Opens the window and returns when it is closed.
#[cfg(feature = "gui")]
pub(crate) fn open(global: &Global, first: First<'_>) -> Result<(), Failure> {
    use keyroom_client::Config;

    if !has_display() {
        return Err(Failure::failed(
            "There is no display here, so no window can open. Use the terminal: --ui plain.",
        ));
    }
    let profile = crate::profile::open_for_window(global)?;
    let relay = profile.relay_dir();
    let (inputs, me) = inputs(first, !global.no_discovery, relay.as_deref())?;
    let config = Config::with_profile(profile, !global.no_discovery);
    let options = keyroom_gui::Options {
        me,
        // The face takes it from the profile.
        myself: None,
        kept: relay,
        discovery: !global.no_discovery,
        clock: Box::new(local_time),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    crate::interrupt::first(keyroom_gui::quit)?;
    keyroom_gui::run(config, options, inputs)
        .map_err(|error| Failure::failed(format!("{error}. In a terminal, --ui plain needs no window.")))
}

/// What the command line says, as if it had been typed into the window.
#[cfg(feature = "gui")]
fn inputs(
    first: First<'_>,
    discovery: bool,
    relay: Option<&std::path::Path>,
) -> Result<(Vec<keyroom_gui::Input>, Option<keyroom_types::Label>), Failure> {
    use keyroom_client::JoinOptions;
    use keyroom_gui::{Field, FieldText, Input};

    use crate::input::Lines;
    use crate::{room, secret};

    match first {
        First::Start => Ok((Vec::new(), None)),
        First::Host(args) => {
            let options = room::host_options(args, discovery, &mut Lines::stdin())?;
            let input = if args.face.fernet {
                Input::Host(options)
            } else {
                let relay = relay.filter(|_| !args.memory).map(ToOwned::to_owned);
                let sealed = sealed(options, args.at.clone(), relay);
                Input::HostSealed(Box::new(keyroom_client::SealedHostOptions {
                    approval: args.approve,
                    ..sealed
                }))
            };
            Ok((vec![input], args.face.me.clone()))
        }
        First::Join(args) => {
            let told = room::join_told(args, &mut Lines::stdin())?;
            let me = args.face.me.clone();
            let inputs = match told.opener {
                Some(secret::Opener::Invite(keyroom_types::Invite::Sealed(invite))) => {
                    let by = keyroom_client::EnterBy::Invite(*invite);
                    let options = keyroom_client::SealedJoinOptions { me: room::me(&args.face), by };
                    vec![Input::JoinSealed(Box::new(options))]
                }
                Some(secret::Opener::Key(key)) if !args.face.fernet && !told.addresses.is_empty() => {
                    let by = keyroom_client::EnterBy::Key { key, addresses: told.addresses };
                    let options = keyroom_client::SealedJoinOptions { me: room::me(&args.face), by };
                    vec![Input::JoinSealed(Box::new(options))]
                }
                Some(opener) if !told.addresses.is_empty() => vec![Input::Join(JoinOptions {
                    name: room::join_name(&told.addresses),
                    me: room::me(&args.face),
                    addresses: told.addresses,
                    key: opener.key().clone(),
                    pace: args.face.pace(),
                })],
                opener => {
                    let mut inputs = vec![Input::OpenJoin];
                    if args.face.fernet {
                        inputs.push(Input::ChooseKind(keyroom_gui::RoomKind::Fernet));
                    }
                    if let Some(address) = told.addresses.first() {
                        let text = FieldText::from(address.to_string());
                        inputs.push(Input::Edit { field: Field::Address, text });
                    }
                    if let Some(secret::Opener::Key(key)) = opener {
                        inputs.push(Input::Edit { field: Field::Key, text: FieldText::from(key.show()) });
                    }
                    inputs
                }
            };
            Ok((inputs, me))
        }
    }
}

/// The same room as a sealed one: on the relay that is named, or on one in this process.
#[cfg(feature = "gui")]
fn sealed(
    options: keyroom_client::HostOptions,
    at: Option<keyroom_types::RelayReference>,
    data: Option<std::path::PathBuf>,
) -> keyroom_client::SealedHostOptions {
    use keyroom_client::{HostOptions, INVITE_FOR, RelayAt, SealedHostOptions};

    let HostOptions { name, me, key, listen, announce, .. } = options;
    let at = at.map_or(RelayAt::Here { listen, data }, RelayAt::There);
    let max_members = keyroom_types::limits::HYBRID_MEMBERS;
    SealedHostOptions { name, me, key, at, announce, max_members, invite_for: INVITE_FOR, approval: false }
}

/// The clock on the wall, in the system's time zone.
#[cfg(feature = "gui")]
fn local_time(at: std::time::SystemTime) -> keyroom_gui::LocalTime {
    let zoned = jiff::Timestamp::try_from(at)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned_datetime(jiff::tz::TimeZone::system());
    let small = |part: i8| u8::try_from(part).unwrap_or(0);
    keyroom_gui::LocalTime {
        year: i32::from(zoned.year()),
        month: small(zoned.month()),
        day: small(zoned.day()),
        hour: small(zoned.hour()),
        minute: small(zoned.minute()),
    }
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("WAYLAND_DISPLAY") || set("DISPLAY")
}
