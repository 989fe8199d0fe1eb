//! Who may publish and subscribe to what. Everything that isn't granted is refused.
//!
//! MQTT 3.1.1 doesn't say who published a message, so the topic must: an account's name stands in the topics of its
//! commands, replay requests and replies, and the broker holds every account to its own. The rules are a list of patterns
//! for each account; the embedded broker asks them, and [`mosquitto_acl`] writes them down for Mosquitto.

use std::fmt::Write as _;

use proto::ids::{ClientId, SchoolId};
use proto::topics::{ServiceName, filters};
use proto::values::AssetTag;

use super::filter::{contains, is_topic};

/// An account of the broker: the user name is its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The name: for an instance of a service such as `trips-1`.
    pub name: ClientId,
    /// What it is.
    pub kind: AccountKind,
}

/// What an account is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountKind {
    /// An instance of a service that decides. For the board take [`AccountKind::Board`].
    Service(ServiceName),
    /// An instance of the board: it commands for people, and shows everything.
    Board,
    /// A lamp, a siren, another system: it acts as its own account.
    Client {
        /// The school it belongs to; none for all schools.
        school: Option<SchoolId>,
        /// Whether it may see events and heads.
        reads_events: bool,
    },
    /// The OwnTracks app of a work mobile.
    Device {
        /// The school.
        school: SchoolId,
        /// The tag on the phone.
        tag: AssetTag,
    },
}

/// Whether the account may publish to the topic.
pub fn may_publish(account: &Account, topic: &str) -> bool {
    Grants::of(account).may_publish(topic)
}

/// Whether the account may subscribe: everything the filter matches must be granted.
pub fn may_subscribe(account: &Account, filter: &str) -> bool {
    Grants::of(account).may_subscribe(filter)
}

/// What an account may do: patterns of topics.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Grants {
    publish: Vec<String>,
    subscribe: Vec<String>,
}

impl Grants {
    /// The rules, for one account.
    pub fn of(account: &Account) -> Self {
        let mut grants = Self::default();
        match &account.kind {
            AccountKind::Service(service) => grants.service(*service, &account.name),
            AccountKind::Board => grants.board(&account.name),
            AccountKind::Client { school, reads_events } => {
                grants.client(school.as_ref().map_or("+", SchoolId::as_str), *reads_events, &account.name);
            }
            AccountKind::Device { school, tag } => grants.device(school, tag),
        }
        grants
    }

    /// The patterns of topics that may be published to.
    pub fn publish(&self) -> &[String] {
        &self.publish
    }

    /// The patterns of what may be subscribed to.
    pub fn subscribe(&self) -> &[String] {
        &self.subscribe
    }

    /// Whether a publish to this topic is granted.
    pub fn may_publish(&self, topic: &str) -> bool {
        is_topic(topic) && self.publish.iter().any(|pattern| contains(pattern, topic))
    }

    /// Whether a subscription to this filter is granted.
    pub fn may_subscribe(&self, filter: &str) -> bool {
        self.subscribe.iter().any(|pattern| contains(pattern, filter))
    }

    fn service(&mut self, service: ServiceName, name: &ClientId) {
        self.producer(service, name);
        self.publish.push("homeward/v1/+/reply/+".to_owned());
        self.publish.push(format!("homeward/v1/+/+/replay/{name}"));
        self.subscribe.extend([
            filters::commands(service),
            filters::replays(service),
            filters::replies(name),
        ]);
        self.reads_events("+");
        // Absence is judged late while these are away.
        self.subscribe.extend([ServiceName::Gateway, ServiceName::Board].map(health_of));
        match service {
            ServiceName::Trips | ServiceName::Checkins => {
                self.publish
                    .extend(["homeward/v1/+/status/trip/+".to_owned(), "homeward/v1/+/alarm".to_owned()]);
            }
            ServiceName::Alerts => {
                self.publish.extend([
                    "homeward/v1/+/status/trip/+".to_owned(),
                    "homeward/v1/+/alarm".to_owned(),
                    // Home Assistant is told that there is an alarm.
                    "homeassistant/+/+/+/config".to_owned(),
                ]);
            }
            ServiceName::Gateway => {
                self.publish.push("owntracks/+/+/cmd".to_owned());
                self.subscribe.push("owntracks/#".to_owned());
            }
            ServiceName::People
            | ServiceName::Devices
            | ServiceName::Contacts
            | ServiceName::Safeguarding
            | ServiceName::Board => {}
        }
    }

    fn board(&mut self, name: &ClientId) {
        self.producer(ServiceName::Board, name);
        self.asks("+", name);
        self.reads_events("+");
        self.reads_status("+");
        // It tells those who judge absence when all that it held has been answered.
        self.publish.push("homeward/v1/+/reply/+".to_owned());
        self.subscribe.extend([filters::replays(ServiceName::Board), "homeward/v1/health/+/+".to_owned()]);
    }

    fn client(&mut self, school: &str, reads_events: bool, name: &ClientId) {
        // Incidents are for their readers, whom the board tells apart: no client hears of them, nor asks for them again. An
        // account of the installation's own, for all schools, does. [INC-7]
        let all = school == "+";
        self.commands(school, name);
        let each = readable(all);
        self.publish.extend(each.iter().map(|of| format!("homeward/v1/{school}/{of}/replay/{name}")));
        self.reads_status(school);
        // A lamp shows when nobody watches any more, too; and Home Assistant looks for what there is.
        self.subscribe.extend(["homeward/v1/health/alerts/+".to_owned(), "homeassistant/#".to_owned()]);
        self.publish.push("homeassistant/status".to_owned());
        if reads_events && all {
            self.reads_events(school);
        } else if reads_events {
            let topics =
                |of: &&str| ["event", "head"].map(|what| format!("homeward/v1/{school}/{of}/{what}"));
            self.subscribe.extend(each.iter().flat_map(topics));
        }
    }

    fn device(&mut self, school: &SchoolId, tag: &AssetTag) {
        let own = format!("owntracks/{school}/{}", tag.as_str());
        self.subscribe.push(format!("{own}/cmd"));
        self.publish.extend([format!("{own}/event"), own]);
    }

    /// Announces events of its own, and that it lives.
    fn producer(&mut self, service: ServiceName, name: &ClientId) {
        self.publish.extend([
            filters::events(service),
            filters::heads(service),
            format!("homeward/v1/health/{service}/{name}"),
        ]);
    }

    /// Commands and asks for replays in its own name, and hears the answers.
    fn asks(&mut self, school: &str, name: &ClientId) {
        self.commands(school, name);
        self.publish.push(format!("homeward/v1/{school}/+/replay/{name}"));
    }

    /// Commands in its own name, and hears the answers.
    fn commands(&mut self, school: &str, name: &ClientId) {
        self.publish.push(format!("homeward/v1/{school}/+/command/{name}"));
        self.subscribe.push(format!("homeward/v1/{school}/reply/{name}"));
    }

    fn reads_events(&mut self, school: &str) {
        self.subscribe
            .extend([format!("homeward/v1/{school}/+/event"), format!("homeward/v1/{school}/+/head")]);
    }

    fn reads_status(&mut self, school: &str) {
        self.subscribe
            .extend([format!("homeward/v1/{school}/status/trip/+"), format!("homeward/v1/{school}/alarm")]);
    }
}

/// Whose events and replays a client may read: every service's (`+`), or all but safeguarding's.
fn readable(all: bool) -> Vec<&'static str> {
    if all {
        return vec!["+"];
    }
    let open = ServiceName::ALL.into_iter().filter(|service| *service != ServiceName::Safeguarding);
    open.map(ServiceName::as_str).collect()
}

/// How every instance of one service is: what is subscribed to by whoever waits for its word.
pub(crate) fn health_of(service: ServiceName) -> String {
    format!("homeward/v1/health/{service}/+")
}

/// The rules as an `acl_file` of Mosquitto. There a forbidden subscription is answered with success, and silence follows:
/// the rules hold at each delivery instead.
pub fn mosquitto_acl(accounts: &[Account]) -> String {
    let mut text = String::from("# Written by Homeward: what isn't granted here is refused.\n");
    for account in accounts {
        let Grants { publish, subscribe } = Grants::of(account);
        let lines =
            publish.iter().map(|topic| ("write", topic)).chain(subscribe.iter().map(|topic| ("read", topic)));
        let _ = writeln!(text, "\nuser {}", account.name);
        for (access, topic) in lines {
            let _ = writeln!(text, "topic {access} {topic}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, kind: AccountKind) -> Account {
        Account { name: name.parse().expect("a name"), kind }
    }

    fn trips() -> Account {
        account("trips-1", AccountKind::Service(ServiceName::Trips))
    }

    fn lamp(reads_events: bool) -> Account {
        let school = Some("elmfield".parse().expect("a school"));
        account("lamp", AccountKind::Client { school, reads_events })
    }

    fn phone() -> Account {
        let (school, tag) =
            ("elmfield".parse().expect("a school"), AssetTag::parse("WM-014").expect("a tag"));
        account("elmfield-WM-014", AccountKind::Device { school, tag })
    }

    const TRIP: &str = "homeward/v1/elmfield/status/trip/0193a9a2-0000-7000-8000-000000000000";

    fn allowed(account: &Account, publish: &[&str], subscribe: &[&str]) {
        for topic in publish {
            assert!(may_publish(account, topic), "{} publishes {topic}", account.name);
        }
        for filter in subscribe {
            assert!(may_subscribe(account, filter), "{} subscribes {filter}", account.name);
        }
    }

    fn refused(account: &Account, publish: &[&str], subscribe: &[&str]) {
        for topic in publish {
            assert!(!may_publish(account, topic), "{} must not publish {topic}", account.name);
        }
        for filter in subscribe {
            assert!(!may_subscribe(account, filter), "{} must not subscribe {filter}", account.name);
        }
    }

    #[test]
    fn a_service_speaks_for_itself_alone() {
        allowed(
            &trips(),
            &[
                "homeward/v1/elmfield/trips/event",
                "homeward/v1/elmfield/trips/head",
                "homeward/v1/elmfield/reply/board-1",
                "homeward/v1/elmfield/devices/replay/trips-1",
                "homeward/v1/elmfield/alarm",
                TRIP,
                "homeward/v1/health/trips/trips-1",
            ],
            &[
                "homeward/v1/+/trips/command/+",
                "homeward/v1/+/trips/replay/+",
                "homeward/v1/+/+/event",
                "homeward/v1/elmfield/people/head",
                "homeward/v1/+/reply/trips-1",
            ],
        );
        refused(
            &trips(),
            &[
                "homeward/v1/elmfield/devices/event",
                "homeward/v1/elmfield/devices/head",
                "homeward/v1/elmfield/devices/command/trips-1",
                "homeward/v1/elmfield/devices/replay/board-1",
                "homeward/v1/health/trips/trips-2",
                "homeward/v1/+/trips/event",
                "owntracks/elmfield/WM-014/cmd",
                "$SYS/broker",
            ],
            &[
                "homeward/v1/+/devices/command/+",
                "homeward/v1/+/reply/+",
                "homeward/v1/+/+/+",
                "homeward/#",
                "#",
                "owntracks/#",
                "$share/g/homeward/v1/+/trips/command/+",
            ],
        );
    }

    #[test]
    fn only_some_services_set_status_and_alarm() {
        let people = account("people-1", AccountKind::Service(ServiceName::People));
        refused(&people, &["homeward/v1/elmfield/alarm", TRIP], &[]);
    }

    /// Whoever looks for lamps' alarms hears of them; alerts alone says that there are any.
    #[test]
    fn alerts_alone_tells_home_assistant_of_the_alarm() {
        let alerts = account("alerts-1", AccountKind::Service(ServiceName::Alerts));
        let config = "homeassistant/binary_sensor/homeward-elmfield/alarm/config";
        allowed(&alerts, &[config], &[]);
        allowed(&lamp(false), &["homeassistant/status"], &["homeassistant/#", "homeassistant/+/+/config"]);
        refused(&lamp(false), &[config], &["homeward/v1/health/trips/+"]);
        refused(&trips(), &[config], &["homeassistant/#"]);
    }

    #[test]
    fn the_gateway_alone_hears_the_phones() {
        let gateway = account("gateway-1", AccountKind::Service(ServiceName::Gateway));
        allowed(
            &gateway,
            &["owntracks/elmfield/WM-014/cmd"],
            &["owntracks/#", "owntracks/+/+", "owntracks/+/+/event"],
        );
        refused(&gateway, &["owntracks/elmfield/WM-014", "owntracks/elmfield/WM-014/event"], &["#"]);
    }

    #[test]
    fn the_board_commands_under_its_own_name() {
        let board = account("board-1", AccountKind::Board);
        allowed(
            &board,
            &[
                "homeward/v1/elmfield/trips/command/board-1",
                "homeward/v1/elmfield/trips/replay/board-1",
                "homeward/v1/elmfield/board/head",
                "homeward/v1/health/board/board-1",
            ],
            &[
                "homeward/v1/+/+/event",
                "homeward/v1/+/+/head",
                "homeward/v1/+/reply/board-1",
                "homeward/v1/+/status/trip/+",
                "homeward/v1/+/alarm",
                "homeward/v1/health/+/+",
            ],
        );
        refused(
            &board,
            &["homeward/v1/elmfield/trips/command/board-2", "homeward/v1/elmfield/trips/event", TRIP],
            &["homeward/v1/+/+/command/+", "homeward/v1/+/reply/+", "owntracks/#"],
        );
    }

    #[test]
    fn a_client_acts_as_itself_in_its_own_school() {
        allowed(
            &lamp(false),
            &["homeward/v1/elmfield/alerts/command/lamp", "homeward/v1/elmfield/alerts/replay/lamp"],
            &[
                "homeward/v1/elmfield/reply/lamp",
                "homeward/v1/elmfield/alarm",
                "homeward/v1/elmfield/status/trip/+",
            ],
        );
        refused(
            &lamp(false),
            &[
                "homeward/v1/elmfield/alerts/command/board-1",
                "homeward/v1/ashdown/alerts/command/lamp",
                "homeward/v1/elmfield/alarm",
            ],
            &["homeward/v1/ashdown/alarm", "homeward/v1/+/alarm", "homeward/v1/elmfield/+/event"],
        );
    }

    #[test]
    fn a_client_sees_events_only_where_it_was_allowed_to() {
        let own = ["homeward/v1/elmfield/trips/event", "homeward/v1/elmfield/trips/head"];
        allowed(&lamp(true), &["homeward/v1/elmfield/trips/replay/lamp"], &own);
        refused(&lamp(true), &["homeward/v1/elmfield/trips/event"], &["homeward/v1/+/trips/event"]);
    }

    /// INC-7: incidents are for their readers: no client of a school hears of them, nor asks for them again.
    #[test]
    fn no_client_reads_what_safeguarding_tells() {
        refused(
            &lamp(true),
            &["homeward/v1/elmfield/safeguarding/replay/lamp"],
            &[
                "homeward/v1/elmfield/safeguarding/event",
                "homeward/v1/elmfield/+/event",
                "homeward/v1/elmfield/#",
            ],
        );
    }

    #[test]
    fn a_phone_has_its_own_topic_and_nothing_else() {
        allowed(
            &phone(),
            &["owntracks/elmfield/WM-014", "owntracks/elmfield/WM-014/event"],
            &["owntracks/elmfield/WM-014/cmd"],
        );
        refused(
            &phone(),
            &[
                "owntracks/elmfield/WM-015",
                "owntracks/elmfield/WM-014/cmd",
                "owntracks/elmfield/WM-014/event/x",
                "homeward/v1/elmfield/trips/command/elmfield-WM-014",
                "homeward/v1/elmfield/alarm",
            ],
            &[
                "owntracks/elmfield/WM-014",
                "owntracks/+/+/cmd",
                "owntracks/#",
                "homeward/v1/elmfield/alarm",
                "#",
            ],
        );
    }

    #[test]
    fn mosquitto_gets_the_same_rules() {
        let text = mosquitto_acl(&[phone(), lamp(false)]);
        assert_eq!(
            text,
            "# Written by Homeward: what isn't granted here is refused.\n\
             \nuser elmfield-WM-014\n\
             topic write owntracks/elmfield/WM-014/event\n\
             topic write owntracks/elmfield/WM-014\n\
             topic read owntracks/elmfield/WM-014/cmd\n\
             \nuser lamp\n\
             topic write homeward/v1/elmfield/+/command/lamp\n\
             topic write homeward/v1/elmfield/people/replay/lamp\n\
             topic write homeward/v1/elmfield/devices/replay/lamp\n\
             topic write homeward/v1/elmfield/contacts/replay/lamp\n\
             topic write homeward/v1/elmfield/trips/replay/lamp\n\
             topic write homeward/v1/elmfield/checkins/replay/lamp\n\
             topic write homeward/v1/elmfield/alerts/replay/lamp\n\
             topic write homeward/v1/elmfield/gateway/replay/lamp\n\
             topic write homeward/v1/elmfield/board/replay/lamp\n\
             topic write homeassistant/status\n\
             topic read homeward/v1/elmfield/reply/lamp\n\
             topic read homeward/v1/elmfield/status/trip/+\n\
             topic read homeward/v1/elmfield/alarm\n\
             topic read homeward/v1/health/alerts/+\n\
             topic read homeassistant/#\n"
        );
    }
}
