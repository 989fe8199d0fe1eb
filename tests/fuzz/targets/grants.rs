//! What accounts of the broker may publish and subscribe to: whatever lies within a filter that is granted is granted too, a phone has its
//! own topics alone, no client commands or asks in another's name, and none hears what safeguarding tells. The input: a filter or
//! topic; after a line feed a topic within it.
#![no_main]

use chassis::broker::acl::{Account, AccountKind, Grants};
use libfuzzer_sys::fuzz_target;
use proto::ids::{ClientId, SchoolId};
use proto::topics::{ServiceName, Topic};
use proto::values::AssetTag;

fn account(name: &str, kind: AccountKind) -> Grants {
    Grants::of(&Account { name: ClientId::parse(name).expect("a slug"), kind })
}

fn elmfield() -> SchoolId {
    SchoolId::parse("elmfield").expect("a slug")
}

/// The plain definition of matching.
fn matches(filter: &str, topic: &str) -> bool {
    let (mut wanted, mut given) = (filter.split('/'), topic.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(_)) => {}
            (Some(level), Some(name)) if level == name => {}
            (Some(_), _) | (None, Some(_)) => return false,
        }
    }
}

fuzz_target!(|text: &str| {
    let (filter, topic) = text.split_once('\n').unwrap_or((text, text));
    let is_topic = !topic.is_empty() && !topic.contains(['+', '#']);
    let lamp = account("lamp", AccountKind::Client { school: Some(elmfield()), reads_events: true });
    let tag = AssetTag::parse("WM-014").expect("a tag");
    let phone = account("elmfield-wm-014", AccountKind::Device { school: elmfield(), tag });
    let services = ServiceName::ALL.map(|service| account("trips-1", AccountKind::Service(service)));
    let board = account("board-1", AccountKind::Board);
    for grants in [&lamp, &phone, &board].into_iter().chain(&services) {
        if is_topic && grants.may_subscribe(filter) && matches(filter, topic) {
            assert!(grants.may_subscribe(topic), "{filter} is granted, and {topic} within it is not");
        }
        assert!(
            !grants.may_publish(filter) || !filter.contains(['+', '#', '\0']) && !filter.starts_with('$')
        );
        assert!(!grants.may_subscribe(filter) || !filter.starts_with('$'), "{filter}");
    }
    if phone.may_publish(topic) {
        assert!(["owntracks/elmfield/WM-014", "owntracks/elmfield/WM-014/event"].contains(&topic), "{topic}");
    }
    assert!(!phone.may_subscribe(filter) || filter == "owntracks/elmfield/WM-014/cmd", "{filter}");
    if is_topic && (lamp.may_subscribe(filter) && matches(filter, topic) || lamp.may_publish(topic)) {
        assert!(!topic.starts_with("homeward/v1/elmfield/safeguarding/event"), "{filter}");
        assert!(!topic.starts_with("homeward/v1/elmfield/safeguarding/replay"), "{filter}");
        let of_a_school = topic.strip_prefix("homeward/v1/").and_then(|rest| rest.split_once('/'));
        if let Some((school, rest)) = of_a_school {
            assert!(school == "elmfield" || school == "health", "{filter}");
            let own =
                ["/command/", "/replay/"].iter().all(|what| !rest.contains(what) || rest.ends_with("/lamp"));
            assert!(own, "{topic} in another's name");
        }
    }
    if let Ok(read) = filter.parse::<Topic>() {
        assert!(!read.to_string().contains(['+', '#']), "{filter}");
    }
});
