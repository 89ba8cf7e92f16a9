//! Restored and cloned sites: what the product demands is done, and then both sides must be equal again.

use crate::campaign::Campaign;
use crate::checks::{self, audit};
use crate::support::program::{Finished, Program};
use crate::support::{Backup, OwnServer, Side};
use crate::tables::{self, TABLES};
use crate::world::unpoisoned;

/// Copies of both sides, made at one moment at rest.
pub struct Backups {
    local: Backup,
    central: Backup,
    /// Whether entries were pruned since.
    pruned_since: bool,
}

impl Campaign {
    /// Backs both sides up, or lets one be restored or cloned.
    pub async fn turn(&mut self, first: bool) {
        let Some(backups) = self.backups.take() else {
            self.back_up().await;
            return;
        };
        if !first && self.dice.happens(40) {
            self.backups = Some(backups);
            return;
        }
        match self.dice.roll(5) {
            0 => self.restore_local(&backups, "local").await,
            1 => self.restore_local(&backups, "central").await,
            2 => self.restore_central(&backups).await,
            3 => {
                self.prune().await;
                let pruned = Backups { pruned_since: true, ..backups };
                self.restore_central(&pruned).await;
            }
            _ => self.clone_site().await,
        }
        for side in [&self.world.stage.pair.local, &self.world.stage.pair.central] {
            for table in side.column("show tables like 'backup\\_%'").await {
                side.execute(&format!("set foreign_key_checks = 0; drop table `{table}`")).await;
            }
        }
    }

    async fn back_up(&mut self) {
        self.world.count("restores: both sides backed up");
        let pair = &self.world.stage.pair;
        let local = Backup::of(&pair.local, "a").await;
        let central = Backup::of(&pair.central, "b").await;
        self.backups = Some(Backups { local, central, pruned_since: false });
    }

    /// Prunes everything that is SYNCED, as if retention had passed.
    pub async fn prune(&mut self) {
        self.world.count("queue pruned");
        self.world.stage.daily.clone().with("QUEUE_RETENTION_DAYS", "0").run(&["prune"]).await.expect_code(0);
        if let Some(backups) = &mut self.backups {
            backups.pruned_since = true;
        }
    }

    async fn restore_local(&mut self, backups: &Backups, trust: &str) {
        self.world.count(&format!("restores: DB_A restored, --trust {trust}"));
        self.stop_serving().await;
        backups.local.restore(&self.world.stage.pair.local).await;
        self.sync().await.expect_code(6);
        self.resume(trust).await;
        self.go_on_after_a_restore().await;
    }

    async fn restore_central(&mut self, backups: &Backups) {
        let how = if backups.pruned_since { ", too old for the queue" } else { "" };
        self.world.count(&format!("restores: DB_B restored{how}"));
        self.stop_serving().await;
        backups.central.restore(&self.world.stage.pair.central).await;
        if backups.pruned_since {
            self.sync().await.expect_code(6);
            self.resume("local").await;
        } else {
            self.sync().await.expect_code(0);
        }
        self.go_on_after_a_restore().await;
    }

    async fn sync(&self) -> Finished {
        self.world.stage.daily.run(&["sync", "--json"]).await
    }

    async fn resume(&self, trust: &str) {
        // It may have to create tables in DB_B, which the daily account may not.
        let administrator = &self.world.stage.administrator;
        if trust == "central" {
            let ended = administrator.run(&["resume", "--json", "--trust", "central"]).await;
            if ended.code == Some(0) {
                return;
            }
            // Records that only DB_A has may keep a unique value from one of DB_B: then a person decides.
            assert!(ended.stdout.contains("refused"), "{}{}", ended.stdout, ended.stderr);
            self.world.count("restores: DB_A refused records of DB_B");
        }
        administrator.run(&["resume", "--json", "--trust", "local", "--delete-extra"]).await.expect_code(0);
    }

    /// Serves again, and checks that both sides become equal; from here on records are followed anew.
    async fn go_on_after_a_restore(&mut self) {
        self.restored_at = checks::chain::newest(&self.world.stage).await;
        audit::begin_anew(&self.world.stage, &mut self.memory).await;
        // What stopped was asked for.
        self.world.stage.pair.local.execute("delete from sync_runs where outcome = 'stopped'").await;
        self.start_serving().await;
        let mut findings = checks::drained(&self.world.stage).await.err().into_iter().collect::<Vec<_>>();
        findings.extend(checks::equal(&self.world.stage).await);
        findings.extend(checks::chain::check(&self.world.stage, self.restored_at).await);
        self.stop_serving().await;
        findings.extend(audit::check(&self.world.stage, &mut self.memory).await);
        self.memory.both_are_equal();
        self.start_serving().await;
        self.demand(&findings);
    }

    /// Copies the site as it is, lets the site go on, and starts the copy: it must stop, and disturb nobody.
    async fn clone_site(&mut self) {
        self.world.count("restores: the site cloned");
        let clone = self.copy_of_the_site().await;
        let copy = self.world.stage.administrator.clone().with("LOCAL_DATABASE_URL", &clone.url);
        copy.run(&["install"]).await.expect_code(0);
        let note = |text: &str| format!("replace into notes values ('clone', '{text}', uuid_short())");
        self.world.stage.pair.local.execute(&note("by the site")).await;
        let drained = checks::drained(&self.world.stage).await;
        clone.execute(&note("by its clone")).await;
        self.starts_in_vain(&copy).await;
        self.world.stage.pair.local.execute(&note("by the site again")).await;
        let mut findings: Vec<String> = drained.err().into_iter().collect();
        findings.extend(checks::drained(&self.world.stage).await.err());
        findings.extend(checks::equal(&self.world.stage).await);
        self.demand(&findings);
    }

    async fn starts_in_vain(&self, copy: &Program) {
        for _ in 0..2 {
            let ended = copy.run(&["sync", "--json"]).await.expect_code(6);
            assert!(ended.stdout.contains("cloned"), "{}", ended.stdout);
        }
    }

    async fn copy_of_the_site(&self) -> Side {
        let pair = &self.world.stage.pair;
        let name = format!("{}_clone", pair.local.database);
        let clone = create(&self.world.local, &name).await;
        clone.execute("alter database character set utf8mb4 collate utf8mb4_unicode_520_ci").await;
        clone.execute(&tables::local_schema()).await;
        let own = pair.local.column("show tables like 'sync\\_%'").await;
        for table in &own {
            clone.execute(&format!("create table `{table}` like `{}`.`{table}`", pair.local.database)).await;
        }
        for table in TABLES.iter().map(|table| table.name).chain(own.iter().map(String::as_str)) {
            clone
                .execute(&format!(
                    "set foreign_key_checks = 0; insert into `{table}` select * from `{}`.`{table}`",
                    pair.local.database
                ))
                .await;
        }
        clone
    }
}

/// Creates a database on a server of the campaign.
async fn create(server: &crate::world::SharedServer, name: &str) -> Side {
    let url_and_file = |server: &OwnServer| (server.url_of(name), server.client_file());
    let (url, client) = url_and_file(&unpoisoned(server));
    Side::create_at(&url, &client, name.to_owned()).await
}
