//! A program under test, driven line by line, without sleeping.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A running program whose lines are waited for, each with a deadline far beyond what a busy machine needs.
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    out: Receiver<String>,
    err: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    /// Starts a program with all three standard streams in our hands.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} starts: {error}"));
        let input = child.stdin.take();
        let out = lines(child.stdout.take().expect("it was piped"));
        let err = lines(child.stderr.take().expect("it was piped"));
        Self { child, input, out, err, seen: Vec::new() }
    }

    /// Writes one line to its standard input.
    pub fn line(&mut self, line: &str) {
        let input = self.input.as_mut().expect("its input is open");
        input.write_all(format!("{line}\n").as_bytes()).expect("it reads its input");
        input.flush().expect("it reads its input");
    }

    /// Writes raw bytes to its standard input.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("its input is open");
        input.write_all(bytes).expect("it reads its input");
        input.flush().expect("it reads its input");
    }

    /// Ends its standard input.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// The next line of standard output.
    pub fn next_line(&mut self) -> String {
        match self.out.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.seen.push(line.clone());
                line
            }
            Err(_) => panic!("no further line on standard output; {}", self.so_far()),
        }
    }

    /// The next line of standard output that starts so; without that start.
    pub fn line_after(&mut self, start: &str) -> String {
        loop {
            if let Some(rest) = self.next_line().strip_prefix(start) {
                return rest.to_owned();
            }
        }
    }

    /// The next line of standard error that contains this.
    pub fn error_with(&mut self, part: &str) -> String {
        let until = Instant::now() + PATIENCE;
        let mut passed = Vec::new();
        loop {
            match self.err.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(part) => return line,
                Ok(line) => passed.push(line),
                Err(_) => {
                    panic!("nothing with {part:?} on standard error, only {passed:?}; {}", self.so_far())
                }
            }
        }
    }

    /// Waits for its end: exit code, the rest of standard output, and of standard error.
    pub fn end(mut self) -> (Option<i32>, Vec<String>, String) {
        self.input = None;
        let out = drain(&self.out);
        let err = drain(&self.err).join("\n");
        let status = self.wait();
        (status.code(), out, err)
    }

    /// Sends it a signal by name, such as `INT`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "the signal was sent");
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        // Its streams are closed, so it is ending: polling is all that the standard library offers with a deadline.
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            thread::yield_now();
        }
        panic!("it does not end; {}", self.so_far());
    }

    fn so_far(&self) -> String {
        let err: Vec<String> = self.err.try_iter().collect();
        format!("standard output so far: {:#?}, standard error left: {err:#?}", self.seen)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, lines) = channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
            line.clear();
            if tell.send(text).is_err() {
                break;
            }
        }
    });
    lines
}

fn drain(lines: &Receiver<String>) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => all.push(line),
            Err(RecvTimeoutError::Disconnected) => return all,
            Err(RecvTimeoutError::Timeout) => panic!("it does not end; so far {all:#?}"),
        }
    }
}

/// Far beyond what a busy machine needs: a test waits this long only when it fails.
const PATIENCE: Duration = Duration::from_secs(60);
