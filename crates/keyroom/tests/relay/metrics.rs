//! What the dashboard and the documentation name is there.

use std::collections::BTreeSet;

use keyroom_testkit::https;
use keyroom_testkit::scratch::Scratch;

use crate::relay;

/// Names of metrics in a text, as a monitoring program has them.
fn names(text: &str) -> BTreeSet<String> {
    let word = |rest: &str| -> String {
        rest.chars().take_while(|ch| ch.is_ascii_alphanumeric() || *ch == '_').collect()
    };
    text.match_indices("keyroom_").map(|(at, _)| word(&text[at..])).collect()
}

/// Names of samples on the page, without the parts of a histogram.
fn exported(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| names(line.split([' ', '{']).next().unwrap_or("")))
        .collect()
}

#[test]
fn every_metric_of_the_dashboard_and_of_the_documentation_is_exported_from_the_start_and_none_is_hidden() {
    let scratch = Scratch::new("metrics");
    let mut relay = relay(scratch.path(), "");
    let page = https::get(relay.way(), "/metrics").body;
    let exported = exported(&page);
    assert!(exported.len() > 30, "{exported:?}");

    let dashboard = include_str!("../../../../dist/grafana/keyroom-relay.json");
    let json: serde_json::Value = serde_json::from_str(dashboard).unwrap();
    assert_eq!(json["uid"], "keyroom-relay");
    let named = names(dashboard);
    assert!(named.len() > 25, "{named:?}");
    assert_eq!(
        named.difference(&exported).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "not exported: {page}"
    );

    let documentation = include_str!("../../../../docs/operator.md");
    let is_part = |name: &String| ["_bucket", "_sum", "_count"].iter().any(|part| name.ends_with(part));
    let families = exported.iter().filter(|name| !is_part(name)).cloned().collect::<BTreeSet<_>>();
    let described = names(documentation);
    assert_eq!(families.difference(&described).collect::<Vec<_>>(), Vec::<&String>::new(), "not described");
    let known: BTreeSet<String> = exported
        .iter()
        .map(|name| name.trim_end_matches("_bucket").to_owned())
        .chain(exported.clone())
        .collect();
    assert_eq!(described.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "not there");
    assert_eq!(relay.end(), Some(0));
}
