//! Reading the file: strictly, with the line in every error.

use std::path::Path;

use super::{Config, ConfigError, Written};

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Says the file, the line, what is wrong and what to do.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError::new(format!(
                "the configuration file {shown} cannot be read: {error}. Check its path and who may read it"
            ))
        })?;
        Self::parse(&text, &shown.to_string())
    }

    /// Reads the text of a configuration file that is called `name` in errors.
    ///
    /// # Errors
    /// As for [`Config::load`].
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let read = toml::from_str::<Self>(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let what = error.message().trim_end().replace('\n', "; ");
            ConfigError::new(format!("{name}, line {line}: {what}. {}", advice(&what)))
        })?;
        Ok(Self { written: Written::read(text, name), ..read })
    }
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count() + 1
}

fn advice(what: &str) -> &'static str {
    if what.contains("unknown field") {
        "Check its spelling, or take it out"
    } else if what.contains("unknown variant") {
        "Use one of those"
    } else if what.contains("invalid type") {
        "Texts stand in quotation marks, numbers and true or false without, lists in [ ]"
    } else {
        "Correct that line"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ListenAt, LogFormat, MetricsFor};

    fn refused(text: &str) -> String {
        Config::parse(text, "relay.toml").and_then(|config| config.check()).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_is_the_default() {
        let config = Config::parse("", "relay.toml").unwrap();
        assert_eq!(config, Config::default());
        config.check().unwrap();
    }

    #[test]
    fn every_setting_is_understood() {
        let text = r#"
            listen = ["127.0.0.1:7", ":9999", "::1"]
            data = "/srv/keyroom"
            names = ["relay.example.org"]
            certificate = "/etc/relay.pem"
            key = "/etc/relay.key"
            metrics = "everyone"
            log_level = "debug"
            log_format = "json"
            log_addresses = true
            message_days = 90
            file_days = 7
            [quotas]
            rooms = 3
            file_bytes = 1000
        "#;
        let config = Config::parse(text, "relay.toml").unwrap();
        config.check().unwrap();
        assert_eq!(config.listen[1], ListenAt::Everywhere(9999));
        assert_eq!(config.sockets().len(), 4);
        assert_eq!((config.metrics, config.log_format), (MetricsFor::Everyone, LogFormat::Json));
        assert_eq!((config.quotas.rooms, config.quotas.file_bytes), (3, 1000));
        assert!(config.quotas.open, "what is not said stays as it is");
    }

    #[test]
    fn the_sample_in_the_documentation_is_understood() {
        let page = include_str!("../../../../docs/operator.md");
        let (_, configuration) = page.split_once("## Configuration").unwrap();
        let (sample, _) = configuration.split_once("```toml\n").unwrap().1.split_once("```").unwrap();
        let config = Config::parse(sample, "docs/operator.md").unwrap();
        config.check().unwrap();
        assert_eq!(config.quotas, crate::Quotas::default());
        assert_eq!((config.file_days, config.metrics), (30, MetricsFor::Loopback));
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let text = refused("\nlisten = []\nlisen = [\":1\"]\n");
        assert!(text.starts_with("relay.toml, line 3: unknown field `lisen`"), "{text}");
        assert!(text.ends_with("Check its spelling, or take it out"), "{text}");
        assert!(refused("[quotas]\nroomz = 1").contains("line 2: unknown field `roomz`"));
    }

    #[test]
    fn a_bad_value_is_an_error_with_its_line_and_what_to_do() {
        let text = refused("data = \"/srv\"\nlisten = [\"laptop\"]");
        assert!(text.contains("line 2: an address to listen at looks like 127.0.0.1:9999"), "{text}");
        assert!(refused("metrics = \"some\"").contains("unknown variant `some`, expected one of"));
        assert!(refused("memory = \"yes\"").contains("true or false without"));
        assert!(refused("file_days = -1").contains("line 1"));
        assert!(refused("listen = [").contains("line 1"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line_and_the_reason() {
        let cases = [
            ("\n[quotas]\nlinks = 0", "relay.toml, line 3: with `links = 0` nobody could connect"),
            (
                "quotas.appends_per_pass_per_second = 0",
                "line 1: with `appends_per_pass_per_second = 0` nobody could",
            ),
            ("[quotas]\nrooms = 0", "line 2: with `rooms = 0` nobody could open a room. Say `open = false`"),
            ("[quotas]\nroom_bytes = 1000", "line 2: `room_bytes` must be at least 1572864"),
            ("[quotas]\nuploading_bytes = 1000", "line 2: `uploading_bytes` must be at least 4194304"),
            ("[quotas]\nmemory_bytes = 1000", "line 2: `memory_bytes` must be at least 67108864, or 0"),
            (
                "[quotas]\nlinks = 10\nlinks_per_address = 20",
                "line 3: `links_per_address` is more than `links`",
            ),
            (
                "[quotas]\nroom_file_bytes = 5\nfile_bytes = 6",
                "line 3: `file_bytes` is more than `room_file_bytes`",
            ),
            ("\nmessage_days = 0", "line 2: days are counted from 1"),
            ("listen = [\":1\", \":1\"]", "line 1: it cannot listen at the same address twice"),
            ("names = [\"a.example\", \"a.example\"]", "line 1: \"a.example\" stands in `names` twice"),
            ("\nmemory = true\ndata = \"/srv\"", "line 3: `memory` keeps nothing on disk"),
            ("[quotas]\nlinks = 5_000_000_000", "line 2: invalid value"),
        ];
        for (text, expected) in cases {
            let said = refused(text);
            assert!(said.contains(expected), "{text}: {said}");
        }
        let only_less = "[quotas]\nlinks = 10\nroom_file_bytes = 5\nopen = false\nrooms = 0";
        Config::parse(only_less, "relay.toml").unwrap().check().unwrap();
    }

    #[test]
    fn every_quota_is_in_the_sample_of_the_documentation() {
        let page = include_str!("../../../../docs/operator.md");
        let (_, quotas) = page.split_once("[quotas]").unwrap();
        let keys = quotas.split_once("```").unwrap().0.lines().filter_map(|line| line.split_once(" = "));
        let keys: Vec<&str> = keys.map(|(key, _)| key).collect();
        let all = format!("{:?}", crate::Quotas::default());
        let fields = all.trim_start_matches("Quotas { ").trim_end_matches(" }").split(", ");
        for field in fields.map(|field| field.split_once(": ").unwrap().0) {
            assert!(keys.contains(&field), "{field} is not documented");
        }
    }

    #[test]
    fn settings_that_do_not_go_together_are_refused() {
        assert!(refused("memory = true\ndata = \"/srv\"").contains("take one of them out"));
        assert!(refused("certificate = \"/a\"").contains("go together"));
        assert!(refused("certificate = \"/a\"\nkey = \"/b\"").contains("add them"));
        assert!(refused("names = [\"https://relay\"]").contains("without port or https://"));
        assert!(refused("names = [\"10.0.0.1\"]").contains("is no DNS name"));
        assert!(refused("file_days = 0").contains("counted from 1"));
    }
}
