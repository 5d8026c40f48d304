//! Web addresses go to the program that the system opens them with: after a click, never by themselves.
//!
//! Attack matrix row 25: the address is one argument of one program, and no shell reads it. That it is an `http` or `https`
//! address of printable ASCII is a fact of its type.

use std::process::{Command, Stdio};

use keyroom_view::markup::WebAddress;

/// Opens an address; tells whether a program took it.
pub type Opener = Box<dyn Fn(&WebAddress) -> bool>;

/// Hands an address to the system's program for it.
pub(crate) fn open(address: &WebAddress) -> bool {
    let mut command = program(address.as_str());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    // Somebody must take note of its end, or it stays in the list of processes.
    let waits = std::thread::Builder::new().name("browser".to_owned()).spawn(move || drop(child.wait()));
    drop(waits);
    true
}

/// The program and its arguments.
fn program(address: &str) -> Command {
    // `start` is a word of the command line's shell, which would read the address: this is what it ends in.
    if cfg!(windows) {
        let mut command = Command::new("rundll32.exe");
        command.args(["url.dll,FileProtocolHandler", address]);
        return command;
    }
    let mut command = Command::new(if cfg!(target_os = "macos") { "open" } else { "xdg-open" });
    command.arg(address);
    command
}

#[cfg(test)]
mod tests {
    use keyroom_view::markup::{Formed, Names, Target};

    use super::*;

    /// Attack matrix row 25.
    #[test]
    fn an_address_is_one_argument_of_a_program_that_is_no_shell() {
        let formed =
            Formed::read("https://a.example/;touch$IFS/tmp/x?`id`&calc|'\"", &Names::default(), false);
        let Target::Web(address) = &formed.links[0].target else { panic!("a web address") };
        let command = program(address.as_str());
        let program = command.get_program().to_string_lossy();
        assert!(["xdg-open", "open", "rundll32.exe"].contains(&&*program));
        let args: Vec<_> = command.get_args().collect();
        assert_eq!(args.last().and_then(|last| last.to_str()), Some(address.as_str()));
        assert_eq!(args.len(), if cfg!(windows) { 2 } else { 1 });
        assert!(address.as_str().starts_with("https://a.example/"));
    }
}
