//! A QR code as a picture.

use keyroom_view::QrMatrix;
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// One pixel per square, with four light squares around (ISO/IEC 18004, quiet zone). Always dark on light: many
/// cameras do not read the opposite.
pub(crate) fn image(code: &QrMatrix) -> Image {
    let Ok(side) = u32::try_from(code.width + 2 * QUIET) else { return Image::default() };
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(side, side);
    let pixels = buffer.make_mut_slice();
    pixels.fill(LIGHT);
    for (row, squares) in code.dark.chunks_exact(code.width.max(1)).enumerate() {
        let start = (row + QUIET) * (code.width + 2 * QUIET) + QUIET;
        let Some(line) = pixels.get_mut(start..start + code.width) else { break };
        for (pixel, &dark) in line.iter_mut().zip(squares) {
            if dark {
                *pixel = DARK;
            }
        }
    }
    Image::from_rgb8(buffer)
}

const QUIET: usize = 4;
const LIGHT: Rgb8Pixel = Rgb8Pixel { r: 255, g: 255, b: 255 };
const DARK: Rgb8Pixel = Rgb8Pixel { r: 28, g: 27, b: 25 };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_stand_inside_a_quiet_zone_of_four() {
        let image = image(&QrMatrix { width: 2, dark: vec![true, false, false, true] });
        let pixels = image.to_rgb8().expect("made from RGB pixels");
        assert_eq!((pixels.width(), pixels.height()), (10, 10));
        let dark: Vec<usize> = pixels
            .as_slice()
            .iter()
            .enumerate()
            .filter(|&(_, &pixel)| pixel == DARK)
            .map(|(at, _)| at)
            .collect();
        assert_eq!(dark, [4 * 10 + 4, 5 * 10 + 5]);
    }
}
