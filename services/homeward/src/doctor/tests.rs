use serde_json::json;

use super::*;

fn codes(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().filter_map(|finding| Some(finding.code.as_ref()?.0)).collect()
}

#[tokio::test]
async fn a_wrong_configuration_is_all_that_is_said() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("homeward.toml");
    std::fs::write(&file, "[server]\nlisten = \"here\"\n").expect("written");
    let findings = examine(Some(&file)).await;
    assert_eq!(codes(&findings), ["HW-F1"]);
    assert!(findings[0].to_string().contains("server.listen"), "{findings:?}");
    verdict(&findings).expect_err("it is wrong");
}

/// Decision 34: behind a proxy that isn't named all visitors are one network.
#[test]
fn a_proxy_in_front_that_is_not_named_is_told_with_what_follows_and_what_to_do() {
    let look = |server: &str| {
        let text = format!("[server]\n{server}\n[schools.elmfield]\nname = \"Elmfield School\"\n");
        outside::proxies(&crate::config::read_text(&text).expect("is right"))
    };
    let found = look("public_base = \"https://trips.elmfield.example\"").expect("a finding");
    assert_eq!((found.how, found.code.as_ref().map(|(code, _)| *code)), (How::Look, Some("HW-F1")));
    let told = found.to_string();
    for part in ["server.proxies", "all visitors count as one network", "X-Real-IP"] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(look("public_base = \"https://trips.elmfield.example\"\nproxies = [\"127.0.0.1\"]"), None);
    assert_eq!(look("public_base = \"http://127.0.0.1:8080\""), None);
    assert_eq!(look(""), None);
}

/// Looking makes nothing.
#[tokio::test]
async fn a_place_where_nothing_was_started_is_told_as_such() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("homeward.toml");
    let data = dir.path().join("var");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:1\"\n[data]\ndir = \"{}\"\n[schools.elmfield]\nname = \"Elmfield School\"\n",
        data.display()
    );
    std::fs::write(&file, text).expect("written");
    let findings = examine(Some(&file)).await;
    for code in ["HW-F2", "HW-D1", "HW-D2", "HW-B4", "HW-P1"] {
        assert!(codes(&findings).contains(&code), "{code}: {findings:#?}");
    }
    assert!(!data.exists(), "nothing was made");
    for finding in findings.iter().filter(|finding| finding.how != How::Well) {
        let (code, remedy) = finding.code.as_ref().expect("a code");
        let page =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../infra/runbooks/{code}.md"));
        assert!(page.exists() && !remedy.is_empty(), "{code}");
    }
}

#[test]
fn each_thing_that_is_not_well_at_work_has_its_code() {
    let well = json!({ "ready": true, "journal": true, "bus": true, "following": true });
    let told = |field: &str| {
        let mut bad = well.clone();
        bad[field] = json!(false);
        outside::judged(&json!({ "services": { "trips": well, "alerts": bad } }))
    };
    assert_eq!(outside::judged(&json!({ "services": { "trips": well } })).how, How::Well);
    let table = [("journal", "HW-D1"), ("bus", "HW-B3"), ("following", "HW-J1"), ("ready", "HW-B4")];
    for (field, code) in table {
        let finding = told(field);
        assert_eq!(finding.how, How::Wrong);
        assert_eq!(finding.code.as_ref().map(|(code, _)| *code), Some(code), "{field}");
        assert!(finding.found.starts_with("alerts:"), "{finding}");
    }
    assert_eq!(outside::judged(&json!({ "hello": 1 })).how, How::Wrong, "another program");
}

#[test]
fn a_disk_that_fills_is_told_before_it_is_full() {
    let how =
        [machine::LITTLE, machine::LITTLE - 1, machine::TOO_LITTLE - 1].map(|free| machine::judged(free).how);
    assert_eq!(how, [How::Well, How::Look, How::Wrong]);
    assert!(machine::free(std::path::Path::new("/tmp/no/such/folder")).expect("its disk is there") > 0);
}

/// A journal that has something of the future was written by a clock that was ahead, or this one is behind.
#[tokio::test]
async fn a_clock_that_is_behind_the_journal_is_told() {
    use chassis::entry::Draft;
    use chassis::journal::{Append, Journal};
    use proto::topics::ServiceName;
    let dir = tempfile::tempdir().expect("a folder");
    let text = format!(
        "[data]\ndir = \"{}\"\n[schools.elmfield]\nname = \"Elmfield School\"\n",
        dir.path().display()
    );
    let config = crate::config::read_text(&text).expect("is right");
    let journal = Journal::open(&config.journal_url).await.expect("a journal");
    let school = config.schools[0].id.clone();
    let records = async |recorded_at: Timestamp| {
        let mut chain = journal.begin(ServiceName::Trips, &school).await.expect("a head");
        let (after, cause) = (chain.seq, uuid::Uuid::now_v7());
        let draft = Draft {
            recorded_at,
            kind: "TripClosed".to_owned(),
            data: "{}".to_owned(),
            cause,
            correlation: cause,
            actor: proto::envelope::Actor::Service(ServiceName::Trips),
            trip: None,
            traceparent: None,
        };
        let entries = std::sync::Arc::new(vec![chain.next(draft, [0; 16])]);
        let append = Append {
            service: ServiceName::Trips,
            school: school.clone(),
            after,
            entries,
            cursors: Vec::new(),
        };
        journal.append(vec![append]).await.expect("stored");
    };
    let now = Timestamp::now();
    records(now).await;
    assert_ne!(machine::clock(&config).await.how, How::Wrong);
    records(now + jiff::SignedDuration::from_mins(10)).await;
    let found = machine::clock(&config).await;
    assert_eq!(
        (found.how, found.code.as_ref().map(|(code, _)| *code)),
        (How::Wrong, Some("HW-C2")),
        "{found}"
    );
    assert!(found.found.starts_with("trips recorded something at"), "{found}");
}

#[test]
fn a_back_up_that_is_old_or_was_never_made_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let text = format!("[data]\ndir = \"{}\"\n[schools.elmfield]\nname = \"E\"\n", dir.path().display());
    let config = crate::config::read_text(&text).expect("is right");
    let made: Timestamp = "2026-11-20T03:00:00Z".parse().expect("an instant");
    let after = |hours| machine::backup(&config, made + jiff::SignedDuration::from_hours(hours)).how;
    assert_eq!(after(1), How::Look, "never");
    std::fs::write(dir.path().join("last-backup"), "2026-11-20T03:00:00Z\n").expect("written");
    assert_eq!([after(1), after(26), after(27)], [How::Well, How::Well, How::Look]);
}

#[tokio::test]
async fn a_provider_of_accounts_that_is_away_or_goes_by_another_name_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = format!("http://{}", listener.local_addr().expect("an address"));
    let said = json!({ "issuer": at });
    let says = axum::routing::get(move || std::future::ready(axum::Json(said)));
    let router = axum::Router::new().route("/.well-known/openid-configuration", says.clone());
    let router = router.route("/other/.well-known/openid-configuration", says);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let table = |name: &str, issuer: &str| {
        format!(
            "[log_in.oidc.{name}]\nlabel = \"Work\"\nissuer = \"{issuer}\"\nclient_id = \"h\"\nclient_secret = \"s\"\n"
        )
    };
    let text = [
        table("away", "http://127.0.0.1:1"),
        table("other", &format!("{at}/other")),
        table("well", &at),
        "[schools.elmfield]\nname = \"Elmfield School\"\n".to_owned(),
    ];
    let config = crate::config::read_text(&text.concat()).expect("is right");
    let found = accounts::providers(&config).await;
    assert_eq!(
        found.iter().map(|one| one.how).collect::<Vec<_>>(),
        [How::Wrong, How::Wrong, How::Well],
        "{found:?}"
    );
    assert_eq!(codes(&found), ["HW-L1", "HW-L1"]);
    assert!(found[1].found.contains(&at), "{}", found[1]);
}
