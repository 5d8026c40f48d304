//! Which renderer draws, and in which colours.

use std::fs::OpenOptions;

/// How the window is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Renderer {
    /// FemtoVG on OpenGL, where there is a graphics card.
    OpenGl,
    /// The software renderer: quick to start and small, but draws outline emoji only.
    Software,
}

impl Renderer {
    /// `KEYROOM_RENDERER=gl|software`; else OpenGL where a graphics card can be opened.
    ///
    /// Asking OpenGL itself would need unsafe code, and a software OpenGL (llvmpipe) costs five times the memory
    /// of the software renderer, so an openable render node decides.
    pub fn choose() -> Self {
        match std::env::var("KEYROOM_RENDERER").as_deref() {
            Ok("gl") => Self::OpenGl,
            Ok("software") => Self::Software,
            _ if cfg!(not(target_os = "linux")) || has_render_node() => Self::OpenGl,
            _ => Self::Software,
        }
    }
}

/// The colours that `KEYROOM_THEME=light|dark` asks for: 1 light, 2 dark, 0 as the system says.
pub(crate) fn theme() -> i32 {
    match std::env::var("KEYROOM_THEME").as_deref() {
        Ok("light") => 1,
        Ok("dark") => 2,
        _ => 0,
    }
}

/// Whether high contrast is asked for: by `KEYROOM_CONTRAST=high|usual`, else by the desktop's theme. Slint tells the
/// system's wish for light or dark, and none for contrast.
pub(crate) fn high_contrast() -> bool {
    let read = |name| std::env::var(name).unwrap_or_default();
    match read("KEYROOM_CONTRAST").as_str() {
        "high" => true,
        "usual" => false,
        _ => read("GTK_THEME").replace(['-', '_'], "").to_lowercase().contains("highcontrast"),
    }
}

fn has_render_node() -> bool {
    (128..144)
        .any(|node| OpenOptions::new().read(true).write(true).open(format!("/dev/dri/renderD{node}")).is_ok())
}
