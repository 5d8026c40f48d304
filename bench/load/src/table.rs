//! One Markdown table of all figures, and what they were measured on.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::accounting::file_system;
use crate::{Entrant, Fault};

/// Rows of figures, a column for each entrant, and ratios of ours to the first of the peers.
pub struct Table {
    entrants: Vec<Entrant>,
    rows: Vec<(String, Vec<Option<f64>>)>,
    notes: Vec<String>,
}

impl Table {
    /// A table for these entrants.
    pub fn new(entrants: &[Entrant]) -> Self {
        Self { entrants: entrants.to_vec(), rows: Vec::new(), notes: Vec::new() }
    }

    /// Adds a row. `figures` are the entrants' own, in any order; who is not among them has a dash.
    pub fn row(&mut self, what: impl Into<String>, figures: &[(Entrant, f64)]) {
        let figure =
            |entrant: &Entrant| figures.iter().find(|(of, _)| of == entrant).map(|(_, figure)| *figure);
        self.rows.push((what.into(), self.entrants.iter().map(figure).collect()));
    }

    /// Adds a sentence below the table.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The table, with a column for whoever has a figure.
    pub fn markdown(&self) -> String {
        let has_figures = |column: &usize| self.rows.iter().any(|(_, figures)| figures[*column].is_some());
        let columns: Vec<usize> = (0..self.entrants.len()).filter(has_figures).collect();
        let ours = |column: &usize| self.entrants[*column].is_ours();
        let peer = columns.iter().copied().find(|column| !ours(column));
        let rated: Vec<usize> =
            columns.iter().copied().filter(|column| peer.is_some() && ours(column)).collect();
        let mut text = "| |".to_owned();
        for column in &columns {
            let _ = write!(text, " {} |", self.entrants[*column].name());
        }
        for column in &rated {
            let ours = self.entrants[*column].name().replace("Keyroom, ", "");
            let peer = peer.map_or("", |peer| self.entrants[peer].name());
            let _ = write!(text, " {ours} / {} |", peer.trim_end_matches("-server"));
        }
        let _ = writeln!(text, "\n|---|{}", "---:|".repeat(columns.len() + rated.len()));
        for (what, figures) in &self.rows {
            let _ = write!(text, "| {what} |");
            for column in &columns {
                let _ = write!(text, " {} |", figures[*column].map_or_else(|| "–".to_owned(), shown));
            }
            for column in &rated {
                let ratio = figures[*column].zip(peer.and_then(|peer| figures[peer]));
                let ratio = ratio.filter(|(_, peer)| *peer > 0.0).map(|(ours, peer)| ours / peer);
                let _ = write!(
                    text,
                    " {} |",
                    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
                );
            }
            text.push('\n');
        }
        for note in &self.notes {
            let _ = write!(text, "\n{note}\n");
        }
        text
    }
}

/// Three digits that count, or all of those before the point.
fn shown(figure: f64) -> String {
    let decimals = if figure >= 100.0 {
        0
    } else if figure >= 10.0 {
        1
    } else {
        2
    };
    let plain = format!("{figure:.decimals$}");
    if plain.contains('.') || plain.len() <= 4 {
        return plain;
    }
    let start = plain.len() % 3;
    let groups = plain.as_bytes()[start..].chunks(3).map(String::from_utf8_lossy);
    let first = (start > 0).then(|| plain[..start].into());
    first.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// Date, commit, machine, versions and command of a run that is about to begin, in one paragraph.
pub(crate) fn circumstances(programs: &[(Entrant, &Path)], dir: &Path) -> String {
    let said = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|said| !said.is_empty())
    };
    let date = jiff::Timestamp::now().strftime("%-d %B %Y").to_string();
    let commit = said(Path::new("git"), &["describe", "--always", "--dirty"]);
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // What else runs here slows all entrants, and most of all those who wait for the disk.
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let mut text = format!(
        "{date}, commit {}, {cores} cores of {}, Linux {}, loopback, servers' files on {}, load average {} before the run",
        commit.as_deref().unwrap_or("unknown"),
        model.map_or("an unknown processor", |(_, model)| model),
        kernel.trim(),
        file_system(dir),
        load.split(' ').next().unwrap_or("unknown"),
    );
    for (entrant, program) in programs {
        let version = match entrant {
            Entrant::Mosquitto => said(program, &["-h"]),
            // It asks a running server for its version; the package knows it, too.
            Entrant::Ejabberd => said(Path::new("dpkg-query"), &["-W", "ejabberd"]),
            _ => said(program, &["--version"]),
        };
        let version = version.unwrap_or_else(|| entrant.name().to_owned());
        let _ = write!(text, "; {}", version.lines().next().unwrap_or_default().replace('\t', " "));
    }
    let _ = write!(text, ". `cargo run --release -p keyroom-bench-load -- {}`", arguments.join(" "));
    text
}

/// Appends a run to `docs/performance.md`.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn append_to_docs(section: &str) -> Result<(), Fault> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
    let mut text = fs::read_to_string(&path)?;
    text.push('\n');
    text.push_str(section);
    Ok(fs::write(&path, text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_figure_for_each_entrant_and_its_ratio_to_the_peer() {
        // Who has no figure at all has no column.
        let mut table = Table::new(&[Entrant::Memory, Entrant::Disk, Entrant::Nats, Entrant::Mosquitto]);
        table.row("speed, 1/s", &[(Entrant::Nats, 40_000.0), (Entrant::Memory, 123_456.4)]);
        table.row("kept, 1/s", &[(Entrant::Disk, 100.0)]);
        table.note("A note.");
        let expected = "| | Keyroom, memory | Keyroom, disk | nats-server | memory / nats | disk / nats |\n\
                        |---|---:|---:|---:|---:|---:|\n\
                        | speed, 1/s | 123,456 | – | 40,000 | 3.09 | – |\n\
                        | kept, 1/s | – | 100 | – | – | – |\n\nA note.\n";
        assert_eq!(table.markdown(), expected);
    }

    #[test]
    fn without_the_peer_there_are_no_ratios() {
        let mut table = Table::new(&[Entrant::Disk]);
        table.row("time, ms", &[(Entrant::Disk, 1.234)]);
        assert_eq!(table.markdown(), "| | Keyroom, disk |\n|---|---:|\n| time, ms | 1.23 |\n");
    }
}
