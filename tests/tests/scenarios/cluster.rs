//! `make cluster`: a whole cluster on loopback, as the script brings it up for whoever wants to see one.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use end_to_end::PATIENCE;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::HOMEWARD;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/cluster/up.sh");

/// What it says of a part: where that is, and by which number its process is killed.
struct Part {
    at: String,
    process: String,
}

struct Cluster {
    script: Child,
    input: ChildStdin,
    told: Vec<String>,
    _rest: Lines<BufReader<ChildStdout>>,
}

impl Cluster {
    async fn comes_up() -> Self {
        let programs = Path::new(HOMEWARD).parent().expect("it is in a folder");
        assert!(programs.join("handsets").exists(), "first: cargo build --bin handsets");
        let mut script = Command::new(SCRIPT)
            .env("HOMEWARD_PROGRAM", HOMEWARD)
            .env("PROGRAMS", programs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let input = script.stdin.take().expect("piped");
        let mut lines = BufReader::new(script.stdout.take().expect("piped")).lines();
        let mut told = Vec::new();
        let telling = async {
            while let Some(line) = lines.next_line().await.expect("it is text") {
                let is_last = line.contains("ends all of it");
                told.push(line);
                if is_last {
                    return true;
                }
            }
            false
        };
        let is_up = tokio::time::timeout(2 * PATIENCE, telling).await;
        assert_eq!(is_up.ok(), Some(true), "it is not up: {told:#?}");
        Self { script, input, told, _rest: lines }
    }

    fn part(&self, name: &str) -> Part {
        let line = self.told.iter().find(|line| line.contains(name)).expect("it names it");
        let words: Vec<_> = line.trim().trim_start_matches(name).split_whitespace().collect();
        let [at, "kill", "-9", process] = words[..] else { panic!("{line}") };
        Part { at: at.to_owned(), process: process.to_owned() }
    }

    async fn killed(&self, name: &str) {
        let Part { process, .. } = self.part(name);
        let killed = Command::new("kill").args(["-9", &process]).status().await;
        assert!(killed.expect("there is such a program").success(), "{name}");
    }

    /// When the script's input ends, so does all that it started.
    async fn ends(self) {
        let Self { mut script, input, told, _rest } = self;
        drop(input);
        let ended = tokio::time::timeout(PATIENCE, script.wait()).await.expect("it ends");
        assert!(ended.expect("it was ours").success(), "{told:#?}");
        for line in told.iter().filter(|line| line.contains("kill -9")) {
            let process = line.rsplit(' ').next().expect("a number");
            assert!(is_gone(process).await, "{line} is still there");
        }
    }
}

/// Whether a process has ended, though nobody may have taken note of it yet.
async fn is_gone(process: &str) -> bool {
    let has_ended = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
        stat.map_or(true, |stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')))
    };
    let ends = async {
        while !has_ended() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ends).await.is_ok()
}

/// The board's answer, once it is as wanted.
async fn until(http: &reqwest::Client, address: &str, token: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let mut seen = Value::Null;
    let asking = async {
        loop {
            if let Ok(answer) = http.get(address).bearer_auth(token).send().await {
                seen = answer.json().await.unwrap_or_default();
                if is_so(&seen) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, asking).await;
    assert!(in_time.is_ok(), "{address}: {seen:#}");
    seen
}

/// Two instances of Homeward divide the schools on three nodes of NATS and a replicated database. One instance and one node are killed: the other
/// instance has every slot, and the office sees there that its trip is out.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_comes_up_on_loopback_outlives_an_instance_and_a_node_and_leaves_nothing_behind() {
    let cluster = Cluster::comes_up().await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
    let second = cluster.part("Homeward, instance 2").at;
    let held = |by: u32| {
        move |health: &Value| {
            let services = health["services"].as_object().into_iter().flatten();
            let mut slots = services.filter_map(|(_, service)| service.get("slots"));
            health["ready"] == true && slots.all(|slots| slots["held"] == by)
        }
    };
    until(&http, &format!("{second}/healthz"), "", held(32)).await;

    cluster.killed("Homeward, instance 1").await;
    cluster.killed("NATS, node 2").await;

    until(&http, &format!("{second}/healthz"), "", held(64)).await;
    let log_in = json!({ "login": "office", "password": "demo-office-1" });
    let answer = http.post(format!("{second}/api/v1/token")).json(&log_in).send().await;
    let answer: Value = answer.expect("it answers").json().await.expect("JSON");
    let token = answer["token"].as_str().expect("the office logs in");
    let is_out = |board: &Value| board["health"]["live"] == true && board["out"][0]["title"].is_string();
    until(&http, &format!("{second}/api/v1/board"), token, is_out).await;
    cluster.ends().await;
}
