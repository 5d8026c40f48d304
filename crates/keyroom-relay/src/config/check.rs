//! What single values cannot show: settings that contradict one another, and such as leave nothing to serve.

use std::collections::HashSet;

use keyroom_types::limits;

use super::{Config, ConfigError};

impl Config {
    /// Checks what single values cannot show.
    ///
    /// # Errors
    /// Says which setting makes no sense, in which line, and what to do.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_places()?;
        self.check_certificate()?;
        self.check_days()?;
        self.check_zeros()?;
        self.check_sizes()
    }

    fn check_places(&self) -> Result<(), ConfigError> {
        if self.memory && self.data.is_some() {
            let what = "`memory` keeps nothing on disk, so it does not go with `data`: take one of them out";
            return self.wrong("data", what);
        }
        let mut seen = HashSet::new();
        // With port 0 each gets a port of its own.
        let again = self.sockets().into_iter().find(|at| at.port() != 0 && !seen.insert(*at));
        match again {
            Some(at) => self
                .wrong("listen", &format!("it cannot listen at the same address twice: take one {at} out")),
            None => Ok(()),
        }
    }

    fn check_certificate(&self) -> Result<(), ConfigError> {
        if self.certificate.is_some() != self.key.is_some() {
            let key = if self.key.is_some() { "key" } else { "certificate" };
            let what = "`certificate` and `key` go together: give both files, or neither for a certificate of the \
                        relay's own";
            return self.wrong(key, what);
        }
        if self.certificate.is_some() && self.names.is_empty() {
            let what = "a certificate is for names: add them, such as names = [\"relay.example.org\"]";
            return self.wrong("certificate", what);
        }
        let mut seen = HashSet::new();
        for name in &self.names {
            if !is_dns_name(name) {
                let what = format!(
                    "{name:?} in `names` is no DNS name. One looks like relay.example.org, without port or https://"
                );
                return self.wrong("names", &what);
            }
            if !seen.insert(name) {
                return self.wrong("names", &format!("{name:?} stands in `names` twice: take one out"));
            }
        }
        Ok(())
    }

    fn check_days(&self) -> Result<(), ConfigError> {
        let what = "days are counted from 1: nothing could be kept for 0 days";
        if self.file_days == 0 {
            return self.wrong("file_days", what);
        }
        if self.message_days == Some(0) { self.wrong("message_days", what) } else { Ok(()) }
    }

    /// A rate of nothing lets nobody do it ever.
    fn check_zeros(&self) -> Result<(), ConfigError> {
        let quotas = &self.quotas;
        let (open, append) = ("open a room. Say `open = false` instead", "write. Choose 1 or more");
        let (connect, commit, join) =
            ("connect. Choose 1 or more", "change a room. Choose 1 or more", "join. Choose 1 or more");
        let rates = [
            ("links", u64::from(quotas.links), connect),
            ("links_per_address", quotas.links_per_address.into(), connect),
            ("logins_per_address", quotas.logins_per_address.into(), connect),
            ("logins_per_address_per_minute", quotas.logins_per_address_per_minute.into(), connect),
            ("appends_per_pass", quotas.appends_per_pass.into(), append),
            ("appends_per_pass_per_second", quotas.appends_per_pass_per_second.into(), append),
            ("commits_per_pass", quotas.commits_per_pass.into(), commit),
            ("commits_per_pass_per_minute", quotas.commits_per_pass_per_minute.into(), commit),
            ("joins_per_door", quotas.joins_per_door.into(), join),
            ("joins_per_door_per_minute", quotas.joins_per_door_per_minute.into(), join),
            ("rooms", quotas.rooms, open),
            ("rooms_per_address", quotas.rooms_per_address.into(), open),
            ("rooms_per_address_per_hour", quotas.rooms_per_address_per_hour.into(), open),
        ];
        let nobody = rates.iter().find(|(_, value, what)| *value == 0 && (quotas.open || *what != open));
        match nobody {
            Some((key, _, what)) => {
                self.wrong(&format!("quotas.{key}"), &format!("with `{key} = 0` nobody could {what}"))
            }
            None => Ok(()),
        }
    }

    fn check_sizes(&self) -> Result<(), ConfigError> {
        let quotas = &self.quotas;
        let least = [
            ("room_bytes", quotas.room_bytes, limits::FRAME_BYTES as u64, "one commit and its messages"),
            ("uploading_bytes", quotas.uploading_bytes, limits::BLOB_BYTES as u64, "one blob"),
        ];
        if let Some((key, _, least, what)) = least.iter().find(|(_, value, least, _)| value < least) {
            let what = format!("`{key}` must be at least {least}, or {what} would not fit");
            return self.wrong(&format!("quotas.{key}"), &what);
        }
        if (1..MEMORY_BYTES).contains(&quotas.memory_bytes) {
            let what = format!(
                "`memory_bytes` must be at least {MEMORY_BYTES}, or 0 for no ceiling: a relay without clients has a \
                 third of that"
            );
            return self.wrong("quotas.memory_bytes", &what);
        }
        // Whoever lowers one of them need not know the others.
        let pairs = [
            ("links_per_address", u64::from(quotas.links_per_address), "links", quotas.links.into()),
            ("file_bytes", quotas.file_bytes, "room_file_bytes", quotas.room_file_bytes),
            ("room_file_bytes", quotas.room_file_bytes, "files_bytes", quotas.files_bytes),
        ];
        for (part, part_value, whole, whole_value) in pairs {
            let (part_key, whole_key) = (format!("quotas.{part}"), format!("quotas.{whole}"));
            if part_value > whole_value && self.written.has(&part_key) && self.written.has(&whole_key) {
                let what = format!(
                    "`{part}` is more than `{whole}`, so it bounds nothing: make it {whole_value} or less"
                );
                return self.wrong(&part_key, &what);
            }
        }
        Ok(())
    }

    fn wrong(&self, key: &str, what: &str) -> Result<(), ConfigError> {
        Err(ConfigError::new(self.written.at(key, what)))
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

/// The least ceiling that can be kept.
const MEMORY_BYTES: u64 = 64 << 20;
