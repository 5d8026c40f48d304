//! Pictures on disk.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use slint::{Rgba8Pixel, SharedPixelBuffer};

pub(crate) type Picture = SharedPixelBuffer<Rgba8Pixel>;

pub(crate) fn write(path: &Path, picture: &Picture) {
    let file = File::create(path).expect("the folder is there");
    let mut encoder = png::Encoder::new(BufWriter::new(file), picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let opaque: Vec<u8> = picture.as_slice().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    encoder
        .write_header()
        .expect("a header")
        .write_image_data(&opaque)
        .expect("as many bytes as the header says");
}

/// Width, height and RGB bytes.
pub(crate) fn read(path: &Path) -> Option<(u32, u32, Vec<u8>)> {
    let mut reader = png::Decoder::new(BufReader::new(File::open(path).ok()?)).read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut bytes).ok()?;
    bytes.truncate(info.buffer_size());
    Some((info.width, info.height, bytes))
}
