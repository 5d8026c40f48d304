//! What the toolkit's parser makes of what is written for it.

use keyroom_view::markup::Names;
use proptest::prelude::*;

use super::*;

/// What the parser made, as it prints itself: without what draws nothing.
fn parsed(spans: &[Span]) -> String {
    let written = written(spans.iter().map(|span| (span.text.clone(), span.style)));
    let parsed = StyledText::from_markdown(&written).unwrap_or_else(|error| panic!("{written:?}: {error}"));
    visible(&format!("{parsed:?}"))
}

fn visible(text: &str) -> String {
    text.replace("\\u{34f}", "").replace('\u{34F}', "")
}

/// What it must have made: the texts of its lines, and how many pieces have each look.
fn agrees(spans: &[Span]) -> Result<(), TestCaseError> {
    let parsed = parsed(spans);
    let whole: String = spans
        .iter()
        .map(|span| {
            let text: String = span
                .text
                .split('\n')
                .map(|line| line.chars().map(safe).collect::<String>())
                .collect::<Vec<_>>()
                .join("\n");
            if span.style.code { text.replace(' ', "\u{A0}") } else { text }
        })
        .collect();
    let mut paragraphs = parsed.split("StyledTextParagraph { text: ").skip(1);
    for line in whole.split('\n') {
        let made = paragraphs.next().unwrap_or_default();
        // White space at the end of a line draws nothing; the parser leaves it out.
        let wanted = visible(&format!("{:?}", line));
        let (start, _) = made.split_once(", formatting: ").unwrap_or((made, ""));
        let end = |text: &str| text.trim_matches('"').trim_end().to_owned();
        prop_assert_eq!(end(start), end(&wanted));
    }
    prop_assert_eq!(paragraphs.next(), None);
    let pieces = |look: &dyn Fn(&Style) -> bool| -> usize {
        let styled = spans.iter().filter(|span| look(&span.style));
        styled.flat_map(|span| span.text.split('\n')).filter(|line| !line.is_empty()).count()
    };
    for (style, count) in [
        ("Strong", pieces(&|style| style.bold || style.name)),
        ("Emphasis", pieces(&|style| style.italic)),
        ("Code", pieces(&|style| style.code)),
        ("Link", pieces(&|style| style.link.is_some())),
        ("Strikethrough", 0),
        ("Underline", 0),
        ("Color", 0),
    ] {
        prop_assert_eq!(parsed.matches(&format!("style: {style}")).count(), count, "{} in {}", style, parsed);
    }
    for link in spans.iter().filter(|span| !span.text.trim().is_empty()).filter_map(|span| span.style.link) {
        let called = format!("\"link:{link}\"");
        prop_assert!(parsed.contains(&called), "{} in {}", called, parsed);
    }
    Ok(())
}

fn span() -> impl Strategy<Value = Span> {
    let part = prop_oneof![
        3 => prop::sample::select(vec![
            "*", "**", "_", "`", "``", "```", "~~", "[a](b)", "![x](y)", "<u>", "</u>", "<font color=\"red\">", "&lt;", "&#42;", "\\", "#", "- ",
            "1. ", "> ", "    ", "\t", "===", "---", "http://a.example", "|", "\u{E541}", "\u{200D}", "\u{A0}", "a", "é", "א", "字", "🌱", " ",
            "\n", "<!--", "]", "(", ":", "$x$", "[^1]", "\u{301}",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    let text = prop::collection::vec(part, 1..6).prop_map(|parts| parts.concat());
    let style = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        prop::option::weighted(0.3, 0_usize..50),
    );
    (text, style).prop_map(|(text, (bold, italic, code, name, link))| {
        // As the view has it: code is no name and no link, and has no line end.
        let text = if code { text.replace('\n', "") } else { text };
        let (name, link) = if code { (false, None) } else { (name, link) };
        Span { text, style: Style { bold, italic, code, name, link } }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    /// Attack matrix row 25: nothing in a text means anything to the toolkit, and every look is where the view put it.
    #[test]
    fn the_toolkit_reads_what_the_view_found_and_nothing_else(spans in prop::collection::vec(span(), 0..8)) {
        agrees(&spans)?;
    }
}

/// Attack matrix row 25.
#[test]
fn markup_of_the_toolkit_stays_text() {
    for text in [
        "<font color=\"red\">x</font> <u>y</u> <a href='https://evil.example'>z</a>",
        "[bank](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
        "# big\n===\n---\n    code\n| a | b |\n&lt;&#42;",
        "\u{E541}\u{E541}",
    ] {
        let spans = [Span { text: text.to_owned(), style: Style::default() }];
        agrees(&spans).unwrap_or_else(|error| panic!("{error}"));
        assert!(parsed(&spans).matches("links: []").count() >= 1);
        assert!(!parsed(&spans).contains("links: [("));
    }
}

#[test]
fn a_link_is_called_by_its_number_and_nothing_else_is_one() {
    let formed = Formed::read("see **https://a.example** and https://b.example", &Names::default(), false);
    let parsed = parsed(&formed.blocks[0].spans);
    assert!(parsed.contains("\"link:0\"") && parsed.contains("\"link:1\""), "{parsed}");
    assert_eq!((link("link:1"), link("https://a.example"), link("link:x")), (Some(1), None, None));
}
