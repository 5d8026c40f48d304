//! Reading the file: strictly, with the line in every error.

use std::path::Path;

use super::{Config, ConfigError};

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
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            let what = error.message().trim_end().replace('\n', "; ");
            ConfigError::new(format!("{name}, line {line}: {what}. {}", advice(&what)))
        })
    }

    /// Checks what single values cannot show.
    ///
    /// # Errors
    /// Says which settings do not go together and what to do.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = if self.memory && self.data.is_some() {
            "`memory` keeps nothing on disk, so it does not go with `data`: take one of them out"
        } else if self.certificate.is_some() != self.key.is_some() {
            "`certificate` and `key` go together: give both files, or neither for a certificate of the relay's own"
        } else if self.certificate.is_some() && self.names.is_empty() {
            "a certificate is for names: add them, such as names = [\"relay.example.org\"]"
        } else if let Some(name) = self.names.iter().find(|name| !is_dns_name(name)) {
            return Err(ConfigError::new(format!(
                "{name:?} in `names` is no DNS name. One looks like relay.example.org, without port or https://"
            )));
        } else if self.file_days == 0 || self.message_days == Some(0) {
            "days are counted from 1: nothing could be kept for 0 days"
        } else {
            return Ok(());
        };
        Err(ConfigError::new(wrong))
    }
}

/// The line of a byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
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

/// Whether clients can dial it by name and a certificate can hold it (RFC 1123, 2.1).
fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        let allowed = |ch: char| ch.is_ascii_lowercase() || ch.is_ascii_digit() || ch == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last_is_a_word =
        name.rsplit('.').next().is_some_and(|last| last.contains(|ch: char| ch.is_ascii_alphabetic()));
    name.len() <= keyroom_types::limits::NAME_BYTES && name.split('.').all(label) && last_is_a_word
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
    fn settings_that_do_not_go_together_are_refused() {
        assert!(refused("memory = true\ndata = \"/srv\"").contains("take one of them out"));
        assert!(refused("certificate = \"/a\"").contains("go together"));
        assert!(refused("certificate = \"/a\"\nkey = \"/b\"").contains("add them"));
        assert!(refused("names = [\"https://relay\"]").contains("without port or https://"));
        assert!(refused("names = [\"10.0.0.1\"]").contains("is no DNS name"));
        assert!(refused("file_days = 0").contains("counted from 1"));
    }
}
