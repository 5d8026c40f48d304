//! A bot: joins the room at an address, takes the key from standard input, and answers what it hears.
//!
//! `cargo run --example echo_bot -- 192.168.1.23:9999`, then paste the key.

use keyroom_client::{Config, Engine, JoinOptions};
use keyroom_types::{Address, Key};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address: Address = std::env::args().nth(1).ok_or("where is the room?")?.parse()?;
    let key = Key::parse(&std::io::read_to_string(std::io::stdin())?)?;

    let (engine, mut events) = Engine::start_with_events(Config::in_memory())?;
    engine.join(JoinOptions::new("echo".parse()?, "bot".parse()?, vec![address], key));
    while let Some((room, message)) = events.next_message() {
        if !message.text.starts_with("echo: ") {
            engine.say(room, format!("echo: {}", message.text));
        }
    }
    Ok(())
}
