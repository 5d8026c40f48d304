//! What other processes of the same user may learn from the memory of a running Keyroom. Attack matrix row 36.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use keyroom_testkit::process::Running;
use keyroom_testkit::scratch::Scratch;

/// A user that owns nothing: both the program and who attacks it run as that user.
const NOBODY: &str = "65534";

/// `command` as nobody.
fn as_nobody(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", program]);
    command
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The program where everybody may run it: the build's own directory may be closed to others.
fn program(scratch: &Scratch) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let copy = scratch.path().join("keyroom");
    fs::copy(env!("CARGO_BIN_EXE_keyroom"), &copy).unwrap();
    for path in [scratch.path(), copy.as_path()] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    copy.to_str().unwrap().to_owned()
}

fn host(program: &str) -> Command {
    let mut command = as_nobody(program);
    command.args(["host", "--fernet", "--ui", "plain", "--listen", "127.0.0.1:0", "--no-discovery"]);
    command
}

#[test]
fn another_process_of_the_same_user_cannot_attach() {
    if !is_root() {
        return; // Only root can become another user.
    }
    let scratch = Scratch::new("attach");
    let mut keyroom = Running::start(&mut host(&program(&scratch)));
    let key = keyroom.line_after("key: ");
    let pid = keyroom.id().to_string();
    // The one that is attacked without our doing, to see that the attack works here at all.
    let mut sleeper = as_nobody("sleep").arg("60").spawn().unwrap();
    let attack = |pid: &str| {
        let out = as_nobody("timeout").args(["2", "strace", "-qq", "-p", pid]).output().unwrap();
        String::from_utf8_lossy(&out.stderr).into_owned()
    };
    let refused = |said: &str| said.contains("Operation not permitted");
    assert!(
        !refused(&attack(&sleeper.id().to_string())),
        "strace can attach to processes of the same user here"
    );
    assert!(refused(&attack(&pid)), "row 36: ptrace is refused");
    let read = as_nobody("cat").arg(format!("/proc/{pid}/environ")).output().unwrap();
    assert!(!read.status.success(), "row 36: its memory files belong to root");
    assert!(!key.is_empty());
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

#[test]
fn a_crash_leaves_no_core() {
    let scratch = Scratch::new("core");
    let program = env!("CARGO_BIN_EXE_keyroom");
    let mut command = Command::new("sh");
    // Asks for core dumps without a bound first: the program must take that back itself.
    command.current_dir(scratch.path()).arg("-c").arg(format!(
        "ulimit -c unlimited 2>/dev/null; exec {program} host --fernet --ui plain --listen 127.0.0.1:0 --no-discovery"
    ));
    let mut keyroom = Running::start(&mut command);
    keyroom.line_after("key: ");
    let limits = fs::read_to_string(format!("/proc/{}/limits", keyroom.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    keyroom.signal("ABRT");
    keyroom.end();
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "row 36: no core beside it");
}
