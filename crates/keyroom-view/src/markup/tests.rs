//! What is formatted and what is not, where links lead, whom a text names, and that hostile text costs little.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn names() -> Names {
    Names::of(
        [("Anna", true), ("Ben", false), ("Anna Maria", false), ("Ben (12345)", false)]
            .map(|(n, me)| (n.to_owned(), me)),
    )
}

fn read(text: &str) -> Formed {
    Formed::read(text, &names(), false)
}

/// The pieces of the only block, with a letter for each look.
fn looks(text: &str) -> Vec<(String, String)> {
    let formed = read(text);
    let [block] = &formed.blocks[..] else { panic!("{} blocks", formed.blocks.len()) };
    let look = |style: Style| {
        let marks = [
            (style.bold, 'b'),
            (style.italic, 'i'),
            (style.code, 'c'),
            (style.name, 'n'),
            (style.link.is_some(), 'l'),
        ];
        marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect()
    };
    block.spans.iter().map(|span| (look(span.style), span.text.clone())).collect()
}

fn pairs(spans: &[(&str, &str)]) -> Vec<(String, String)> {
    spans.iter().map(|&(look, text)| (look.to_owned(), text.to_owned())).collect()
}

fn target(text: &str) -> Option<(String, String)> {
    read(text).links.first().and_then(|link| match &link.target {
        Target::Web(address) => Some((address.as_str().to_owned(), address.host().to_owned())),
        Target::Invite(_) => None,
    })
}

fn address(text: &str) -> String {
    target(text).map_or_else(String::new, |(address, _)| address)
}

#[test]
fn bold_italics_and_code_stand_without_their_signs() {
    assert_eq!(looks("a **b** c"), pairs(&[("", "a "), ("b", "b"), ("", " c")]));
    assert_eq!(looks("*a* _b_ __c__"), pairs(&[("i", "a"), ("", " "), ("i", "b"), ("", " "), ("b", "c")]));
    assert_eq!(looks("***a** b*"), pairs(&[("bi", "a"), ("i", " b")]));
    assert_eq!(looks("**a *b* c**"), pairs(&[("b", "a "), ("bi", "b"), ("b", " c")]));
    assert_eq!(looks("`a*b*`, ``c`d``"), pairs(&[("c", "a*b*"), ("", ", "), ("c", "c`d")]));
    assert_eq!(looks("(**a**)"), pairs(&[("", "("), ("b", "a"), ("", ")")]));
    assert_eq!(looks("这是**重点**内容"), pairs(&[("", "这是"), ("b", "重点"), ("", "内容")]));
    assert_eq!(looks("**שלום** hi"), pairs(&[("b", "שלום"), ("", " hi")]));
}

#[test]
fn signs_that_are_none_stay_as_they_are() {
    for text in [
        "2 * 3 * 4 = 24",
        "snake_case_name",
        "C:\\*.*",
        "a ** b",
        "**",
        "****",
        "*",
        "a*b*c",
        "`",
        "``a`",
        "-",
        "- ",
        "1.",
        "3.5 is more than 2",
        "> ",
        "->",
        "--- no",
        "**a *b",
        "_a*",
        "@nobody",
        "a@ben.example",
        "x http:// y",
        "12345. too long",
        "\u{202e}".replace('\u{202e}', "⟨U+202E⟩").as_str(),
    ] {
        let formed = read(text);
        let said: Vec<&str> = formed.blocks.iter().flat_map(|b| &b.spans).map(|s| &*s.text).collect();
        assert!(formed.is_plain() || text == "> ", "{text}: {said:?}");
    }
}

#[test]
fn emphasis_ends_with_its_line() {
    assert!(read("**a\nb**").is_plain());
    assert_eq!(looks("**a**\n*b*"), pairs(&[("b", "a"), ("", "\n"), ("i", "b")]));
}

#[test]
fn code_quotes_and_lists_are_blocks() {
    let formed = read(
        "look:\n```rust\nfn main() {\n  *x*\n}\n```\n> said\n> **so**\n\n- one\n  - two\n2) three\n\nend",
    );
    let kinds: Vec<(&BlockKind, String)> =
        formed.blocks.iter().map(|b| (&b.kind, b.spans.iter().map(|s| &*s.text).collect())).collect();
    let item = |depth, mark: &str| BlockKind::Item { depth, mark: mark.to_owned() };
    assert_eq!(
        kinds,
        [
            (&BlockKind::Paragraph, "look:".to_owned()),
            (&BlockKind::Code, "fn main() {\n  *x*\n}".to_owned()),
            (&BlockKind::Quote, "said\nso".to_owned()),
            (&item(0, "•"), "one".to_owned()),
            (&item(1, "•"), "two".to_owned()),
            (&item(0, "2)"), "three".to_owned()),
            (&BlockKind::Paragraph, "end".to_owned()),
        ]
    );
    assert_eq!(formed.spoken(), "look:\nfn main() {\n  *x*\n}\nsaid\nso\n• one\n• two\n2) three\nend");
}

#[test]
fn what_is_said_are_the_same_words_and_each_stands_where_it_says() {
    let text = "look: **a** `` c`d ``\n```rust\n*x*\n\ny\n```\n> _said_\n- one\n  - two https://аа.example";
    let said = said(text, &names(), false);
    let words: String = said.iter().map(|said| &*said.text).collect();
    assert_eq!(words, read(text).spoken());
    for said in said.iter().filter(|said| !said.at.is_empty()) {
        assert!(said.text.starts_with(&text[said.at.clone()]), "{said:?}");
    }
}

/// Attack matrix row 27: without its sign a mark would stand on the letter before, with those that stand there already.
#[test]
fn a_sign_that_carries_a_mark_or_ends_a_chain_formats_nothing() {
    for text in ["a*\u{301}*", "**\u{301}b**", "*a*\u{301}", "\u{1F469}\u{200D}*\u{1F469}*", "*\u{200D}a*"] {
        assert!(read(text).is_plain(), "{text:?}");
    }
    assert_eq!(looks("*e\u{301}*"), pairs(&[("i", "e\u{301}")]));
}

#[test]
fn code_that_does_not_end_goes_to_the_end() {
    let formed = read("```\na\n\nb");
    assert_eq!((formed.blocks.len(), &*formed.blocks[0].spans[0].text), (1, "a\n\nb"));
    assert!(read("```").is_plain() && read("```a``` b").blocks.len() == 1);
}

#[test]
fn each_block_reads_in_its_own_direction() {
    let formed = read("hello\n\n> שלום\n\n- **مرحبا**");
    let rtl: Vec<bool> = formed.blocks.iter().map(|block| block.rtl).collect();
    assert_eq!(rtl, [false, true, true]);
}

/// Attack matrix row 25.
#[test]
fn a_link_ends_where_its_sentence_goes_on() {
    for (text, wanted) in [
        ("see https://a.example/b.", "https://a.example/b"),
        ("(https://a.example/b_(c))", "https://a.example/b_(c)"),
        ("**https://a.example**", "https://a.example"),
        ("https://a.example/x?y=1#z!", "https://a.example/x?y=1#z"),
        ("<https://a.example>", "https://a.example"),
        ("看https://a.example，好", "https://a.example"),
        ("HTTPS://A.Example/B", "https://a.example/B"),
        ("https://a.example/ü", "https://a.example/%C3%BC"),
        ("https://a.example/{x|y}'s", "https://a.example/%7Bx%7Cy%7D%27s"),
        ("https://a.example:8080/", "https://a.example:8080/"),
        ("https://[::1]:8080/x", "https://[::1]:8080/x"),
        ("http://192.168.1.1/x", "http://192.168.1.1/x"),
        ("https://a.example./x", "https://a.example/x"),
        ("https://a.example:/x", "https://a.example/x"),
    ] {
        assert_eq!(address(text), wanted, "{text}");
    }
}

/// Attack matrix rows 22 and 25: the real host is shown beside a text that does not show it plainly, and is what is opened.
#[test]
fn the_real_host_of_a_link_is_shown() {
    let cyrillic = "https://аррӏе.com/x";
    assert_eq!(
        target(cyrillic),
        Some(("https://xn--80ak6aa92e.com/x".to_owned(), "xn--80ak6aa92e.com".to_owned()))
    );
    assert_eq!(looks(cyrillic), pairs(&[("l", "https://аррӏе.com/x ⟨xn--80ak6aa92e.com⟩")]));
    let mixed = "https://pаypal.com";
    assert_eq!(target(mixed).unwrap().1, "xn--pypal-4ve.com");
    let user = "https://bank.example@evil.example/login";
    assert_eq!(target(user), Some(("https://evil.example/login".to_owned(), "evil.example".to_owned())));
    assert_eq!(looks(user), pairs(&[("l", "https://bank.example@evil.example/login ⟨evil.example⟩")]));
    // RFC 3492, section 7.1, and names in use.
    for (name, wanted) in [
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("他们为什么不说中文.example", "xn--ihqwcrb4cv8a8dqg056pqjye.example"),
        ("למההםפשוטלאמדבריםעברית.example", "xn--4dbcagdahymbxekheh6e0a7fei0b.example"),
        (
            "tạisaohọkhôngthểchỉnóitiếngviệt.example",
            "xn--tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g.example",
        ),
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
    ] {
        assert_eq!(target(&format!("https://{name}/")).unwrap_or_default().1, wanted);
    }
}

/// Attack matrix row 25: what programs read differently, or what is no web address, leads nowhere.
#[test]
fn what_is_not_certain_is_no_link() {
    for text in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://a.example",
        "mailto:a@b.example",
        "data:text/html,x",
        "https://",
        "https:///x",
        "https://.example",
        "https://a..example",
        "https://%65vil.example",
        "https://a.example:99999",
        "https://a.example:8x",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0x7f000001",
        "https://127.1/",
        "https://1.2.3.04/",
        "https://ｅｖｉｌ.example",
        "https://-a.example",
        "https://[::1",
        "https://[x]/",
        "https://a b",
        "xhttps://a.example",
        "https://\u{1D41E}vil.example",
        "https://a_b!c.example",
    ] {
        let found = target(text).map(|(address, _)| address);
        assert!(
            found.is_none() || text == "https://a b" && found.as_deref() == Some("https://a"),
            "{text}: {found:?}"
        );
    }
    let long = format!("https://a.example/{}", "x".repeat(3_000));
    assert_eq!(target(&long), None);
    // A backslash is a slash to a browser: the link ends before it.
    assert_eq!(address("https://good.example\\@evil.example"), "https://good.example");
}

/// Attack matrix rows 23 and 25: a mark of a hidden character ends a link.
#[test]
fn a_link_has_no_hidden_characters() {
    let shown = crate::timeline::shown::message("https://a.example/x\u{202e}gpj.exe", false);
    assert_eq!(address(&shown.text), "https://a.example/x");
}

#[test]
fn a_link_that_is_cut_off_is_none() {
    assert!(Formed::read("https://a.example/lon…", &names(), true).links.is_empty());
    assert_eq!(Formed::read("https://a.example/ and…", &names(), true).links.len(), 1);
}

#[test]
fn an_invite_is_an_invite_and_no_web_address() {
    let link = "keyroom://192.168.1.23:9999/?kind=fernet#cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    let formed = read(&format!("come: {link}."));
    assert!(matches!(&formed.links[..], [Link { target: Target::Invite(invite) }] if &**invite == link));
    assert!(read("keyroom://x/?kind=fernet#damaged").is_plain());
    assert!(!format!("{formed:?}").contains("FieldText(k"));
}

#[test]
fn names_of_who_is_here_stand_out() {
    assert_eq!(looks("@Ben, hi"), pairs(&[("n", "@Ben"), ("", ", hi")]));
    assert_eq!(looks("hi @anna maria!"), pairs(&[("", "hi "), ("n", "@anna maria"), ("", "!")]));
    assert_eq!(looks("@Ben (12345): you"), pairs(&[("n", "@Ben (12345)"), ("", ": you")]));
    assert!(read("hi @Annabel").is_plain() && read("a@anna").is_plain());
    assert!(read("so, @ANNA?").names_me && !read("@Anna Maria").names_me && !read("`@Anna`").names_me);
}

/// Attack matrix row 27: text that a parser could choke on, as long as a message can be.
#[test]
fn hostile_text_costs_no_more_than_plain_text() {
    let many: Names = Names::of((0..1_000).map(|at| (format!("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{at}"), false)));
    for part in [
        "*a ",
        "**a",
        "_*",
        "***a ",
        "`",
        "`a``",
        "``` ",
        "> ",
        "- ",
        "1. ",
        "\n",
        "\n\n",
        "https://",
        "http://%",
        "https://a.",
        "https://a.b/(",
        "@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
        "@",
        "keyroom://a#",
        "https://a@",
        "[",
        "(",
        "*_`",
        "\u{301}",
        "א",
        "h",
        "https://аа.",
        "\\",
        "```\n",
    ] {
        let text = part.repeat(100_000 / part.len());
        let began = Instant::now();
        let formed = Formed::read(&text, &many, true);
        // Generous: the slowest of these takes some ten milliseconds without optimisation.
        assert!(began.elapsed() < Duration::from_secs(2), "{part:?} took {:?}", began.elapsed());
        assert!(formed.blocks.len() <= blocks::MAX_BLOCKS + 1 && formed.links.len() <= 50);
    }
}

/// A text of the signs that mean something.
fn tangled() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => prop::sample::select(vec![
            "*", "**", "***", "_", "__", "`", "``", "```", "\n", "\n\n", "> ", "- ", "1. ", " ", "  ", "a", "B", "Ben", "@Anna", "@ben",
            "https://", "a.example", "/x", ")", "(", ".", "@", "#", "א", "م", "é", "字", "👩\u{200d}👧", "⟨U+202E⟩", "…", "\\", "\t", "keyroom://",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

/// Whether every character of `part` stands in `whole`, in this order.
fn is_subsequence(part: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    part.chars().all(|ch| rest.any(|other| other == ch))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever a text holds: nothing is shown that is not in it, but for the signs of lists and the hosts of links; and only
    /// signs and white space are left out. What can be opened is a web address of printable ASCII whose host is what it says.
    #[test]
    fn nothing_is_made_up_and_nothing_but_signs_is_left_out(text in tangled(), cut in any::<bool>()) {
        let formed = Formed::read(&text, &names(), cut);
        let mut shown = String::new();
        for block in &formed.blocks {
            for span in &block.spans {
                prop_assert!(!span.text.is_empty() || block.kind == BlockKind::Code);
                let said = span.style.link.and_then(|_| span.text.split_once(" ⟨")).map_or(&*span.text, |(said, _)| said);
                shown.push_str(said);
            }
            shown.push('\n');
        }
        if !formed.is_plain() {
            let essence = |text: &str| -> String {
                let sign = |ch: char| ch.is_whitespace() || matches!(ch, '*' | '_' | '`' | '>' | '-' | '+' | '•' | '.' | ')') || ch.is_ascii_digit();
                // What stands behind the signs that begin a block of code is its language, which is not shown.
                text.lines().filter(|line| !line.contains("```")).flat_map(str::chars).filter(|&ch| !sign(ch)).collect()
            };
            prop_assert!(is_subsequence(shown.trim_end(), &text), "{:?} of {:?}", shown, text);
            prop_assert!(is_subsequence(&essence(&text), &shown.replace("```", "")), "{:?} lacks some of {:?}", shown, text);
            // The words alone are the same, and stand where they say.
            let words = said(&text, &names(), cut);
            let alone: String = words.iter().map(|said| &*said.text).collect();
            let spoken = formed.spoken();
            prop_assert_eq!(alone.trim_start_matches('\n'), spoken.trim_start_matches('\n'));
            for said in words.iter().filter(|said| !said.at.is_empty()) {
                prop_assert!(said.text.starts_with(&text[said.at.clone()]));
            }
        }
        for link in &formed.links {
            if let Target::Web(address) = &link.target {
                let text = address.as_str();
                prop_assert!(text.starts_with("http://") || text.starts_with("https://"));
                prop_assert!(text.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
                let behind = text.split_once("://").unwrap().1;
                prop_assert!(behind.starts_with(address.host()));
                prop_assert!(matches!(behind[address.host().len()..].chars().next(), None | Some('/' | '?' | '#')));
            }
        }
    }

    /// What is opened reads as itself again: no second program finds another host in it.
    #[test]
    fn an_address_reads_as_itself(host in "[a-zа-я0-9.-]{1,20}", user in "[a-z.:]{0,6}@?", path in "[/?#]?[a-z/@:?#é]{0,10}") {
        let text = format!("https://{user}{host}{path}");
        if let Some((address, host)) = target(&text) {
            prop_assert_eq!(target(&address), Some((address, host)));
        }
    }
}
