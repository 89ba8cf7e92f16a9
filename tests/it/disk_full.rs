//! The disk of DB_B fills up in the middle of a backlog.
//!
//! A small disk is a tmpfs, which needs a mount. So the test plays itself once more in a mount namespace of its own, which
//! goes with the process; where nobody may have one, it says so.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use crate::support::servers::{scratch_dir, shared};
use crate::support::shop::{entries, numbers, sync};
use crate::support::{OwnServer, Pair, Place, assert_equal_on_both_sides, not_tested_here};

/// The test that is played within the namespace.
const WITHIN: &str = "disk_full::within_a_mount_namespace";

/// How much of the disk is left when the ballast is there: less than the backlog needs, more than a start does.
const LEFT_BYTES: u64 = 6 << 20;

#[test]
fn a_central_database_on_a_full_disk_waits_for_room_and_then_gets_everything() {
    let unshare = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(arguments);
        command
    };
    let namespaces: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let may_mount = |namespace: &&&[&str]| {
        let probe = unshare(namespace).args(["mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
        probe.is_ok_and(|probe| probe.status.success())
    };
    let Some(namespace) = namespaces.iter().find(may_mount) else {
        not_tested_here("a full disk; nobody may mount one, not even in a namespace");
        return;
    };
    let played = unshare(namespace)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", WITHIN])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&played.stdout);
    assert!(
        played.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&played.stderr)
    );
}

#[tokio::test]
#[ignore = "played by the test above, where a small disk may be mounted"]
async fn within_a_mount_namespace() {
    let disk = scratch_dir("disk");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1g", "tmpfs"]).arg(&disk).status();
    assert!(mounted.unwrap().success());
    let mut central = OwnServer::start_in(&disk.join("central"), Place::Central);
    let pair = Pair::on(&shared().local, &central).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    let ballast = disk.join("ballast");
    fill(&disk, &ballast);
    let backlog = format!(
        "insert into users (id, name, email) select seq, repeat('x', 200), concat(seq, repeat('y', 150), '@example.com') from {}",
        numbers(60_000)
    );
    pair.local.execute(&backlog).await;
    for _ in 0..2 {
        // Which error it is, or whether the server gives up, is its own affair: nobody is judged for it.
        sync(&pair, 4).await;
        assert_eq!(entries(&pair, "FAILED").await, 0);
        assert_eq!(pair.local.one::<u64>("select count(*) from sync_failures").await, 0);
    }
    fs::remove_file(&ballast).unwrap();
    if !central.is_running() {
        central.start_again().unwrap();
    }
    sync(&pair, 0).await;
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

/// Fills a disk but for a little room.
fn fill(disk: &Path, ballast: &Path) {
    let output = Command::new("df").args(["--output=avail", "-B1"]).arg(disk).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let free: u64 = text.lines().last().unwrap().trim().parse().unwrap();
    // Real bytes: a hole would take no room.
    let mut file = File::create(ballast).unwrap();
    let piece = vec![1_u8; 1 << 20];
    for _ in 0..free.saturating_sub(LEFT_BYTES) >> 20 {
        file.write_all(&piece).unwrap();
    }
}
