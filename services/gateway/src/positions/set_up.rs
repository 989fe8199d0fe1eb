//! How a phone is set up, made for that phone: what its QR code, its link and its file say.
//! Source: the OwnTracks booklet, chapters JSON and Remote configuration; Traccar Client's page on its configuration link.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use proto::ids::{DeviceId, SchoolId};
use proto::v1::gateway::LocationApp;
use proto::values::AssetTag;
use serde_json::{Value, json};

use super::account::{broker_account, device_password, encryption_key};

/// Where phones reach the broker, over TLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhonesBroker {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Which phone, of which school.
#[derive(Clone, Copy, Debug)]
pub struct Phone<'a> {
    /// The school.
    pub school: &'a SchoolId,
    /// The phone.
    pub device: DeviceId,
    /// Its tag.
    pub tag: &'a AssetTag,
}

/// What a phone is set up with. It holds the phone's password: `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SetUp {
    /// The app's own link: a QR code shows the same.
    pub link: String,
    /// The app's file, where it has one: its name, and what is in it.
    pub file: Option<(String, String)>,
    /// The same by hand: (what it is called in the app, what stands there).
    pub by_hand: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for SetUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetUp(…)")
    }
}

/// The set-up of a phone. `base` is how the world reaches us, without a slash at its end. None where phones reach no broker.
pub fn set_up(
    app: LocationApp,
    phone: Phone<'_>,
    key: &[u8; 32],
    base: &str,
    broker: Option<&PhonesBroker>,
) -> Option<SetUp> {
    let password = device_password(key, phone.school, phone.device);
    Some(match app {
        LocationApp::OwntracksHttp => owntracks_http(phone, &password, base),
        LocationApp::OwntracksMqtt => {
            owntracks_mqtt(phone, &password, &encryption_key(key, phone.school, phone.device), broker?)
        }
        LocationApp::Traccar => traccar(phone, &password, base),
    })
}

fn user(phone: Phone<'_>) -> String {
    format!("{}/{}", phone.school, phone.tag.as_str())
}

/// What both modes have in common. With `cmd` and `remoteConfiguration` the phone takes the places of its trip.
fn owntracks(phone: Phone<'_>, mode: Value) -> SetUp {
    let tag = phone.tag.as_str();
    let tid: String = tag.chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
    let mut all = json!({
        "_type": "configuration",
        "deviceId": tag,
        "tid": tid,
        "auth": true,
        // Significant changes, and a word each quarter of an hour at rest.
        "monitoring": 1,
        "locatorInterval": 120,
        "locatorDisplacement": 100,
        "ping": 15,
        "pubExtendedData": true,
        "extendedData": true,
        "autostartOnBoot": true,
        "cmd": true,
        "remoteConfiguration": true,
    });
    if let (Some(all), Value::Object(mode)) = (all.as_object_mut(), mode) {
        all.extend(mode);
    }
    let file = all.to_string();
    let inline = percent_encoded(&BASE64_STANDARD.encode(&file));
    let link = format!("owntracks:///config?inline={inline}");
    SetUp { link, file: Some((format!("{tag}.otrc"), file)), by_hand: Vec::new() }
}

fn owntracks_http(phone: Phone<'_>, password: &str, base: &str) -> SetUp {
    let (url, user) = (format!("{base}/owntracks"), user(phone));
    let mode = json!({ "mode": 3, "url": url, "username": user, "password": password });
    let by_hand = vec![
        ("Mode", "HTTP".to_owned()),
        ("URL", url),
        ("Username", user),
        ("Password", password.to_owned()),
        ("Device ID", phone.tag.as_str().to_owned()),
    ];
    SetUp { by_hand, ..owntracks(phone, mode) }
}

/// What passes through a broker is encrypted besides.
fn owntracks_mqtt(phone: Phone<'_>, password: &str, encryption: &str, broker: &PhonesBroker) -> SetUp {
    let (user, topic) = (
        broker_account(phone.school, phone.tag),
        format!("owntracks/{}/{}", phone.school, phone.tag.as_str()),
    );
    let mode = json!({
        "mode": 0,
        "host": broker.host,
        "port": broker.port,
        "tls": true,
        "ws": false,
        "username": user,
        "password": password,
        "clientId": user,
        "cleanSession": false,
        "keepalive": 300,
        "pubTopicBase": topic,
        "subTopic": format!("{topic}/cmd"),
        "sub": true,
        "pubQos": 1,
        "subQos": 1,
        "pubRetain": false,
        "encryptionKey": encryption,
    });
    let by_hand = vec![
        ("Mode", "MQTT".to_owned()),
        ("Host", broker.host.clone()),
        ("Port", format!("{} (TLS)", broker.port)),
        ("Username", user),
        ("Password", password.to_owned()),
        ("Topic", topic),
        ("Encryption key", encryption.to_owned()),
    ];
    SetUp { by_hand, ..owntracks(phone, mode) }
}

/// The app takes an address with its settings as parameters; what stands before them is where it posts.
fn traccar(phone: Phone<'_>, password: &str, base: &str) -> SetUp {
    let (url, id) = (format!("{base}/traccar"), format!("{}.{password}", user(phone)));
    let settings = "accuracy=high&interval=120&distance=100&heartbeat=900&buffer=true&stop_detection=true";
    let link = format!("{url}?id={}&{settings}&service=true", percent_encoded(&id));
    let by_hand = vec![
        ("Device identifier", id),
        ("Server URL", url),
        ("Location accuracy", "high".to_owned()),
        ("Frequency", "120 seconds".to_owned()),
        ("Distance", "100 metres".to_owned()),
        ("Offline buffering", "on".to_owned()),
    ];
    SetUp { link, file: None, by_hand }
}

/// All but letters, digits and `-._~` as `%XX` (RFC 3986).
fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [3; 32];
    const BASE: &str = "https://trips.elmfield.example";

    fn of(app: LocationApp) -> SetUp {
        let (school, tag) =
            (SchoolId::parse("elmfield").expect("a school"), AssetTag::parse("WM-014").expect("a tag"));
        let device = DeviceId::derived(uuid::Uuid::nil(), 1);
        let broker = PhonesBroker { host: "mqtt.elmfield.example".into(), port: 8883 };
        let phone = Phone { school: &school, device, tag: &tag };
        set_up(app, phone, &KEY, BASE, Some(&broker)).expect("there is a broker")
    }

    fn value_of(set_up: &SetUp, name: &str) -> String {
        set_up.by_hand.iter().find(|(n, _)| *n == name).expect("is said").1.clone()
    }

    /// The link says the same as the file, whatever the app makes of `+` and `/`.
    #[test]
    fn owntracks_gets_a_link_and_a_file_that_say_the_same() {
        for app in [LocationApp::OwntracksHttp, LocationApp::OwntracksMqtt] {
            let made = of(app);
            let inline = made.link.strip_prefix("owntracks:///config?inline=").expect("the app's link");
            assert!(!inline.contains(['+', '/', '=']), "{inline}");
            let decoded = inline.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
            let (name, file) = made.file.expect("a file");
            assert_eq!(BASE64_STANDARD.decode(decoded).expect("base64"), file.as_bytes());
            assert_eq!(name, "WM-014.otrc");
            let json: Value = serde_json::from_str(&file).expect("JSON");
            assert_eq!((&json["_type"], &json["tid"]), (&json!("configuration"), &json!("14")));
            assert_eq!((&json["cmd"], &json["remoteConfiguration"]), (&json!(true), &json!(true)));
        }
    }

    #[test]
    fn each_way_names_the_phones_own_account() {
        let http = of(LocationApp::OwntracksHttp);
        assert_eq!(value_of(&http, "Username"), "elmfield/WM-014");
        assert_eq!(value_of(&http, "URL"), "https://trips.elmfield.example/owntracks");
        let mqtt = of(LocationApp::OwntracksMqtt);
        assert_eq!(value_of(&mqtt, "Username"), "elmfield-wm-014");
        assert_eq!(value_of(&mqtt, "Topic"), "owntracks/elmfield/WM-014");
        assert_eq!(value_of(&mqtt, "Encryption key").len(), 32);
        assert_eq!(value_of(&mqtt, "Password"), value_of(&http, "Password"));
        let traccar = of(LocationApp::Traccar);
        let password = value_of(&http, "Password");
        assert_eq!(value_of(&traccar, "Device identifier"), format!("elmfield/WM-014.{password}"));
        let start = format!("https://trips.elmfield.example/traccar?id=elmfield%2FWM-014.{password}&");
        assert!(traccar.link.starts_with(&start), "{}", traccar.link);
        assert!(!format!("{traccar:?}").contains(&password));
    }
}
