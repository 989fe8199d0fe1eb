//! Errands of an operator, and the losses that a back-up is for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chassis::testing::postgres::Postgres;
use proto::topics::ServiceName;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::process::Command;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::home::Outside;
use crate::process::{LOOK, Process};
use crate::watch::{PATIENCE, Watch};
use crate::world::{Runs, World};

/// How an errand went.
#[derive(Debug)]
pub struct Errand {
    /// Whether it succeeded.
    pub done: bool,
    /// What it printed.
    pub said: String,
}

impl World {
    /// `homeward ARGUMENTS…`, with the configuration of one of its processes, whether they run or not.
    ///
    /// # Panics
    /// If Homeward doesn't run as processes.
    pub async fn runs_errand(&self, arguments: &[&str]) -> Errand {
        self.runs_errand_by(&self.home.any_config(), arguments).await
    }

    async fn runs_errand_by(&self, config: &Path, arguments: &[&str]) -> Errand {
        let program = self.home.plan.program().expect("it runs as processes of a binary");
        let mut command = Command::new(program);
        command.arg("--config").arg(config).args(arguments).kill_on_drop(true);
        let done = command.output().await.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Errand { done: done.status.success(), said: text(&done.stdout) + &text(&done.stderr) }
    }

    /// The same, with a configuration in which `this` is `that`.
    ///
    /// # Panics
    /// If `this` doesn't stand in it.
    pub async fn runs_errand_with(&self, this: &str, that: &str, arguments: &[&str]) -> Errand {
        let text = std::fs::read_to_string(self.home.any_config()).expect("it was written");
        assert!(text.contains(this), "{text}");
        let changed = self.dir().join("changed.toml");
        std::fs::write(&changed, text.replace(this, that)).expect("the world's own folder");
        self.runs_errand_by(&changed, arguments).await
    }

    /// The same, of which nothing else is expected than that it succeeds. Says what it printed.
    pub async fn does_errand(&self, arguments: &[&str]) -> String {
        let errand = self.runs_errand(arguments).await;
        assert!(errand.done, "{arguments:?}: {}", errand.said);
        errand.said
    }

    /// A back-up, taken now. Says where it is.
    pub async fn is_backed_up(&self) -> PathBuf {
        let folder = self.dir().join("backups");
        self.does_errand(&["backup", "--to", &folder.display().to_string()]).await;
        let made =
            std::fs::read_dir(folder).expect("it was made").map(|file| file.expect("it is there").path());
        made.max().expect("there is one")
    }

    /// What each service's journal makes of its state, as `homeward replay` prints it.
    pub async fn replayed(&self) -> BTreeMap<ServiceName, String> {
        let mut states = BTreeMap::new();
        for service in ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Board) {
            let arguments = ["replay", "--service", service.as_str(), "--school", self.school.as_str()];
            states.insert(service, self.does_errand(&arguments).await);
        }
        states
    }

    /// Homeward is down: its databases are moved to one side.
    pub async fn loses_its_databases(&mut self) {
        if self.home.outside.is_some() {
            let schemas: Vec<_> = ServiceName::ALL.iter().map(|service| service.as_str()).collect();
            self.by_hand(&format!("DROP SCHEMA {} CASCADE", schemas.join(", "))).await;
            return;
        }
        for database in ["journal", "board"] {
            for end in ["", "-wal", "-shm"] {
                let name = format!("{database}.sqlite{end}");
                // A write-ahead log is there only as long as somebody is at work.
                let _ = std::fs::rename(self.dir().join(&name), self.dir().join(format!("{name}.lost")));
            }
        }
    }

    /// Somebody changes the database outside by hand.
    pub async fn by_hand(&mut self, text: &str) {
        let url = self.journal_url().to_owned();
        let mut connection = PgConnection::connect(&url).await.expect("it can be reached");
        sqlx::query(AssertSqlSafe(text.to_owned())).execute(&mut connection).await.expect("it runs");
        connection.close().await.expect("it closes");
    }

    /// The codes that an instance of a service last told of itself, as the board has them; none if it isn't up.
    pub async fn codes_of(&self, service: ServiceName) -> Option<Vec<String>> {
        let (_, body) = self.as_("Pat").gets("health").await;
        let instances = body["services"].as_array()?;
        let instance =
            instances.iter().find(|one| one["service"] == service.as_str() && one["up"] == true)?;
        let codes = instance["codes"].as_array()?;
        Some(codes.iter().filter_map(|code| Some(code.as_str()?.to_owned())).collect())
    }

    /// Waits until the board has it that a service told exactly these codes of itself, or none if it is down.
    pub async fn until_codes(&self, service: ServiceName, codes: Option<&[&str]>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let told = self.codes_of(service).await;
            if told.as_deref().map(|told| told.iter().map(String::as_str).collect::<Vec<_>>()).as_deref()
                == codes
            {
                return;
            }
            assert!(Instant::now() < deadline, "{service}: {told:?} instead of {codes:?}");
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The machine of the database is lost; this replica is promoted in its place.
    ///
    /// # Panics
    /// If there is no database outside.
    pub fn is_failed_over_to(&mut self, replica: Postgres) {
        let mut outside = self.home.outside.take().expect("a database stands beside it");
        outside.postgres.kill();
        let postgres = replica.takes_the_place_of(outside.postgres);
        postgres.is_promoted();
        self.home.outside = Some(Outside { postgres, ..outside });
    }

    /// Where the journals are in a replica of the database.
    pub fn journal_url_at(&self, replica: &Postgres) -> String {
        let (_, name) = self.journal_url().rsplit_once('/').expect("an address");
        replica.address(name)
    }

    /// How many such entries the journals at that address have: they need not be those at work.
    pub async fn entries_at(&self, url: &str, service: ServiceName, kind: &str) -> i64 {
        let mut connection = PgConnection::connect(url).await.expect("it can be reached");
        let text = format!("SELECT count(*) FROM {service}.entry WHERE kind = $1");
        let asked = sqlx::query_scalar(AssertSqlSafe(text)).bind(kind).fetch_one(&mut connection).await;
        let count = asked.expect("a count");
        connection.close().await.expect("it closes");
        count
    }

    /// Every process ends in order but the one that runs this service.
    pub async fn stops_all_but(&mut self, service: ServiceName) {
        for process in self.processes().iter_mut().filter(|process| !process.services.contains(&service)) {
            process.stop().await;
        }
    }

    /// What is down starts again; nobody waits for it.
    pub fn starts_what_is_down(&mut self) {
        self.processes().iter_mut().for_each(Process::start);
    }

    /// Waits until exactly these services say that they no longer follow another.
    pub async fn until_unfollowing(&mut self, whom: &[ServiceName]) {
        let expected: Vec<_> = whom.iter().map(|service| service.as_str().to_owned()).collect();
        let http =
            reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client can be made");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let told =
                futures::future::join_all(self.processes().iter().map(|process| process.health(&http))).await;
            let mut lost = Vec::new();
            for services in told.iter().flatten().filter_map(|services| services.as_object()) {
                lost.extend(
                    services.iter().filter(|(_, s)| s["following"] == false).map(|(name, _)| name.clone()),
                );
            }
            lost.sort();
            if lost == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{lost:?} instead of {expected:?}\n{}", self.tails());
            tokio::time::sleep(LOOK).await;
        }
    }

    /// After a restore: the test hears everything from the start, as a new board does, and everybody logs in again.
    pub async fn begins_anew(&mut self) {
        self.door.forgets_tokens().await;
        let (Runs::Processes(_, stop), Some(_)) = (&self.runs, &self.home.outside) else { return };
        let stop: CancellationToken = stop.clone();
        self.watch = Watch::start(self.outside().account(), &self.home.schools(), stop);
    }
}
