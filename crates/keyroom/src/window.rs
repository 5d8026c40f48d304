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
    if !has_display() {
        return Err(Failure::failed(
            "There is no display here, so no window can open. Use the terminal: --ui plain.",
        ));
    }
    // What the command line names is read before the window asks for anything.
    let (first, me) = inputs(first, !global.no_discovery)?;
    let opening = crate::profile::open_for_window(global)?;
    let options = keyroom_gui::Options {
        me,
        // The window takes both from the profile.
        myself: None,
        kept: None,
        discovery: !global.no_discovery,
        clock: Box::new(local_time),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    crate::interrupt::first(keyroom_gui::quit)?;
    keyroom_gui::run(opening, options, first)
        .map_err(|error| Failure::failed(format!("{error}. In a terminal, --ui plain needs no window.")))
}

/// What the command line says, as if it had been typed into the window.
#[cfg(feature = "gui")]
fn inputs(
    first: First<'_>,
    discovery: bool,
) -> Result<(keyroom_gui::First, Option<keyroom_types::Label>), Failure> {
    use keyroom_client::JoinOptions;
    use keyroom_gui::{Field, FieldText, Input};

    use crate::input::Lines;
    use crate::{room, secret};

    match first {
        First::Start => Ok((Box::new(|_, _| Vec::new()), None)),
        First::Host(args) => {
            let options = room::host_options(args, discovery, &mut Lines::stdin())?;
            if args.face.fernet {
                return Ok((Box::new(move |_, _| vec![Input::Host(options)]), args.face.me.clone()));
            }
            let (at, memory, approval) = (args.at.clone(), args.memory, args.approve);
            let first = move |relay: Option<std::path::PathBuf>, me: Option<keyroom_types::Label>| {
                let options = keyroom_client::HostOptions { me: me.unwrap_or(options.me), ..options };
                let sealed = sealed(options, at, relay.filter(|_| !memory));
                vec![Input::HostSealed(Box::new(keyroom_client::SealedHostOptions { approval, ..sealed }))]
            };
            Ok((Box::new(first), args.face.me.clone()))
        }
        First::Join(args) => {
            let told = room::join_told(args, &mut Lines::stdin())?;
            let (me, fernet, pace) = (args.face.me.clone(), args.face.fernet, args.face.pace());
            // In the words of the command line; the profile may know a name.
            let called = room::me(&args.face);
            let inputs = move |_: Option<std::path::PathBuf>, me: Option<keyroom_types::Label>| {
                let me = me.unwrap_or(called);
                match told.opener {
                    Some(secret::Opener::Invite(keyroom_types::Invite::Sealed(invite))) => {
                        let by = keyroom_client::EnterBy::Invite(*invite);
                        let options = keyroom_client::SealedJoinOptions { me, by };
                        vec![Input::JoinSealed(Box::new(options))]
                    }
                    Some(secret::Opener::Key(key)) if !fernet && !told.addresses.is_empty() => {
                        let by = keyroom_client::EnterBy::Key { key, addresses: told.addresses };
                        let options = keyroom_client::SealedJoinOptions { me, by };
                        vec![Input::JoinSealed(Box::new(options))]
                    }
                    Some(opener) if !told.addresses.is_empty() => vec![Input::Join(JoinOptions {
                        name: room::join_name(&told.addresses),
                        me,
                        addresses: told.addresses,
                        key: opener.key().clone(),
                        pace,
                    })],
                    opener => {
                        let mut inputs = vec![Input::OpenJoin];
                        if fernet {
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
                }
            };
            Ok((Box::new(inputs), me))
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
