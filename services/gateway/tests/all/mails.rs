//! E-mail, held against a real SMTP server: TLS, log-in, and who gets a copy of what.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use gateway::channels::Tls;
use gateway::{Channels, ProviderConfig, SmtpConfig};
use proto::ids::SchoolId;
use proto::v1::alerts::{self, Channel, LadderStart, Reason, ReplyCode, Rung, Severity};
use proto::v1::gateway::{Event, Mailbox, Message, Reach};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::cast::*;
use super::desk::{World, new_clock};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail")
}

/// The server's package, installed once beside it (in a folder that git ignores), if it isn't there. Tests run in processes
/// of their own: one of them installs it, the others wait.
fn installed() {
    let lock =
        std::fs::File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("mail-server.lock")).unwrap();
    lock.lock().unwrap();
    if folder().join("node_modules/smtp-server/package.json").exists() {
        return;
    }
    let mut npm = std::process::Command::new("npm");
    let npm = npm.args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(folder()).status();
    assert!(npm.is_ok_and(|status| status.success()), "npm ci in services/gateway/tests/mail");
}

/// A mail server at work.
struct Server {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
    dir: TempDir,
}

impl Server {
    async fn start(mode: &str) -> Self {
        installed();
        let dir = tempfile::tempdir().unwrap();
        let (key, cert) = (dir.path().join("key.pem"), dir.path().join("cert.pem"));
        let made = std::process::Command::new("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
            .args([
                "-addext",
                "subjectAltName=DNS:localhost",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-keyout",
            ])
            .arg(&key)
            .arg("-out")
            .arg(&cert)
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "openssl makes a certificate");
        let mut child = Command::new("node")
            .arg(folder().join("server.mjs"))
            .arg(mode)
            .args([&key, &cert])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = Self { _child: child, lines, port: 0, dir };
        server.port = u16::try_from(server.says().await["port"].as_u64().unwrap()).unwrap();
        server
    }

    async fn says(&mut self) -> Value {
        let line = tokio::time::timeout(std::time::Duration::from_secs(20), self.lines.next_line()).await;
        serde_json::from_str(&line.expect("the mail server says something").unwrap().unwrap()).unwrap()
    }

    fn config(&self, tls: Tls, password: &str) -> SmtpConfig {
        SmtpConfig {
            host: if tls == Tls::None { "127.0.0.1".into() } else { "localhost".into() },
            port: self.port,
            tls,
            login: (tls != Tls::None).then(|| ("homeward".into(), password.to_owned().into())),
            from: "Homeward <trips@elmfield.example>".into(),
            ca: (tls != Tls::None).then(|| std::fs::read(self.dir.path().join("cert.pem")).unwrap()),
        }
    }
}

async fn world(known: Vec<Event>, smtp: SmtpConfig, office: &str) -> World {
    let address = |name: &str| vec![name.to_owned()];
    let boxes = BTreeMap::from([
        (Mailbox::Office, address(office)),
        (Mailbox::Dsl, address("dsl@elmfield.example")),
        (Mailbox::Head, address("head@elmfield.example")),
    ]);
    let channels = Channels {
        providers: vec![(provider("mail"), ProviderConfig::Smtp(smtp))],
        mailboxes: BTreeMap::from([(SchoolId::parse("elmfield").unwrap(), boxes)]),
        ..Channels::default()
    };
    let world = World::start_by(known, new_clock(), |_, _| channels).await;
    let told = |_: &_, events: &[Event]| {
        events.iter().any(|e| matches!(e, Event::ProvidersNoted { .. })).then_some(())
    };
    world.desk.until("the set-up", told).await;
    world
}

fn reached(rung: Rung) -> alerts::Event {
    alerts::Event::RungReached {
        case: case(),
        trip: Some(museum()),
        rung,
        round: 1,
        notices: Vec::new(),
        calls_at: None,
        next_at: at("2026-11-20T09:10:00Z"),
        at: at(NOW),
    }
}

#[tokio::test]
async fn the_office_has_a_copy_in_its_mail_over_tls_from_the_first_byte_and_by_starttls() {
    for (mode, tls) in [("implicit", Tls::Implicit), ("starttls", Tls::StartTls), ("plain", Tls::None)] {
        let mut server = Server::start(mode).await;
        let world = world(alarm(), server.config(tls, "of the mail"), "office@elmfield.example").await;
        world.desk.hears(reached(Rung::Office));
        let mail = server.says().await;
        assert_eq!(mail["to"], serde_json::json!(["office@elmfield.example"]));
        assert_eq!(mail["secure"], tls != Tls::None, "{mode}");
        assert_eq!(mail["user"].as_str(), (tls != Tls::None).then_some("homeward"));
        // Long lines are broken on the way: quoted-printable.
        let letter = mail["letter"].as_str().unwrap().replace("=\r\n", "");
        for words in ["Subject: Elmfield School: Missed check-in", "code 417", "dial 999", "Message-ID: <"] {
            assert!(letter.contains(words), "{words}: {letter}");
        }
        let sent = |state: &gateway::State, _: &[Event]| {
            let (_, attempt) = state.attempts.iter().next()?;
            matches!(attempt.phase, gateway::Phase::Sent {}).then_some(attempt.via)
        };
        assert_eq!(world.desk.until("sent", sent).await, Reach::Mailbox(Mailbox::Office));
        world.end().await;
    }
}

/// A wrong password, a certificate that nobody vouches for, STARTTLS that isn't offered: nothing is sent in clear.
#[tokio::test]
async fn what_can_not_be_sent_privately_is_not_sent() {
    let server = Server::start("implicit").await;
    let plain = Server::start("plain").await;
    let wrong_password = server.config(Tls::Implicit, "guessed");
    let nobody_vouches = SmtpConfig { ca: None, ..server.config(Tls::Implicit, "of the mail") };
    let not_offered = SmtpConfig { port: plain.port, ..server.config(Tls::StartTls, "of the mail") };
    for (smtp, why) in [
        (wrong_password, "refuses our log-in"),
        (nobody_vouches, "certificate is not trusted"),
        (not_offered, "can't be reached"),
    ] {
        let world = world(alarm(), smtp, "office@elmfield.example").await;
        world.desk.hears(reached(Rung::Office));
        let put_off = |_: &_, events: &[Event]| {
            events
                .iter()
                .find_map(|e| if let Event::AttemptPutOff { why, .. } = e { Some(why.clone()) } else { None })
        };
        let told = world.desk.until("trouble", put_off).await;
        assert!(told.contains(why), "{told}, not {why}");
        world.end().await;
    }
}

#[tokio::test]
async fn an_address_that_does_not_exist_fails_for_good_and_says_so() {
    let server = Server::start("implicit").await;
    let world = world(alarm(), server.config(Tls::Implicit, "of the mail"), "nobody@elmfield.example").await;
    world.desk.hears(reached(Rung::Office));
    let failed = |_: &_, events: &[Event]| {
        events.iter().find_map(|e| match e {
            Event::AttemptFailed { permanent, why, channel: Channel::Email, .. } => {
                Some((*permanent, why.clone()))
            }
            _ => None,
        })
    };
    let (permanent, why) = world.desk.until("the failure", failed).await;
    assert!(permanent && why.contains("refused it (550)"), "{why}");
    world.end().await;
}

fn with_mail() -> Vec<Event> {
    let all = BTreeSet::from([Mailbox::Office, Mailbox::Dsl, Mailbox::Head, Mailbox::Safeguarding]);
    let (text, voice) = (vec![provider("twilio")], vec![provider("twilio")]);
    let noted = Event::ProvidersNoted { text, voice, email: vec![provider("mail")], mailboxes: all };
    [vec![noted], trip_out()].concat()
}

fn opened(reason: Reason, severity: Severity) -> alerts::Event {
    alerts::Event::CaseOpened {
        case: case(),
        trip: Some(museum()),
        severity,
        reason,
        code: ReplyCode(417),
        start: LadderStart::Bottom,
        at: at(NOW),
    }
}

/// Whose rung it is has a copy, once for each case; a trip's own staff have none.
#[test]
fn each_rung_of_base_has_one_copy_of_a_case() {
    let mut tale = story(with_mail()).hears(opened(missed(), Severity::Urgent)).allowed();
    let rungs = [
        (Rung::Leader, None),
        (Rung::OtherStaff, None),
        (Rung::Office, Some(Mailbox::Office)),
        (Rung::Office, None),
        (Rung::Dsl, Some(Mailbox::Dsl)),
        (Rung::Senior, Some(Mailbox::Head)),
    ];
    for (rung, mailbox) in rungs {
        tale = tale.hears(reached(rung)).then_events(|events| match (mailbox, events) {
            (None, []) => {}
            (
                Some(wanted),
                [
                    Event::AttemptPlanned {
                        via: Reach::Mailbox(found),
                        channel: Channel::Email,
                        message,
                        ..
                    },
                ],
            ) => {
                assert_eq!(*found, wanted);
                assert_eq!(*message, Message::Alert { case: case(), about: None });
            }
            _ => panic!("{rung:?}: {events:#?}"),
        });
    }
}

/// A notice rings nobody: it is in the office's mail.
#[test]
fn a_notice_is_in_the_offices_mail() {
    let reason = Reason::Raised {
        severity: Severity::Notice,
        note: proto::values::Personal::known(proto::values::Note::parse("The coach is early").unwrap()),
    };
    story(with_mail()).hears(opened(reason, Severity::Notice)).then_events(|events| {
        let mailed =
            |e: &Event| matches!(e, Event::AttemptPlanned { via: Reach::Mailbox(Mailbox::Office), .. });
        assert!(events.iter().any(mailed), "{events:#?}");
    });
}

/// INC-1, INC-7: whoever the setting names for safeguarding is told by mail that there is an incident, once, and nothing of it; its
/// readers' rungs are not mailed.
#[test]
fn the_safeguarding_director_is_told_that_there_is_an_incident() {
    let reason = Reason::Incident {
        incident: "00000000-0000-4000-8000-000000012001".parse().expect("an id"),
        at: at(NOW),
        danger: false,
        readers: proto::v1::safeguarding::Readers::default(),
    };
    let told = alerts::Event::CaseOpened {
        case: case(),
        trip: None,
        severity: Severity::Urgent,
        reason,
        code: ReplyCode(417),
        start: LadderStart::Office,
        at: at(NOW),
    };
    let tale = story(with_mail()).hears(told).then_events(|events| {
        let mailed: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::AttemptPlanned { via: Reach::Mailbox(mailbox), .. } => Some(*mailbox),
                _ => None,
            })
            .collect();
        assert_eq!(mailed, [Mailbox::Safeguarding], "{events:#?}");
    });
    let tale = tale.hears(reached(Rung::Dsl)).nothing_happens();
    tale.hears(reached(Rung::Senior)).nothing_happens();
}

/// CHECK-6: a mailbox may be open on a phone of the trip: of a duress word nothing is mailed.
#[test]
fn nothing_of_a_duress_word_is_mailed() {
    let tale =
        story(with_mail()).hears(opened(Reason::Duress { at: at(NOW) }, Severity::Emergency)).allowed();
    tale.hears(reached(Rung::Office)).nothing_happens().hears(reached(Rung::Dsl)).nothing_happens();
}

/// A copy that can't be sent is no notice that failed: the ladder doesn't change for it.
#[test]
fn a_copy_is_planned_for_no_recipient() {
    let tale = story(with_mail()).hears(opened(missed(), Severity::Urgent)).allowed();
    tale.hears(reached(Rung::Office)).then_events(|events| {
        let [Event::AttemptPlanned { to: None, .. }] = events else { panic!("{events:#?}") };
    });
}

/// REV-1: a mail of a drill says so before anything else, in its subject and in its words; a real trip's says nothing of it.
#[tokio::test]
async fn a_mail_of_a_drill_says_so_first() {
    for (events, drill) in [(super::drills::drilled(alarm()), true), (alarm(), false)] {
        let mut server = Server::start("plain").await;
        let world = world(events, server.config(Tls::None, "of the mail"), "office@elmfield.example").await;
        world.desk.hears(reached(Rung::Office));
        let mail = server.says().await;
        let letter = mail["letter"].as_str().unwrap().replace("=\r\n", "");
        let (head, words) = letter.split_once("\r\n\r\n").unwrap();
        assert_eq!(head.contains("Subject: DRILL. Elmfield School: "), drill, "{head}");
        assert_eq!(words.starts_with("DRILL. Missed check-in"), drill, "{words}");
        assert!(drill || !letter.contains("DRILL"), "{letter}");
        world.end().await;
    }
}
