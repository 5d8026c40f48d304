//! Tells the service manager how far the relay is, where one asks (systemd, `sd_notify(3)`).

/// It serves.
pub(crate) const READY: &str = "READY=1";
/// It reads its files again.
pub(crate) const RELOADING: &str = "RELOADING=1";
/// It ends.
pub(crate) const STOPPING: &str = "STOPPING=1";

/// Tells it. A service manager that does not hear it waits for its own time-out: nothing here depends on it.
#[cfg(target_os = "linux")]
pub(crate) fn tell(state: &str) {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return };
    // An `@` stands for the null byte with which abstract names begin (unix(7)).
    let address = match name.as_bytes() {
        [b'@', rest @ ..] => SocketAddr::from_abstract_name(rest),
        _ => SocketAddr::from_pathname(&name),
    };
    let told = address.and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = told {
        tracing::debug!(%error, "the service manager could not be told");
    }
}

/// There is none to tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn tell(_state: &str) {}
