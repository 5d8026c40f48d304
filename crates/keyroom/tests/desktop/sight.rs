//! What a window looks like: its pixels, as the X server has them.

use std::path::PathBuf;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use crate::desk::{Desktop, Window, wait_until};

/// A colour of the light theme (`crates/keyroom-gui/ui/theme.slint`).
pub(crate) type Colour = [u8; 3];
/// What matters now: buttons to press, the unread line.
pub(crate) const ACCENT: Colour = [0x0E, 0x6F, 0x66];
/// The ground of own messages.
pub(crate) const ACCENT_SOFT: Colour = [0xDD, 0xEF, 0xEC];
/// The ground of warnings.
pub(crate) const WARNING_SOFT: Colour = [0xFB, 0xEF, 0xD9];
/// Grounds of the inspector's fields: framing; where and who; hash.
pub(crate) const FIELDS: [Colour; 3] = [[0xE4, 0xED, 0xF8], [0xE8, 0xE9, 0xF8], [0xF3, 0xEF, 0xD2]];

impl Desktop {
    /// Waits until so many pixels of the window have this colour.
    pub(crate) fn is_coloured(&mut self, window: &Window, colour: Colour, least: usize) {
        wait_until(|| {
            let (_, _, pixels) = self.pixels(window);
            let have = pixels.chunks_exact(3).filter(|pixel| **pixel == colour).count();
            if have >= least { Ok(()) } else { Err(format!("{have} pixels are {colour:02X?}, not {least}")) }
        });
    }

    /// Keeps a picture of the window, where pictures are wanted.
    pub(crate) fn picture(&mut self, window: &Window, name: &str) {
        let Some(folder) = std::env::var_os("KEYROOM_PICTURES").map(PathBuf::from) else { return };
        self.raise(window);
        let (width, height, pixels) = self.pixels(window);
        std::fs::create_dir_all(&folder).unwrap();
        let file = std::fs::File::create(folder.join(format!("{name}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    }

    /// Width, height, and red, green, blue of each pixel.
    fn pixels(&mut self, window: &Window) -> (u32, u32, Vec<u8>) {
        let (x11, _) = x11rb::connect(Some(&self.display)).unwrap();
        assert_eq!(x11.setup().image_byte_order, x11rb::protocol::xproto::ImageOrder::LSB_FIRST);
        let size = x11.get_geometry(window.x11()).unwrap().reply().unwrap();
        let image = x11
            .get_image(ImageFormat::Z_PIXMAP, window.x11(), 0, 0, size.width, size.height, u32::MAX)
            .unwrap()
            .reply()
            .unwrap();
        let rgb = image.data.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        (size.width.into(), size.height.into(), rgb)
    }
}
