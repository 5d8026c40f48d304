//! The layer table of `docs/architecture.md`, held by the build itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Crate → what it may use. Arrows point down only.
const LAYERS: &[(&str, &[&str])] = &[
    ("keyroom-types", &[]),
    ("keyroom-fernet", &["keyroom-types"]),
    ("keyroom-wire", &["keyroom-types"]),
    ("keyroom-link", &["keyroom-types", "keyroom-wire"]),
    ("keyroom-store", &["keyroom-types", "keyroom-wire"]),
    ("keyroom-relay", &["keyroom-link", "keyroom-store", "keyroom-wire", "keyroom-types"]),
    ("keyroom-mls", &["keyroom-types"]),
    ("keyroom-history", &["keyroom-types", "keyroom-mls"]),
    (
        "keyroom-client",
        &[
            "keyroom-fernet",
            "keyroom-link",
            "keyroom-mls",
            "keyroom-history",
            "keyroom-relay",
            "keyroom-wire",
            "keyroom-types",
        ],
    ),
    ("keyroom-view", &["keyroom-client", "keyroom-types"]),
    ("keyroom-gui", &["keyroom-view", "keyroom-client", "keyroom-types"]),
    ("keyroom", &["keyroom-gui", "keyroom-client", "keyroom-relay", "keyroom-fernet", "keyroom-types"]),
    (
        "keyroom-testkit",
        &[
            "keyroom-relay",
            "keyroom-client",
            "keyroom-history",
            "keyroom-mls",
            "keyroom-link",
            "keyroom-store",
            "keyroom-wire",
            "keyroom-types",
        ],
    ),
];

/// The benchmarks stand outside the layers: they may use anything, and nothing may use them.
fn is_bench(package: &str) -> bool {
    package.starts_with("keyroom-bench")
}

#[test]
fn every_edge_between_our_crates_is_in_the_layer_table() {
    let metadata =
        MetadataCommand::new().no_deps().exec().expect("cargo metadata runs where cargo test runs");
    let layers: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let ours: BTreeSet<String> = metadata.workspace_packages().iter().map(|p| p.name.to_string()).collect();
    assert_eq!(
        ours.iter().map(String::as_str).filter(|name| !is_bench(name)).collect::<BTreeSet<_>>(),
        layers.keys().copied().collect(),
        "the workspace and the layer table name the same crates"
    );
    for package in metadata.workspace_packages().iter().filter(|package| !is_bench(&package.name)) {
        let name = package.name.as_str();
        for edge in package.dependencies.iter().filter(|edge| ours.contains(&edge.name)) {
            let dev = edge.kind == DependencyKind::Development;
            let allowed =
                layers[name].contains(&edge.name.as_str()) || (dev && edge.name == "keyroom-testkit");
            assert!(allowed, "{name} may not use {}", edge.name);
        }
    }
}

#[test]
fn the_testkit_is_never_shipped() {
    let metadata =
        MetadataCommand::new().no_deps().exec().expect("cargo metadata runs where cargo test runs");
    for package in metadata.workspace_packages().iter().filter(|package| !is_bench(&package.name)) {
        for edge in package.dependencies.iter().filter(|edge| edge.name == "keyroom-testkit") {
            assert_eq!(edge.kind, DependencyKind::Development, "{} ships the testkit", package.name);
        }
    }
}
