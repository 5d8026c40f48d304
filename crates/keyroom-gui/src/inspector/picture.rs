//! An inspection drawn off screen by the software renderer, whatever draws the window: Slint's platform belongs to a thread, so
//! a thread of its own has one without a display.

use std::rc::Rc;
use std::thread;
use std::time::Duration;

use keyroom_view::{Picture, words as say};
use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, WindowAdapter};
use slint::{ComponentHandle, Global, ModelRc, PhysicalSize, PlatformError, Rgb8Pixel, VecModel};

use super::models::{lines, part};
use crate::{fonts, present, ui};

/// The picture as a PNG file's bytes.
///
/// # Errors
/// It cannot be drawn; with words that say why.
pub(super) fn draw(picture: &Picture) -> Result<Vec<u8>, String> {
    let drawing = say::spoken_here(|| drawn(picture));
    thread::scope(|scope| scope.spawn(drawing).join().unwrap_or_else(|_| Err(say::NO_PICTURE.to_owned())))
}

fn drawn(picture: &Picture) -> Result<Vec<u8>, String> {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    let platform = OffScreen { window: window.clone() };
    slint::platform::set_platform(Box::new(platform)).map_err(|error| error.to_string())?;
    fonts::use_outline_emoji();
    let page = ui::InspectorPicture::new().map_err(|error| error.to_string())?;
    page.invoke_light();
    fill(&page, picture);
    page.show().map_err(|error| error.to_string())?;
    // Laying out tells how high it is; what is not in sight yet counts only when it is.
    let mut height = 0;
    for _ in 0..LAYOUTS {
        window.set_size(PhysicalSize::new(WIDTH, height.max(1)));
        slint::platform::update_timers_and_animations();
        let wanted = whole(page.get_high());
        if wanted == height {
            break;
        }
        height = wanted;
    }
    let height = height.clamp(1, HIGHEST);
    window.set_size(PhysicalSize::new(WIDTH, height));
    let (columns, rows) = (WIDTH as usize, height as usize);
    let mut pixels = vec![Rgb8Pixel::default(); columns * rows];
    window.request_redraw();
    window.draw_if_needed(|renderer| {
        renderer.render(pixels.as_mut_slice(), columns);
    });
    let bytes: Vec<u8> = pixels.iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    encode(height, &bytes).map_err(|error| error.to_string())
}

fn encode(height: u32, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

fn fill(page: &ui::InspectorPicture, picture: &Picture) {
    let to = ui::Inspector::get(page);
    let drawn = present::Drawn { outlines: true };
    page.set_product(say::KEYROOM.into());
    to.set_words(present::inspector_words());
    to.set_kind(present::inspector_kind(&picture.kind));
    to.set_subject(drawn.text(&picture.subject));
    present::see(&to, &picture.see, drawn);
    to.set_heading(picture.heading.as_str().into());
    to.set_remarks(present::words(&picture.remarks));
    to.set_legend(present::legend(&picture.legend));
    to.set_steps(present::steps(&picture.steps, drawn));
    to.set_note(picture.note.as_str().into());
    to.set_note_tone(present::tone(picture.kind.tone));
    if let Some(bytes) = &picture.bytes {
        to.set_lines(lines(bytes, COLUMNS, ROWS));
        let parts = (0..bytes.parts().min(PARTS)).filter_map(|index| bytes.part(index)).map(part);
        to.set_parts(ModelRc::new(VecModel::from(parts.collect::<Vec<_>>())));
        let left = bytes.len().saturating_sub(COLUMNS * ROWS);
        page.set_more(if left > 0 { say::more_bytes(left) } else { String::new() }.into());
    }
}

fn whole(length: f32) -> u32 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and a height is small"
    )]
    let whole = length.ceil().max(0.0) as u32;
    whole.min(HIGHEST)
}

/// Windows of this thread are drawn into memory. There is no loop: nothing happens in a picture.
struct OffScreen {
    window: Rc<MinimalSoftwareWindow>,
}

impl Platform for OffScreen {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        Duration::ZERO
    }
}

const WIDTH: u32 = 1_180;
const HIGHEST: u32 = 12_000;
/// As often the layout is asked again, until it stays as it is.
const LAYOUTS: usize = 6;
const COLUMNS: usize = 16;
/// Rows of bytes and fields that a picture shows; the text has all.
const ROWS: usize = 64;
const PARTS: usize = 64;
