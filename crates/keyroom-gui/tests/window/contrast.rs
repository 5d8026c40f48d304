//! Contrast of every pair of text and ground, computed from the colours that the window really uses
//! (WCAG 2.2, success criteria 1.4.3: at least 4.5 : 1, and 1.4.6, in high contrast: at least 7 : 1). Edges and the
//! ring around the keyboard stand out in high contrast, too (1.4.11: at least 3 : 1).

use keyroom_gui::ui;
use keyroom_view::Input;
use slint::{Color, ComponentHandle, Model};

use crate::stage::Stage;

#[test]
fn every_text_stands_out_from_its_ground_in_both_themes() {
    let stage = Stage::open(360, 400);
    texts_stand_out(&stage, 4.5);
}

#[test]
fn in_high_contrast_texts_stand_out_more_and_edges_are_seen() {
    let stage = Stage::open(360, 400);
    stage.handle(Input::ToggleContrast);
    texts_stand_out(&stage, 7.0);
    for dark in [false, true] {
        stage.dark(dark);
        let theme = stage.app.global::<ui::Theme<'_>>();
        for ground in [theme.get_background(), theme.get_panel(), theme.get_card(), theme.get_accent_soft()] {
            for edge in [theme.get_line(), theme.get_line_strong(), theme.get_accent()] {
                assert!(contrast(edge, ground) >= 3.0, "dark: {dark}: {edge} on {ground}");
            }
        }
        assert!(theme.get_ring() >= 3.0);
    }
}

fn texts_stand_out(stage: &Stage, least: f64) {
    for dark in [false, true] {
        stage.dark(dark);
        let theme = stage.app.global::<ui::Theme<'_>>();
        assert_eq!(theme.get_dark(), dark);
        let grounds = [theme.get_background(), theme.get_panel(), theme.get_card()];
        let mut pairs = vec![
            ("on-accent on accent", theme.get_on_accent(), theme.get_accent()),
            ("on-accent on accent-hover", theme.get_on_accent(), theme.get_accent_hover()),
            ("text on accent-soft", theme.get_text(), theme.get_accent_soft()),
            ("accent on accent-soft", theme.get_accent(), theme.get_accent_soft()),
            ("muted-on-soft on accent-soft", theme.get_muted_on_soft(), theme.get_accent_soft()),
            ("text on warning-soft", theme.get_text(), theme.get_warning_soft()),
            ("warning on warning-soft", theme.get_warning(), theme.get_warning_soft()),
            ("text on alarm-soft", theme.get_text(), theme.get_alarm_soft()),
            ("alarm on alarm-soft", theme.get_alarm(), theme.get_alarm_soft()),
            ("text on selection", theme.get_text(), theme.get_selection()),
        ];
        for ground in grounds {
            pairs.push(("text", theme.get_text(), ground));
            pairs.push(("muted", theme.get_muted(), ground));
            pairs.push(("accent", theme.get_accent(), ground));
            pairs.push(("warning", theme.get_warning(), ground));
            pairs.push(("alarm", theme.get_alarm(), ground));
        }
        for (ink, ground) in theme.get_fields().iter().zip(theme.get_fields_soft().iter()) {
            pairs.push(("a field on its ground", ink, ground));
        }
        for face in theme.get_faces().iter() {
            pairs.push(("on-face on face", theme.get_on_face(), face));
        }
        for (what, text, ground) in pairs {
            let ratio = contrast(text, ground);
            assert!(ratio >= least, "{what}, dark: {dark}: {ratio:.2} ({text} on {ground})");
        }
    }
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Color) -> f64 {
    let linear = |channel: u8| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.red()) + 0.7152 * linear(colour.green()) + 0.0722 * linear(colour.blue())
}
