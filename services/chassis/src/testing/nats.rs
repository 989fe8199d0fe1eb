//! A cluster of nats-server of one's own: the settings that schools are told to use, free ports of 127.0.0.1, certificates made for it,
//! stopped when dropped. A node can be killed, and comes back.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{free_port, program};
use crate::broker::{Accounts, nats};
use crate::bus::{BrokerAddress, Bus, BusConfig, BusEvent, Password};

/// The settings as schools get them.
const SETTINGS: &str = include_str!("../../../../infra/nats/nats.conf");

/// How long a cluster may take to agree who leads.
const START: Duration = Duration::from_secs(40);

/// A free port may be taken by another process before NATS has it.
const TRIES: usize = 5;

const MISSING: &str = "nats-server and openssl are needed: run infra/install-test-engines.sh";

/// What a node logs when it can be used alone, and when the cluster can.
const READY: &str = "Server is ready";
const LED: &str = "JetStream cluster new metadata leader";

/// A running cluster.
#[derive(Debug)]
pub struct NatsCluster {
    folder: PathBuf,
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: String,
    mqtt: u16,
    route: u16,
    child: Option<(Child, watch::Receiver<String>)>,
}

impl NatsCluster {
    /// So many nodes with these accounts, which may all meet, and the rules that follow from them. Panics where it can't: a
    /// test can't go on.
    pub async fn start(nodes: usize, accounts: &Accounts) -> Self {
        let all: Vec<_> = accounts.iter().map(|(account, _)| account.clone()).collect();
        let rules = nats::accounts(&[("HOMEWARD", &all)]).expect("no dots in the names of tests");
        let passwords: Vec<_> =
            accounts.iter().map(|(account, password)| (account.name.as_str(), password.expose())).collect();
        Self::start_as(nodes, &rules, &passwords).await
    }

    /// So many nodes with these accounts as `homeward broker-acl --format nats` writes them. Panics where it can't.
    pub async fn start_as(nodes: usize, rules: &str, passwords: &[(&str, &str)]) -> Self {
        for _ in 0..TRIES {
            let mut cluster = Self::with_files(nodes, rules, passwords).await;
            if cluster.launch_all().await {
                if let Some((name, password)) = passwords.first() {
                    cluster.is_taken_into_use(name, password).await;
                }
                return cluster;
            }
        }
        panic!("nats-server did not start in {TRIES} tries");
    }

    async fn with_files(nodes: usize, rules: &str, passwords: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("homeward-nats-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        let node = |n| Node { name: format!("nats-{n}"), mqtt: free_port(), route: free_port(), child: None };
        let cluster = Self { folder, nodes: (1..=nodes).map(node).collect() };
        // One for all nodes, which is its own authority.
        super::certificate(&cluster.folder, "node", "critical,CA:TRUE").await;
        let copied = std::fs::copy(cluster.folder.join("node.crt"), cluster.folder.join("nodes-ca.crt"));
        copied.expect("a copy");
        let passwords: String =
            passwords.iter().map(|(name, password)| format!("pw.{name}: \"{password}\"\n")).collect();
        for node in &cluster.nodes {
            let at = cluster.folder.join(&node.name);
            std::fs::create_dir(&at).expect("a folder");
            let write =
                |name: &str, text: &str| std::fs::write(at.join(name), text).expect("settings written");
            write("accounts.conf", rules);
            write("passwords.conf", &passwords);
            write("node.conf", &format!("node: \"{}\"\nhere: \"127.0.0.1\"\n", node.name));
            write("nats.conf", &cluster.settings(node));
        }
        cluster
    }

    /// The settings as they are, but for ports, addresses and folders.
    fn settings(&self, node: &Node) -> String {
        let at = self.folder.display();
        let (before, rest) = SETTINGS.split_once("routes: [").expect("they have routes");
        let (_, after) = rest.split_once(']').expect("routes end");
        let routes: Vec<_> =
            self.nodes.iter().map(|node| format!("\"nats-route://127.0.0.1:{}\"", node.route)).collect();
        let mut text = format!("{before}routes: [{}]{after}", routes.join(", "));
        if self.nodes.len() == 1 {
            // A node alone is no cluster, and keeps one copy.
            let (before, rest) = text.split_once("cluster {").expect("they have a cluster");
            let (_, after) = rest.split_once("\nmqtt {").expect("mqtt follows");
            text = format!("{before}mqtt {{{after}");
        }
        let changes = [
            ("\"127.0.0.1:4222\"", "\"127.0.0.1:-1\"".to_owned()),
            ("\"127.0.0.1:8222\"", "\"127.0.0.1:-1\"".to_owned()),
            ("port: 6222", format!("port: {}", node.route)),
            ("port: 1883", format!("port: {}", node.mqtt)),
            ("stream_replicas: 3", format!("stream_replicas: {}", self.nodes.len().min(3))),
            ("/var/lib/nats", format!("{at}/{}/js", node.name)),
            ("/etc/nats/homeward/", format!("{at}/")),
        ];
        changes.iter().fold(text, |text, (from, to)| text.replace(from, to))
    }

    /// Where a node listens for MQTT.
    pub fn address(&self, node: usize) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.nodes[node].mqtt).into()
    }

    /// Where all of them listen, that one first.
    pub fn addresses_from(&self, first: usize) -> Vec<BrokerAddress> {
        let count = self.nodes.len();
        let places = (0..count).map(|place| (first + place) % count);
        places.map(|place| BrokerAddress { host: "127.0.0.1".into(), port: self.nodes[place].mqtt }).collect()
    }

    /// Kills a node (kill -9), and waits.
    pub async fn kill(&mut self, node: usize) {
        if let Some((mut child, _)) = self.nodes[node].child.take() {
            child.kill().await.expect("nats-server was ours to kill");
        }
    }

    /// Starts a killed node again. Panics if it doesn't come up.
    pub async fn restart(&mut self, node: usize) {
        self.kill(node).await;
        self.launch(node);
        assert!(self.has_logged(node, READY).await, "node {node} did not come back");
    }

    /// A node's process, while it runs.
    pub fn process(&self, node: usize) -> Option<u32> {
        self.nodes[node].child.as_ref().and_then(|(child, _)| child.id())
    }

    async fn launch_all(&mut self) -> bool {
        let last = self.nodes.len() - 1;
        (0..=last).for_each(|node| self.launch(node));
        for node in 0..=last {
            if !self.has_logged(node, READY).await {
                return false;
            }
        }
        // Each node hears who leads; the last to hear it is as good as any.
        last == 0 || self.has_logged(last, LED).await
    }

    /// The first client of each node finds JetStream's streams made, or being made, and is let go more than once meanwhile.
    async fn is_taken_into_use(&self, name: &str, password: &str) {
        for node in &self.nodes {
            let client = name.parse().expect("an account's name");
            let account = BusConfig::new("127.0.0.1", node.mqtt, client, Password::new(password));
            let stop = CancellationToken::new();
            let (_, mut heard) = Bus::start(account, Vec::new(), stop.clone());
            let connected = async {
                while !matches!(heard.recv().await, Some(BusEvent::Connected) | None) {}
                stop.cancel();
                while heard.recv().await.is_some() {}
            };
            assert!(tokio::time::timeout(START, connected).await.is_ok(), "{} takes nobody", node.name);
        }
    }

    fn launch(&mut self, node: usize) {
        let at = self.folder.join(&self.nodes[node].name);
        let mut child = Command::new(program("nats-server"))
            .arg("--config")
            .arg(at.join("nats.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect(MISSING);
        let mut log = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let (told, heard) = watch::channel(String::new());
        tokio::spawn(async move {
            while let Ok(Some(line)) = log.next_line().await {
                told.send_modify(|all| {
                    all.push_str(&line);
                    all.push('\n');
                });
            }
        });
        self.nodes[node].child = Some((child, heard));
    }

    /// Whether a node says so in time; its log says when, so nothing is polled.
    async fn has_logged(&self, node: usize, what: &str) -> bool {
        let Some((_, heard)) = &self.nodes[node].child else { return false };
        let mut heard = heard.clone();
        let said = heard.wait_for(|all| all.contains(what));
        matches!(tokio::time::timeout(START, said).await, Ok(Ok(_)))
    }

    /// What a node logged in its present life.
    pub fn log(&self, node: usize) -> String {
        self.nodes[node].child.as_ref().map(|(_, heard)| heard.borrow().clone()).unwrap_or_default()
    }
}

impl Drop for NatsCluster {
    fn drop(&mut self) {
        // The children are killed when dropped: before their folder goes.
        self.nodes.clear();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
