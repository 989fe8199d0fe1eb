//! What is kept about one person: found, given out, erased where the law lets.

use std::io::{Cursor, Read};

use decider::policy::retention::Record;
use proto::ids::IncidentId;
use records::erase::{erase, erasure};
use records::export::{Export, no_formula};
use records::subject::{Finds, How, Subject, find};

use crate::cast::{World, added, at, okafor};

const LATER: &str = "2026-12-01T12:00:00Z";

async fn found(world: &World, subject: &Subject, may_read: bool) -> Finds {
    let may = move |_: IncidentId| may_read;
    find(&world.journal, &world.school, subject, &may, at(LATER)).await.expect("read")
}

fn milo() -> Subject {
    Subject { person: None, texts: vec!["milo".to_owned()] }
}

/// Issue 5, privacy: a pupil, whom only words name, is found in every kind of record.
#[tokio::test]
async fn a_pupil_is_found_by_name_in_every_journal() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.incident(None).await;
    let finds = found(&world, &milo(), true).await;
    let mut kinds: Vec<Record> = finds.found.iter().filter_map(|found| found.record).collect();
    kinds.sort();
    kinds.dedup();
    let expected = [
        Record::TripForms,
        Record::TripNotes,
        Record::Texts,
        Record::Alerts,
        Record::HandIn,
        Record::Incidents,
    ];
    assert_eq!(kinds, expected);
    assert!(finds.found.iter().all(|found| found.how == How::About));
    assert!(finds.found.is_sorted_by_key(|found| found.at));
}

/// INC-7: whoever asks finds nothing of an incident that they may not read, only that something was left out.
#[tokio::test]
async fn an_incident_that_may_not_be_read_is_withheld() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.incident(None).await;
    let finds = found(&world, &milo(), false).await;
    assert_eq!(finds.withheld, 1);
    assert!(!format!("{finds:?}").contains("Hellebore"));
}

/// Issue 5, privacy: a member of staff is found by number: what is about them, what they did, what names them.
#[tokio::test]
async fn a_member_of_staff_is_found_by_number() {
    let mut world = World::new().await;
    world.museum_trip().await;
    let subject = Subject { person: Some(okafor()), texts: Vec::new() };
    let finds = found(&world, &subject, true).await;
    let how = |event: &str| finds.found.iter().find(|found| found.event == event).map(|found| found.how);
    assert_eq!(how("PersonAdded"), Some(How::About));
    assert_eq!(how("DraftSaved"), Some(How::About));
    assert_eq!(how("TripClosed"), Some(How::By), "their hand closed it");
}

/// Issue 5, privacy: what is given out reads as a page, as JSON and as a table, in which no formula runs.
#[tokio::test]
async fn all_of_it_is_given_out_to_read_and_as_data() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.writes::<people::People>("2026-11-02T09:00:00Z", added(crate::cast::tan(), "=Milo <b>")).await;
    let export = Export {
        school: "Elmfield".to_owned(),
        whom: "Milo <script>".to_owned(),
        made_at: at(LATER),
        zone: world.school.zone.tz().clone(),
        finds: found(&world, &milo(), true).await,
        beside: vec![("Log-ins".to_owned(), vec!["milo".to_owned()])],
    };
    let mut zip = zip::ZipArchive::new(Cursor::new(export.zip().expect("written"))).expect("a zip");
    let mut read = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).expect("it is in it").read_to_string(&mut text).expect("text");
        text
    };
    let (page, table, data) = (read("read-me.html"), read("records.csv"), read("records.json"));
    assert!(page.contains("Rowanberry") && page.contains("Hand-in register") && page.contains("Log-ins"));
    assert!(!page.contains("<script>") && !page.contains("<b>"), "what people typed is no markup");
    assert!(page.contains("2026-11-20 14:00"), "by the school's clocks");
    assert!(table.contains("Rowanberry") && table.lines().count() == export.finds.found.len() + 1);
    let data: serde_json::Value = serde_json::from_str(&data).expect("JSON");
    assert_eq!(data["records"].as_array().map(Vec::len), Some(export.finds.found.len()));
    assert_eq!(no_formula("=1+1"), "'=1+1");
}

/// Issue 5, privacy: erased is what the law lets be erased; what stays is named, with why and until when.
#[tokio::test]
async fn erased_is_what_may_be_and_what_stays_is_named_with_its_reason() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.incident(Some("2026-11-25T12:00:00Z")).await;
    let plan = erasure(&found(&world, &milo(), true).await);
    let [stays] = &plan.stays[..] else { panic!("{:?}", plan.stays) };
    assert_eq!((stays.record, stays.entries), (Record::Incidents, 1));
    assert!(stays.why.contains("17(3)(b)"), "{}", stays.why);
    assert_eq!(stays.until.map(|at| at.to_string()), Some("2051-11-25T12:00:00Z".to_owned()));
    let blanked = erase(&world.journal, &world.school, &plan).await.expect("done");
    assert_eq!(blanked, plan.entries());
    assert_eq!(world.verified().await, blanked);
    for words in ["Rowanberry", "Zinnia", "Milo Larkspur", "Tamarind", "Foxglove", "Milo L."] {
        assert!(!world.files_hold(words), "{words}");
    }
    assert!(world.files_hold("Hellebore"), "a safeguarding record is kept");
    assert!(world.files_hold("Speedwell"), "what is not about Milo stays");
    let again = erasure(&found(&world, &milo(), true).await);
    assert_eq!(again.entries(), 0);
}

/// Issue 5, privacy: while an incident is open nothing of its trip is erased on request either; while somebody works here
/// their name stays.
#[tokio::test]
async fn what_is_open_is_not_erased_on_request() {
    let mut world = World::new().await;
    world.museum_trip().await;
    world.incident(None).await;
    let subject = Subject { person: Some(okafor()), texts: vec!["milo".to_owned()] };
    let plan = erasure(&found(&world, &subject, true).await);
    let why = |record: Record| plan.stays.iter().find(|s| s.record == record).map(|s| s.why.clone());
    assert_eq!(
        why(Record::TripNotes),
        Some("Not while this holds: a safeguarding incident is not closed.".into())
    );
    assert_eq!(why(Record::People), Some("Not while this holds: whoever it is works here.".into()));
    assert!(!plan.counts.contains_key(&Record::TripNotes));
}
