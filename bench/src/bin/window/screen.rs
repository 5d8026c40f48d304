//! A screen that nobody sees, and hands at it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat, Window,
};
use x11rb::rust_connection::RustConnection;

use crate::Outcome;

/// Xvfb, and a connection to it.
pub(crate) struct Screen {
    pub(crate) display: String,
    x11: RustConnection,
    _server: Killed,
}

impl Screen {
    pub(crate) fn start() -> Outcome<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().ok_or("Xvfb says nothing")?).read_line(&mut number)?;
        let server = Killed(server);
        let display = format!(":{}", number.trim());
        let (x11, screen) = x11rb::connect(Some(&display))?;
        let root = x11.setup().roots[screen].root;
        let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::SUBSTRUCTURE_NOTIFY);
        x11.change_window_attributes(root, &watch)?.check()?;
        Ok(Self { display, x11, _server: server })
    }

    /// Starts a window's program on this screen, drawn by the software renderer in the light colours.
    pub(crate) fn open(&self, program: &mut Command) -> Outcome<Killed> {
        program
            .env("DISPLAY", &self.display)
            .env("KEYROOM_RENDERER", "software")
            .env("KEYROOM_THEME", "light")
            .env_remove("WAYLAND_DISPLAY")
            .stderr(Stdio::null());
        Ok(Killed(program.spawn()?))
    }

    /// The next large window that appears.
    pub(crate) fn mapped(&self) -> Outcome<Window> {
        loop {
            if let Event::MapNotify(map) = self.x11.wait_for_event()?
                && self.x11.get_geometry(map.window)?.reply()?.width > 200
            {
                return Ok(map.window);
            }
        }
    }

    /// When the window first shows more than one colour.
    pub(crate) fn has_content(&self, window: Window) -> Outcome<Instant> {
        self.when(|| {
            let size = self.x11.get_geometry(window)?.reply()?;
            let (x, y) = (i16::try_from(size.width / 4)?, i16::try_from(size.height / 4)?);
            let image = self
                .x11
                .get_image(ImageFormat::Z_PIXMAP, window, x, y, size.width / 2, size.height / 2, u32::MAX)?
                .reply();
            // The window may be resized between the two requests; the next look will do.
            Ok(image.is_ok_and(|image| image.data.chunks_exact(4).any(|pixel| pixel[..3] != image.data[..3])))
        })
    }

    /// When the pixel at the window's corner has this colour (blue, green, red).
    pub(crate) fn has_corner(&self, window: Window, colour: [u8; 3]) -> Outcome<Instant> {
        self.when(|| {
            let image = self.x11.get_image(ImageFormat::Z_PIXMAP, window, 4, 4, 1, 1, u32::MAX)?.reply()?;
            Ok(image.data.get(..3) == Some(&colour[..]))
        })
    }

    /// Waits until this stands in the window's title bar.
    pub(crate) fn is_called(&self, window: Window, title: &str) -> Outcome<Instant> {
        self.when(|| Ok(self.hand(&["getwindowname", &window.to_string()])?.trim_end() == title))
    }

    fn when(&self, mut there: impl FnMut() -> Outcome<bool>) -> Outcome<Instant> {
        let until = Instant::now() + PATIENCE;
        while !there()? {
            if Instant::now() > until {
                return Err("the window does not show what is waited for".into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(Instant::now())
    }

    /// What a person does: the words of `xdotool`.
    pub(crate) fn hand(&self, words: &[&str]) -> Outcome<String> {
        let done = Command::new("xdotool").args(words).env("DISPLAY", &self.display).output()?;
        if !done.status.success() {
            return Err(format!("xdotool {words:?}: {}", String::from_utf8_lossy(&done.stderr)).into());
        }
        Ok(String::from_utf8(done.stdout)?)
    }

    /// The same, begun only; it goes on for as long as `words` say.
    pub(crate) fn begin(&self, words: &[&str]) -> Outcome<Killed> {
        Ok(Killed(Command::new("xdotool").args(words).env("DISPLAY", &self.display).spawn()?))
    }
}

/// A child that does not outlive us.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);
