//! Attack matrix row 46: a disk that is full. Needs the right to mount a small file system; without it, it says so and
//! passes.

use std::process::Command;

use keyroom_relay::{Config, Quotas};

use crate::files::Owner;
use crate::support::Relay;

struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = std::env::temp_dir().join(format!("keyroom-relay-disk-{}", std::process::id()));
        std::fs::create_dir_all(&dir).ok()?;
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(&dir).output();
        mount.is_ok_and(|done| done.status.success()).then_some(Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[tokio::test]
async fn a_full_disk_refuses_keeps_what_it_has_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: no right to mount a tmpfs");
        return;
    };
    let config = Config { data: Some(disk.0.join("data")), quotas: Quotas::default(), ..Config::default() };
    let relay = Relay::start(config).await;
    let filler = disk.0.join("filler");
    std::fs::write(&filler, vec![1; 500 << 10]).unwrap();
    let content = vec![7; 900 << 10];
    let owner = Owner::of(&relay, 1, content.len());
    let full = owner.put(0, &content).await;
    assert_eq!((full.status, full.error()), (507, "disk_full".into()));
    let (status, offset) = owner.offset().await;
    assert_eq!((status, full.offset()), (204, offset));
    let kept = usize::try_from(offset.unwrap()).unwrap();
    assert!(kept > 0 && kept < content.len(), "{kept}");
    let still = owner.put(kept, &content[kept..]).await;
    assert_eq!((still.status, still.error()), (507, "disk_full".into()));
    assert_eq!(relay.request("GET /healthz HTTP/1.1", b"").await.status, 200);
    std::fs::remove_file(&filler).unwrap();
    let kept = usize::try_from(owner.offset().await.1.unwrap()).unwrap();
    assert_eq!(owner.put(kept, &content[kept..]).await.status, 201);
}
