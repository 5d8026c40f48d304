//! Draws every screen, light and dark, wide and narrow, without a display:
//! `cargo run -p keyroom-gui --example screenshots` writes `docs/screens/*.png`, or into the folder it is given.

#![allow(dead_code, unused_imports, clippy::panic, reason = "shares its stage with the tests")]

#[path = "../tests/window/picture.rs"]
mod picture;
#[path = "../tests/window/sample.rs"]
mod sample;
#[path = "../tests/window/screens.rs"]
mod screens;
#[path = "../tests/window/stage.rs"]
mod stage;

<<<<<<< HEAD
fn msg(own: bool, named: bool, name: &str, face: i32, time: &str, text: &str, state: &str) -> TimelineRow {
    TimelineRow {
        kind: RowKind::Message,
        own,
        named,
        name: name.into(),
        letter: name[..1].into(),
        face,
        time: time.into(),
        text: text.into(),
        state: state.into(),
        ..Default::default()
    }
}

fn main() {
    stage::begin();
    let app = App::new().unwrap();
    app.show().unwrap();
    let rows = vec![
        TimelineRow { kind: RowKind::Day, text: "Today".into(), ..Default::default() },
        TimelineRow {
            kind: RowKind::Notice,
            text: "guest 1 came in with the key · 09:58".into(),
            ..Default::default()
        },
        msg(
            false,
            true,
            "Anna",
            0,
            "10:31",
            "Shall we plant on Saturday? مرحبا بالجميع I can bring the tools and two more pairs of gloves.",
            "",
        ),
        msg(false, true, "Cleo", 2, "10:36", "Yes! At nine, before it gets hot.", ""),
        msg(true, true, "D", 3, "10:40", "Nine is fine. Here is the plan of the beds.", "sent ✓"),
        TimelineRow {
            kind: RowKind::Warning,
            text: "guest 3 sent 2 messages that this key does not open.".into(),
            ..Default::default()
        },
        msg(false, true, "Bo", 1, "10:42", "the seeds came today", ""),
        msg(true, true, "D", 3, "10:43", "Great, then nothing can go wrong.", "sent ✓"),
        TimelineRow {
            failed: true,
            ..msg(true, true, "D", 3, "10:44", "Are you still there?", "not sent: the connection was lost")
        },
    ];
    app.global::<Room>().set_rows(ModelRc::new(VecModel::from(rows)));
    let r = app.global::<Room>();
    r.set_there(true);
    r.set_name("Garden project".into());
    r.set_kind("Fernet".into());
    r.set_state("4 people · online".into());
    r.set_hosting(true);
    let p = |id, n: &str, d: &str, f| PersonRow {
        id,
        name: n.into(),
        letter: n[..1].into(),
        face: f,
        detail: d.into(),
        here: true,
        renamable: id > 0,
    };
    r.set_people(ModelRc::new(VecModel::from(vec![
        p(0, "Djamila (you)", "host", 3),
        p(1, "Anna", "online", 0),
        p(2, "Bo", "online", 1),
        p(3, "Cleo", "online", 2),
    ])));
    let rr = |id, n: &str, pv: &str, t: &str, u, s| RoomRow {
        id,
        name: n.into(),
        preview: pv.into(),
        time: t.into(),
        unread: u,
        selected: s,
    };
    let nearby = app.global::<Nearby>();
    nearby.set_list(ModelRc::new(VecModel::from(vec![NearbyRoom {
        title: "A room at 192.168.1.23".into(),
        detail: "open now · needs its key".into(),
    }])));
    nearby.set_looking(true);
    let k = app.global::<KeySheet>();
    k.set_title("Invite people to Garden project".into());
    k.set_warning("Who has this key can come in and read everything that is said. Show it only to people you want here.".into());
    k.set_groups(ModelRc::new(VecModel::from(
        "rA1D 7l8f 6T6K zG9k JvQ1 F8x6 A0sK zvQf VJ1M _6Z3 m8E="
            .split(' ')
            .map(|s| s.into())
            .collect::<Vec<slint::SharedString>>(),
    )));
    k.set_addresses(ModelRc::new(VecModel::from(vec!["192.168.1.23:9999".into()])));
    k.set_lacks(ModelRc::new(VecModel::from(vec![
        "Who learns the key later can read what was said before.".into(),
        "Nobody can prove who wrote a message.".into(),
    ])));
    let mut buf = slint::SharedPixelBuffer::<slint::Rgba8Pixel>::new(33, 33);
    for (i, px) in buf.make_mut_slice().iter_mut().enumerate() {
        let v = if (i * 7919 + i / 33 * 31) % 5 < 2 { 0x1c } else { 0xff };
        *px = slint::Rgba8Pixel::new(v, v, v, 255);
    }
    k.set_code(slint::Image::from_rgba8(buf));
    k.set_with_code(true);
    k.set_hosting(true);
    k.set_can_announce(true);
    k.set_announced(true);
    let dir = std::env::args().nth(1).unwrap_or("/tmp/screens".into());
    std::fs::create_dir_all(&dir).unwrap();
    for (t, theme) in [(1, "light"), (2, "dark")] {
        app.invoke_use_theme(t);
        for (w, h) in [(1180, 760), (360, 720)] {
            app.window().set_size(slint::PhysicalSize::new(w, h));
            app.window().dispatch_event(slint::platform::WindowEvent::Resized {
                size: slint::LogicalSize::new(w as f32, h as f32),
            });
            for name in ["start", "host", "join", "room", "key", "about", "leave"] {
                let ui = app.global::<Ui>();
                ui.set_sheet(match name {
                    "key" => Sheet::Key,
                    "about" => Sheet::About,
                    "leave" => Sheet::Leave,
                    _ => Sheet::None,
                });
                ui.set_screen(match name {
                    "start" => Screen::Start,
                    "host" => Screen::Host,
                    "join" => Screen::Join,
                    _ => Screen::Room,
                });
                app.global::<Rooms>().set_list(ModelRc::new(VecModel::from(
                    if name == "start" || name == "host" {
                        vec![]
                    } else {
                        vec![
                            rr(1, "Garden project", "Bo: the seeds came today", "10:42", 0, true),
                            rr(2, "Physics 9b", "Ms Ito: exercise 4 is open", "09:12", 3, false),
                            rr(3, "Office Fernet demo", "guest 2: bye", "Tue", 0, false),
                        ]
                    },
                )));
                for _ in 0..4 {
                    i_slint_backend_testing::mock_elapsed_time(std::time::Duration::from_millis(50));
                    let _ = app.window().take_snapshot();
                }
                let t = std::time::Instant::now();
                let b = app.window().take_snapshot().unwrap();
                eprintln!("{name} {theme} {w} {:?} {}x{}", t.elapsed(), b.width(), b.height());
                let f = std::fs::File::create(format!("{dir}/{name}-{theme}-{w}.png")).unwrap();
                let mut e = png::Encoder::new(std::io::BufWriter::new(f), b.width(), b.height());
                e.set_color(png::ColorType::Rgba);
                e.set_depth(png::BitDepth::Eight);
                e.write_header().unwrap().write_image_data(b.as_bytes()).unwrap();
=======
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/screens");
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| default.into()));
    std::fs::create_dir_all(&folder)?;
    for (width, height, kind) in [(1180, 760, ""), (360, 740, "-narrow"), (361, 1400, "-tall")] {
        for name in screens::ALL {
            let stage = screens::show(name, width, height);
            for (dark, theme) in [(false, "light"), (true, "dark")] {
                stage.dark(dark);
                picture::write(&folder.join(format!("{name}{kind}-{theme}.png")), &stage.picture());
>>>>>>> gui
            }
        }
    }
    Ok(())
}
