//! The desktop app under Xvfb with software rendering: start to first frame, memory, idle processor time.
//!
//! Usage: `cargo run --release -p keyroom-bench --bin window [-- path/to/keyroom]`. Needs `Xvfb`.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat, Window,
};
use x11rb::rust_connection::RustConnection;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let program =
        std::env::args_os().nth(1).map_or_else(|| PathBuf::from("target/release/keyroom"), PathBuf::from);
    let _screen = Killed(
        Command::new("Xvfb")
            .args([DISPLAY, "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stderr(Stdio::null())
            .spawn()?,
    );
    let (x11, root) = connect()?;
    let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
    x11.change_window_attributes(root, &watch)?.check()?;

    let mut frames = Vec::new();
    let mut last = None;
    for run in 0..=RUNS {
        let started = Instant::now();
        let app = Killed(
            Command::new(&program)
                // Without a profile the window would ask for a passphrase first.
                .args(["--no-discovery", "--ephemeral"])
                .env("DISPLAY", DISPLAY)
                .env("KEYROOM_RENDERER", "software")
                .env_remove("WAYLAND_DISPLAY")
                .stderr(Stdio::null())
                .spawn()?,
        );
        let window = mapped(&x11)?;
        let content = wait_for_content(&x11, window)?;
        // The first start reads the program from disk: it is shown, but not counted.
        if run > 0 {
            frames.push(content.duration_since(started));
        } else {
            println!("first start, cold: {:.0} ms", content.duration_since(started).as_secs_f64() * 1e3);
        }
        last = Some(app);
    }
    frames.sort();
    println!(
        "start to first frame, {RUNS} runs: median {:.0} ms, worst {:.0} ms (reach: 350)",
        frames[frames.len() / 2].as_secs_f64() * 1e3,
        frames[frames.len() - 1].as_secs_f64() * 1e3
    );
    if let Some(app) = &last {
        thread::sleep(Duration::from_secs(2));
        println!("resident memory: {:.1} MB (reach: 80)", resident_mb(app.0.id())?);
        let before = processor_ticks(app.0.id())?;
        thread::sleep(IDLE);
        let ticks = processor_ticks(app.0.id())? - before;
        println!("idle for {} s: {} ms of processor time", IDLE.as_secs(), ticks * 10);
    }
    Ok(())
}

/// Connects as soon as the screen is there.
fn connect() -> Outcome<(RustConnection, Window)> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match x11rb::connect(Some(DISPLAY)) {
            Ok((x11, screen)) => {
                let root = x11.setup().roots[screen].root;
                return Ok((x11, root));
            }
            Err(error) if Instant::now() > until => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The next large window that appears.
fn mapped(x11: &RustConnection) -> Outcome<Window> {
    loop {
        if let Event::MapNotify(map) = x11.wait_for_event()?
            && x11.get_geometry(map.window)?.reply()?.width > 200
        {
            return Ok(map.window);
        }
    }
}

/// When the window first shows more than one colour.
fn wait_for_content(x11: &RustConnection, window: Window) -> Outcome<Instant> {
    loop {
        let size = x11.get_geometry(window)?.reply()?;
        let (x, y) = (i16::try_from(size.width / 4)?, i16::try_from(size.height / 4)?);
        let image = x11
            .get_image(ImageFormat::Z_PIXMAP, window, x, y, size.width / 2, size.height / 2, u32::MAX)?
            .reply();
        // The window may be resized between the two requests; the next look will do.
        if let Ok(image) = image
            && image.data.chunks_exact(4).any(|pixel| pixel[..3] != image.data[..3])
        {
            return Ok(Instant::now());
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn resident_mb(pid: u32) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// User and system time in ticks of 10 ms (`proc(5)`, fields 14 and 15 of `stat`).
fn processor_ticks(pid: u32) -> Outcome<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().ok_or("no stat")?.split_whitespace().collect();
    Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
}

/// A child that does not outlive us.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const DISPLAY: &str = ":97";
const RUNS: usize = 9;
const IDLE: Duration = Duration::from_secs(10);
