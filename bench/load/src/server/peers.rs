//! How the peers are started: each with TLS 1.3, a certificate of the same kind, and its files in a folder of its own.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::{Entrant, Keeping, PATIENCE, Scratch, Server, wait_for};
use crate::Fault;
use crate::tls::{OwnCertificate, own_certificate, pinned};
use crate::xmpp::OPENING;

impl Server {
    /// `nats-server`.
    ///
    /// # Errors
    /// The program does not start, or does not say where it listens.
    pub fn nats(program: &Path, keeping: Keeping, dir: &Path) -> Result<Self, Fault> {
        let files = Scratch::new(dir)?;
        let certificate = own_certificate(&files.0)?;
        let mut text = format!(
            "listen: \"127.0.0.1:-1\"\nports_file_dir: {}\ntls {{\n  cert_file: {}\n  key_file: {}\n  \
             min_version: \"1.3\"\n}}\n",
            quoted(&files.0),
            quoted(&certificate.certificate),
            quoted(&certificate.key),
        );
        if keeping == Keeping::Everything {
            text += &format!(
                "jetstream {{\n  store_dir: {}\n  sync_interval: always\n}}\n",
                quoted(&files.0.join("data"))
            );
        }
        let config = files.0.join("nats.conf");
        fs::write(&config, text)?;
        let mut command = Command::new(program);
        command.arg("--config").arg(&config);
        let folder = files.0.clone();
        Self::peer(Entrant::Nats, &mut command, files, &certificate, |process| {
            nats_address(&folder.join(format!("nats-server_{process}.ports")))
        })
    }

    /// `mosquitto`, without persistence and limits.
    ///
    /// # Errors
    /// The program does not start, or does not listen.
    pub fn mosquitto(program: &Path, dir: &Path) -> Result<Self, Fault> {
        let files = Scratch::new(dir)?;
        let certificate = own_certificate(&files.0)?;
        let at = free_address()?;
        let text = format!(
            "listener {} 127.0.0.1\nallow_anonymous true\ncertfile {}\nkeyfile {}\ntls_version tlsv1.3\n\
             persistence false\nset_tcp_nodelay true\nmax_connections -1\nmax_queued_messages 0\n\
             max_queued_bytes 0\nlog_type error\nuser root\n",
            at.port(),
            certificate.certificate.display(),
            certificate.key.display(),
        );
        let config = files.0.join("mosquitto.conf");
        fs::write(&config, text)?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&config);
        Self::peer(Entrant::Mosquitto, &mut command, files, &certificate, |_| listening(at))
    }

    /// `ejabberd`: guests may enter rooms, which pass messages on and keep nothing. Who comes and goes is not told, since
    /// the others do not tell it either.
    ///
    /// # Errors
    /// The program does not start, or does not listen.
    pub fn ejabberd(program: &Path, dir: &Path) -> Result<Self, Fault> {
        let files = Scratch::new(dir)?;
        let certificate = own_certificate(&files.0)?;
        let at = free_address()?;
        let both = files.0.join("both.pem");
        let pem = [fs::read(&certificate.certificate)?, fs::read(&certificate.key)?].concat();
        fs::write(&both, pem)?;
        let text = EJABBERD
            .replace("PORT", &at.port().to_string())
            .replace("CERTIFICATE", &both.display().to_string());
        let config = files.0.join("ejabberd.yml");
        fs::write(&config, text)?;
        // What `ejabberdctl foreground` would start, but as this user, without a name in a cluster, and with its files here.
        let mut command = Command::new("erl");
        command
            .args(["+K", "true", "+P", "500000", "+Q", "65536", "-noinput", "-mnesia", "dir"])
            .arg(quoted(&files.0.join("mnesia")))
            .args(["-ejabberd", "quiet", "true", "-s", "ejabberd"])
            .env("EJABBERD_CONFIG_PATH", &config)
            .env("EJABBERD_LOG_PATH", files.0.join("ejabberd.log"))
            .env("ERL_CRASH_DUMP_BYTES", "0")
            .env("HOME", &files.0);
        if let Some(libraries) = ejabberd_libraries(program) {
            command.env("ERL_LIBS", libraries);
        }
        let tls = pinned(certificate.pin, &[])?;
        Self::peer(Entrant::Ejabberd, &mut command, files, &certificate, |_| speaking(at, &tls))
    }

    fn peer(
        entrant: Entrant,
        command: &mut Command,
        files: Scratch,
        certificate: &OwnCertificate,
        find: impl Fn(u32) -> Option<SocketAddr>,
    ) -> Result<Self, Fault> {
        let log = files.0.join("log");
        let program = command.get_program().to_string_lossy().into_owned();
        let mut process = command
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?)
            .spawn()
            .map_err(|error| Fault::Setup(format!("{program}: {error}")))?;
        let Some(address) = wait_for(PATIENCE, || find(process.id())) else {
            let _ = process.kill();
            let _ = process.wait();
            let why = fs::read_to_string(&log).unwrap_or_default();
            return Err(Fault::Setup(format!("{program} does not listen. {why}")));
        };
        let tls = pinned(certificate.pin, &[])?;
        let (pin, process, files) = (certificate.pin, Some(process), Some(files));
        Ok(Self { entrant, address, pin, tls, process, _files: files })
    }
}

fn nats_address(ports: &Path) -> Option<SocketAddr> {
    let ports: serde_json::Value = serde_json::from_str(&fs::read_to_string(ports).ok()?).ok()?;
    let url = ports.get("nats")?.get(0)?.as_str()?;
    url.split_once("://")?.1.parse().ok()
}

/// A port that is free now, for those who cannot be asked for any.
fn free_address() -> Result<SocketAddr, Fault> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn listening(at: SocketAddr) -> Option<SocketAddr> {
    TcpStream::connect(at).ok().map(|_| at)
}

/// It listens before it is ready, and then resets who came.
fn speaking(at: SocketAddr, tls: &Arc<ClientConfig>) -> Option<SocketAddr> {
    let stream = TcpStream::connect(at).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    let client = ClientConnection::new(Arc::clone(tls), ServerName::IpAddress(at.ip().into())).ok()?;
    let mut stream = StreamOwned::new(client, stream);
    stream.write_all(OPENING.as_bytes()).ok()?;
    let mut said = [0; 16];
    stream.read_exact(&mut said).ok().map(|()| at)
}

fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

/// Where Debian keeps what its `ejabberdctl` starts. `None`: Erlang finds it by itself.
fn ejabberd_libraries(program: &Path) -> Option<PathBuf> {
    let script = fs::read_to_string(program).ok()?;
    let named = script.lines().find_map(|line| line.trim().strip_prefix("ERL_LIBS='")?.strip_suffix('\''));
    named.map(PathBuf::from).filter(|path| path.is_dir())
}

const EJABBERD: &str = "\
hosts:
  - localhost
loglevel: error
certfiles:
  - CERTIFICATE
listen:
  -
    port: PORT
    ip: \"127.0.0.1\"
    module: ejabberd_c2s
    tls: true
    protocol_options:
      - no_tlsv1
      - no_tlsv1_1
      - no_tlsv1_2
    max_stanza_size: 1048576
    backlog: 1024
auth_method: anonymous
anonymous_protocol: sasl_anon
allow_multiple_connections: true
shaper: {}
shaper_rules: {}
acl: {}
access_rules: {}
modules:
  mod_muc:
    access: all
    access_create: all
    history_size: 0
    max_users: 5000
    min_message_interval: 0
    min_presence_interval: 0
    default_room_options:
      logging: false
      presence_broadcast: []
      allow_subscription: false
";
