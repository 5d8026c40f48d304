//! A window without a display: rendered by the software renderer into memory, driven by events.
use i_slint_backend_testing as backend;
use keyroom_gui::ui::*;
use slint::ComponentHandle;
use slint::platform::{Key, PointerEventButton, WindowEvent};

pub fn begin() {
    let options = backend::TestingBackendOptions {
        mock_time: true,
        threading: false,
        renderer_name: Some("software".into()),
        ..Default::default()
    };
    let _ = slint::platform::set_platform(Box::new(backend::TestingBackend::new(options)));
}
