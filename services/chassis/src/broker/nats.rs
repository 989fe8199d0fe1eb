//! The rules of [`super::acl`] as accounts and users of nats-server.
//!
//! NATS speaks MQTT by its own subjects: `a/b` is `a.b`, `+` is `*`, and `a/#` is both `a` and `a.>`. Unlike Mosquitto it answers
//! a forbidden SUBSCRIBE with a refusal; a forbidden PUBLISH is acknowledged, and reaches nobody.

use std::fmt::Write as _;

use proto::ids::ClientId;

use super::acl::{Account, Grants};

/// What a subscription with QoS 1 is served by: each user needs it, and nats-server lets nobody subscribe to it by MQTT.
const DELIVERIES: &str = "$MQTT.sub.>";

/// The accounts of nats-server with their users, to be included in its configuration. A password is a variable there, such as
/// `pw.trips-1`, which stands in a file beside it, `passwords.conf`. A name with a dot can't stand in a topic of NATS: that one is given back.
pub fn accounts(of: &[(&str, &[Account])]) -> Result<String, ClientId> {
    let mut text = String::from(
        "# Written by Homeward: what isn't granted here is refused. Passwords: pw.trips-1: \"...\", a line for each.\n\
         include \"passwords.conf\"\naccounts {\n",
    );
    for (name, users) in of {
        let _ = writeln!(text, "  {name} {{\n    jetstream: enabled\n    users: [");
        for user in *users {
            if user.name.as_str().contains('.') {
                return Err(user.name.clone());
            }
            text.push_str(&one(user));
        }
        text.push_str("    ]\n  }\n");
    }
    text.push_str("}\n");
    Ok(text)
}

fn one(user: &Account) -> String {
    let grants = Grants::of(user);
    let publish: Vec<String> = grants.publish().iter().flat_map(|topic| subjects(topic)).collect();
    let mut subscribe: Vec<String> = grants.subscribe().iter().flat_map(|filter| subjects(filter)).collect();
    subscribe.push(DELIVERIES.to_owned());
    let name = &user.name;
    format!(
        "      {{\n        user: \"{name}\", password: $pw.{name}, allowed_connection_types: [\"MQTT\"]\n        \
         permissions: {{\n          publish: {{ allow: {publish:?} }}\n          \
         subscribe: {{ allow: {subscribe:?} }}\n        }}\n      }}\n"
    )
}

/// The subjects of NATS that a pattern of MQTT is.
fn subjects(pattern: &str) -> Vec<String> {
    let subject = pattern.replace('/', ".").replace('+', "*");
    match subject.strip_suffix(".#") {
        Some(stem) => vec![stem.to_owned(), format!("{stem}.>")],
        None => vec![subject],
    }
}

#[cfg(test)]
mod tests {
    use proto::values::AssetTag;

    use super::*;
    use crate::broker::acl::AccountKind;

    fn phone(name: &str) -> Account {
        let (school, tag) =
            ("elmfield".parse().expect("a school"), AssetTag::parse("WM-014").expect("a tag"));
        Account { name: name.parse().expect("a name"), kind: AccountKind::Device { school, tag } }
    }

    #[test]
    fn a_pattern_of_mqtt_is_one_subject_or_two() {
        assert_eq!(subjects("homeward/v1/+/trips/event"), ["homeward.v1.*.trips.event"]);
        assert_eq!(subjects("owntracks/#"), ["owntracks", "owntracks.>"]);
    }

    #[test]
    fn nats_gets_the_same_rules() {
        let text = accounts(&[("PHONES", &[phone("elmfield-wm-014")])]).expect("no dots");
        assert_eq!(
            text.split_once('\n').expect("a first line").1,
            r#"include "passwords.conf"
accounts {
  PHONES {
    jetstream: enabled
    users: [
      {
        user: "elmfield-wm-014", password: $pw.elmfield-wm-014, allowed_connection_types: ["MQTT"]
        permissions: {
          publish: { allow: ["owntracks.elmfield.WM-014.event", "owntracks.elmfield.WM-014"] }
          subscribe: { allow: ["owntracks.elmfield.WM-014.cmd", "$MQTT.sub.>"] }
        }
      }
    ]
  }
}
"#
        );
    }

    #[test]
    fn a_name_with_a_dot_is_given_back() {
        assert_eq!(accounts(&[("A", &[phone("a.b")])]).expect_err("a dot").as_str(), "a.b");
    }
}
