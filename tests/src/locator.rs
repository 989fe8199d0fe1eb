//! The location app of a work mobile, set up as the device desk sets it up.

use gateway::positions::account::{broker_account, device_password, encryption_key};
use gateway::positions::owntracks::sealed::seal;
use homeward::accounts::PHONES_KEY;
use homeward::secrets::Secrets;
use jiff::Timestamp;
use proto::values::AssetTag;
use serde_json::{Value, json};

use crate::world::World;

/// Where a phone is, and how well it knows.
#[derive(Clone, Copy, Debug)]
pub struct Fix {
    /// Degrees north and east.
    pub place: (f64, f64),
    /// Give or take so many metres.
    pub accuracy_m: f64,
    /// By the phone's clock.
    pub at: Timestamp,
    /// Its charge in percent.
    pub battery: u8,
}

/// A work mobile's location app, with the phone's own account.
pub struct Locator {
    web: String,
    http: reqwest::Client,
    user: String,
    password: String,
    key: String,
    /// The account at a broker.
    pub account: String,
    /// Its topic.
    pub topic: String,
    sent: std::cell::Cell<u32>,
}

impl Locator {
    /// The app on the phone with that tag.
    pub fn of(world: &World, tag: &str) -> Self {
        let secrets = Secrets::load_or_make(&world.dir()).expect("the installation's secret");
        let (key, school, device) = (secrets.key(PHONES_KEY), &world.school, world.cast.phone(tag).id);
        let asset = AssetTag::parse(tag).expect("a tag");
        Self {
            web: world.gateway().to_owned(),
            http: reqwest::Client::builder().no_proxy().build().expect("a client can be made"),
            user: format!("{school}/{tag}"),
            password: device_password(&key, school, device),
            key: encryption_key(&key, school, device),
            account: broker_account(school, &asset),
            topic: format!("owntracks/{school}/{tag}"),
            sent: std::cell::Cell::new(0),
        }
    }

    /// The phone's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// OwnTracks' message of a place, with an id of its own.
    pub fn message(&self, fix: Fix) -> String {
        self.sent.set(self.sent.get() + 1);
        let (lat, lon) = fix.place;
        json!({
            "_type": "location", "_id": format!("{}-{}", self.user, self.sent.get()), "lat": lat, "lon": lon,
            "acc": fix.accuracy_m, "tst": fix.at.as_second(), "batt": fix.battery, "bs": 1,
        })
        .to_string()
    }

    /// The same, encrypted with the phone's own key.
    pub fn encrypted(&self, fix: Fix) -> String {
        seal(self.message(fix).as_bytes(), &self.key, [self.sent.get() as u8; 24])
    }

    /// Posts as OwnTracks does: status and answer.
    pub async fn posts(&self, message: String) -> (u16, Value) {
        let post = self.http.post(format!("{}/owntracks", self.web));
        let answer = post.basic_auth(&self.user, Some(&self.password)).body(message).send().await;
        let answer = answer.expect("the gateway answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Says by OwnTracks where it is, and is answered well.
    pub async fn is_at(&self, fix: Fix) -> Value {
        let (status, answer) = self.posts(self.message(fix)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Posts as Traccar Client does.
    pub async fn is_at_by_traccar(&self, fix: Fix) -> u16 {
        let id = format!("{}.{}", self.user, self.password);
        let fields = [
            ("id", id),
            ("lat", fix.place.0.to_string()),
            ("lon", fix.place.1.to_string()),
            ("timestamp", fix.at.as_second().to_string()),
            ("accuracy", fix.accuracy_m.to_string()),
            ("batt", fix.battery.to_string()),
        ];
        let post = self.http.post(format!("{}/traccar", self.web)).query(&fields);
        post.send().await.expect("the gateway answers").status().as_u16()
    }
}
