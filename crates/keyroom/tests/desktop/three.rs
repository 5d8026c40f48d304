//! Three people with three windows: a room from its first start to the lab, and what each of them has of it afterwards.

use std::path::{Path, PathBuf};

use keyroom_testkit::scratch::Scratch;
use serde_json::{Value, json};

use crate::desk::{Desktop, Window, keyroom_of};
use crate::sight::{ACCENT, ACCENT_SOFT, FIELDS, WARNING_SOFT};

/// Somebody with a home of their own and a window.
struct Somebody {
    home: PathBuf,
    window: Window,
}

/// What is on everybody's screen, seen by who uses it.
struct Round {
    desktop: Desktop,
    // Removed last.
    _scratch: Scratch,
    passphrase: PathBuf,
}

impl Round {
    /// The first start: a name and a passphrase.
    fn begins(&mut self, name: &str, place: i32) -> Somebody {
        let home = self.passphrase.with_file_name(name);
        std::fs::create_dir(&home).unwrap();
        let desktop = &mut self.desktop;
        let window = desktop.open_at(place * 800, &home);
        desktop.raise(&window);
        desktop
            .look(&window, json!({"role": "entry", "name": "What should others call you?", "focused": true}));
        desktop.picture(&window, &format!("1-{name}-first-start"));
        desktop.type_text(name);
        desktop.click(&window, "password text", "Passphrase");
        desktop.type_text(PASSPHRASE);
        desktop.press("Tab");
        desktop.type_text(PASSPHRASE);
        desktop.press("Return");
        desktop.find(&window, "push button", "Host a room");
        desktop.is_called(&window, "Keyroom");
        desktop.picture(&window, &format!("2-{name}-start"));
        Somebody { home, window }
    }

    /// Hosts by mouse.
    fn hosts(&mut self, ada: &Somebody) {
        let (desktop, window) = (&mut self.desktop, &ada.window);
        desktop.click(window, "push button", "Host a room");
        desktop.click(window, "entry", "Name of the room");
        desktop.press("ctrl+a");
        desktop.type_text("Allotment");
        desktop.click(window, "radio button", "This computer only");
        desktop.picture(window, "3-host");
        desktop.click(window, "push button", "Open the room");
        desktop.find(window, "push button", "Copy link");
        desktop.is_called(window, "Allotment — Keyroom");
        desktop.picture(window, "4-key");
    }

    /// Joins by keyboard alone, with the link from the host's window.
    fn joins(&mut self, host: &Somebody, guest: &Somebody, name: &str) {
        let desktop = &mut self.desktop;
        desktop.click(&host.window, "push button", "Copy link");
        desktop.sees(&host.window, "Link copied");
        desktop.raise(&guest.window);
        desktop.press("ctrl+j");
        desktop.look(&guest.window, json!({"role": "entry", "name": "Key or link"}));
        desktop.press("ctrl+v");
        desktop.sees(&guest.window, "Address and key were taken from the link to a sealed room.");
        desktop.picture(&guest.window, &format!("5-{name}-join"));
        desktop.press("Return");
        desktop.look(&guest.window, json!({"role": "entry", "name": COMPOSER, "focused": true}));
        desktop.is_called(&guest.window, "Allotment — Keyroom");
        desktop.picture(&guest.window, &format!("6-{name}-in"));
    }

    /// Says something by keyboard, which every one of `others` reads.
    fn says(&mut self, who: &Somebody, text: &str, others: &[&Somebody]) {
        let desktop = &mut self.desktop;
        desktop.click(&who.window, "entry", COMPOSER);
        desktop.type_text(text);
        desktop.press("Return");
        for one in others {
            desktop.reads(&one.window, text);
        }
    }

    /// Waits for the end of a window that was closed; what is left is a home.
    fn leaves(&mut self, who: Somebody) -> PathBuf {
        let Somebody { home, window } = who;
        assert!(self.desktop.ends(window).success());
        home
    }

    /// What a command in the terminal prints, once the window is closed: lines of JSON.
    fn lines(&self, home: &Path, words: &[&str]) -> Vec<Value> {
        let mut keyroom = keyroom_of(home);
        let output = keyroom.arg("--passphrase-file").arg(&self.passphrase).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Who wrote what, as the profile has it.
    fn kept(&self, home: &Path) -> Vec<(String, String)> {
        let lines = self.lines(home, &["export", "Allotment"]);
        let messages = lines.iter().filter(|line| line["event"] == "message");
        messages.map(|line| (text_of(line, "from"), text_of(line, "text"))).collect()
    }

    /// Who is in the room, as the profile has it.
    fn members(&self, home: &Path) -> Vec<String> {
        let lines = self.lines(home, &["members", "Allotment", "--json"]);
        let mut names: Vec<String> = lines.iter().map(|line| text_of(line, "member")).collect();
        names.sort_unstable();
        names
    }
}

fn text_of(line: &Value, field: &str) -> String {
    line[field].as_str().unwrap().to_owned()
}

#[test]
fn three_windows_talk_answer_react_remove_one_and_look_inside() {
    let scratch = Scratch::new("three");
    let passphrase = scratch.write("passphrase", PASSPHRASE);
    let desktop = Desktop::start_with_place_for(3);
    let mut round = Round { desktop, _scratch: scratch, passphrase };
    let ada = round.begins("Ada", 0);
    let ben = round.begins("Ben", 1);
    let cleo = round.begins("Cleo", 2);
    round.hosts(&ada);
    round.joins(&ada, &ben, "Ben");
    round.joins(&ada, &cleo, "Cleo");
    round.desktop.raise(&ada.window);
    round.desktop.press("Escape");
    round.desktop.reads(&ada.window, "Cleo came in with the key");

    round.says(&ben, "who has the seeds?", &[&ada, &cleo]);
    answers(&mut round, &ada, [&ben, &cleo]);
    reacts(&mut round, &cleo, &ada);
    counts_what_was_not_seen(&mut round, &ben, &cleo);
    removes(&mut round, &ada, &cleo);
    round.says(&ada, "now it is two of us", &[&ben]);
    looks_inside(&mut round, &ben);
    attacks_a_copy(&mut round, &ben);
    asks_why(&mut round, &ben);
    everybody_has_what_they_may_have(round, ada, ben, cleo);
}

/// By mouse, from the menu of the message.
fn answers(round: &mut Round, ada: &Somebody, others: [&Somebody; 2]) {
    let (desktop, window) = (&mut round.desktop, &ada.window);
    desktop.raise(window);
    let question = desktop.reads(window, "who has the seeds?");
    desktop.click_at(window, &question, "3");
    desktop.find(window, "push button", "Reply");
    desktop.picture(window, "7-menu");
    desktop.click(window, "push button", "Reply");
    desktop.sees(window, "Answer to Ben");
    desktop.type_text("they are in the *shed*");
    desktop.press("Return");
    for one in others {
        desktop.reads(&one.window, "answers Ben: who has the seeds?");
    }
    // Own words stand on the soft accent: a line of them is more than this.
    desktop.is_coloured(window, ACCENT_SOFT, 4_000);
    desktop.picture(window, "8-answered");
}

/// By keyboard: to the messages, to the newest of them, its menu, the first emoji.
fn reacts(round: &mut Round, cleo: &Somebody, ada: &Somebody) {
    let (desktop, window) = (&mut round.desktop, &cleo.window);
    desktop.raise(window);
    desktop.press("shift+Tab");
    desktop.has_chosen(window, "they are in the shed");
    desktop.press("shift+F10");
    desktop.look(window, json!({"name": "React 👍", "focused": true}));
    desktop.picture(window, "9-palette");
    desktop.press("Return");
    desktop.reads(window, "👍 by");
    desktop.reads(&ada.window, "👍 by Cleo");
    desktop.picture(&ada.window, "10-reacted");
}

/// Ben looks elsewhere: his window's title counts what comes meanwhile, until he looks again.
fn counts_what_was_not_seen(round: &mut Round, ben: &Somebody, cleo: &Somebody) {
    round.desktop.is_called(&ben.window, "(1) Allotment — Keyroom");
    round.says(cleo, "thanks, both of you", &[ben]);
    round.desktop.is_called(&ben.window, "(2) Allotment — Keyroom");
    round.desktop.is_coloured(&ben.window, ACCENT, 300);
    round.desktop.raise(&ben.window);
    round.desktop.is_called(&ben.window, "Allotment — Keyroom");
    round.desktop.picture(&ben.window, "11-unread");
}

/// Asks once, says what happens, and the key is replaced.
fn removes(round: &mut Round, ada: &Somebody, cleo: &Somebody) {
    let (desktop, window) = (&mut round.desktop, &ada.window);
    desktop.raise(window);
    desktop.press("ctrl+p");
    desktop.find(window, "push button", "Code of Cleo");
    desktop.picture(window, "12-people");
    desktop.click(window, "push button", "Code of Cleo");
    desktop.find(window, "push button", "Take out of the room");
    desktop.picture(window, "13-card");
    desktop.click(window, "push button", "Take out of the room");
    desktop.sees(window, "Cleo reads nothing that is said from then on, and the key is replaced.");
    desktop.picture(window, "14-question");
    desktop.click(window, "push button", "Take out of the room");
    desktop.reads(window, "Ada took Cleo out of the room");
    desktop.picture(window, "15-removed");
    desktop.sees(&cleo.window, "Ada took you out of this room.");
    desktop.is_coloured(&cleo.window, WARNING_SOFT, 4_000);
    desktop.picture(&cleo.window, "16-taken-out");
}

/// By shortcut; what follows is by mouse.
fn looks_inside(round: &mut Round, ben: &Somebody) {
    let (desktop, window) = (&mut round.desktop, &ben.window);
    desktop.raise(window);
    desktop.press("shift+Tab");
    desktop.has_chosen(window, "now it is two of us");
    desktop.press("ctrl+i");
    desktop.sees(window, "as captured");
    for field in FIELDS {
        desktop.is_coloured(window, field, 100);
    }
    desktop.picture(window, "17-inspector");
    desktop.click(window, "page tab", "How it opened");
    desktop.sees(window, "right when it was opened");
    desktop.picture(window, "19-steps");
}

/// In a room that the lab makes: as it is it opens, and what was done to it is refused.
fn attacks_a_copy(round: &mut Round, ben: &Somebody) {
    let (desktop, window) = (&mut round.desktop, &ben.window);
    desktop.click(window, "page tab", "Try it");
    desktop.sees(window, "The copy ·");
    desktop.picture(window, "20-lab");
    for (attack, came) in [
        ("Open it", "Open it: It opens."),
        ("Send it again", "Send it again: Refused"),
        ("Ex-member", "Ex-member: Refused"),
        ("Flip a bit", "Flip bit"),
    ] {
        desktop.click(window, "push button", attack);
        desktop.reads(window, came);
        desktop.picture(window, &format!("21-lab-{}", attack.replace(' ', "-")));
    }
}

/// The table of who could see what, a page of the inspector.
fn asks_why(round: &mut Round, who: &Somebody) {
    let (desktop, window) = (&mut round.desktop, &who.window);
    desktop.click(window, "page tab", "Room");
    desktop.sees(window, "Who could see what");
    desktop.picture(window, "22-why");
}

/// The windows are closed, and the profiles opened without them. Attack matrix row 28: who was taken out has nothing of later.
fn everybody_has_what_they_may_have(mut round: Round, ada: Somebody, ben: Somebody, cleo: Somebody) {
    // The host is asked, since a room ends with this window; the others are not.
    round.desktop.close(&ada.window);
    round.desktop.find(&ada.window, "push button", "Close Keyroom");
    round.desktop.picture(&ada.window, "23-close");
    round.desktop.click(&ada.window, "push button", "Close Keyroom");
    let ada = round.leaves(ada);
    round.desktop.close(&ben.window);
    round.desktop.close(&cleo.window);
    let (ben, cleo) = (round.leaves(ben), round.leaves(cleo));

    let said = [
        ("Ben", "who has the seeds?"),
        ("Ada", "they are in the *shed*"),
        ("Cleo", "thanks, both of you"),
        ("Ada", "now it is two of us"),
    ];
    let said = said.map(|(from, text)| (from.to_owned(), text.to_owned()));
    assert_eq!(round.kept(&ada), said);
    assert_eq!(round.kept(&ben), said);
    assert_eq!(round.kept(&cleo), said[..3]);
    for home in [&ada, &ben] {
        assert_eq!(round.members(home), ["Ada", "Ben"]);
    }
}

const PASSPHRASE: &str = "tea lamp orbit seven";
const COMPOSER: &str = "Message to Allotment";
