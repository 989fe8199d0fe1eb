//! One gateway among several that divide the schools: what reaches the wrong one is passed on to the right one.
//!
//! A webhook or a position comes to whichever instance the world reaches. Whose school it is for is said by its address or login, or found by
//! asking the instances one after another who knows the sender: nobody knows it only when every school was asked. While a school is on its way
//! from one instance to another it is waited for, well within the time that providers wait: nothing is refused, and nothing is taken by an
//! instance that may not write it. [CHECK-1]
//!
//! It is passed on as it came, its signature with it, and checked where it is taken. What was passed on is not passed on again. Whose it was found to
//! be, here or there, it is taken for ([`MeantFor`]), or not at all: never for another school that is there when its own has left.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{self, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chassis::school::School;
use proto::ids::SchoolId;
use proto::values::PhoneNumber;
use tokio::time::Instant;

use super::Door;
use crate::State;
use crate::channels::smsgate::news::{News, read};
use crate::channels::smsgate::webhooks::school_with;
use crate::positions::account::log_in;
use crate::positions::owntracks::http::basic;
use crate::positions::traccar::parse::parse;

/// Bodies are bounded: those that are served are smaller.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// So long a school is waited for that nobody serves at the moment. The provider gives up after 15 seconds.
const WAITED_FOR: Duration = Duration::from_secs(10);

/// How often it is looked whether it is served.
const LOOK: Duration = Duration::from_millis(100);

/// Says that it was passed on, and how.
const PASSED_ON: HeaderName = HeaderName::from_static("x-homeward-passed-on");

/// How it was passed on.
#[derive(Clone, PartialEq, Eq, Debug)]
enum How {
    /// Whoever is passed it takes it only if it knows the sender.
    IfKnown,
    /// It is meant for that school, and taken only where that is served.
    For(SchoolId),
}

const IF_KNOWN: &str = "if-known";
const SCHOOL: &str = "school=";

impl How {
    fn header(&self) -> String {
        match self {
            Self::IfKnown => IF_KNOWN.to_owned(),
            Self::For(school) => format!("{SCHOOL}{school}"),
        }
    }

    /// A word that only another release knows is no more than the weaker of the two.
    fn read(header: &HeaderValue) -> Self {
        let school = header.to_str().ok().and_then(|said| said.strip_prefix(SCHOOL));
        school.and_then(|school| SchoolId::parse(school).ok()).map_or(Self::IfKnown, Self::For)
    }
}

/// Whose a post was found to be, by its address or its sender: what the routes take it for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MeantFor(pub(crate) SchoolId);

/// So many hex digits tell schools apart.
const MARK: usize = 16;

/// Whose a school is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whose {
    /// This instance's.
    Ours,
    /// That of the instance with this host and port.
    At(String),
    /// Nobody's at the moment: it is on its way.
    Nobodys,
}

/// The instances that divide the schools.
pub trait Instances: Send + Sync + 'static {
    /// Whose a school is.
    fn whose(&self, school: &SchoolId) -> Whose;
    /// Where the other instances are.
    fn others(&self) -> Vec<String>;
    /// All schools, in order: what nobody knows is the first one's.
    fn schools(&self) -> &[SchoolId];
}

/// The others, and how they are reached.
pub(crate) struct Several {
    pub(crate) instances: Arc<dyn Instances>,
    http: reqwest::Client,
}

impl Several {
    pub(super) fn new(instances: Arc<dyn Instances>) -> reqwest::Result<Self> {
        // Installed already is as good: the whole process needs one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().timeout(WAITED_FOR).build()?;
        Ok(Self { instances, http })
    }

    /// The answer of the instance that serves the school; none: it does so no longer, or can't be reached.
    async fn pass_on(&self, to: &str, school: &SchoolId, post: &Post) -> Option<Response> {
        self.posts(to, How::For(school.clone()), post)
            .await
            .filter(|answer| answer.status() != StatusCode::MISDIRECTED_REQUEST)
    }

    /// What another instance makes of it; none: it can't be reached.
    async fn asks(&self, other: &str, post: &Post) -> Option<Asked> {
        let answer = self.posts(other, How::IfKnown, post).await?;
        if answer.status() != StatusCode::MISDIRECTED_REQUEST {
            return Some(Asked::Took(answer));
        }
        let marks = to_bytes(answer.into_body(), MAX_BODY_BYTES).await.ok()?;
        Some(Asked::Strangers(String::from_utf8_lossy(&marks).lines().map(str::to_owned).collect()))
    }

    /// The answer of another instance; none: it can't be reached.
    async fn posts(&self, to: &str, how: How, post: &Post) -> Option<Response> {
        let path = post.parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = post.parts.headers.clone();
        // Those of this connection, not of what came.
        for own in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING] {
            headers.remove(own);
        }
        let request = self
            .http
            .request(post.parts.method.clone(), format!("http://{to}{path}"))
            .headers(headers)
            .header(PASSED_ON, how.header())
            .body(post.body.clone());
        metrics::counter!("homeward_gateway_passed_on_total").increment(1);
        let answer = request.send().await.inspect_err(|error| {
            tracing::warn!(to, %error, "another instance could not be reached");
        });
        let answer = answer.ok()?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.ok()?;
        let mut response = (status, body).into_response();
        for kept in [header::CONTENT_TYPE, header::WWW_AUTHENTICATE] {
            if let Some(value) = headers.get(&kept) {
                response.headers_mut().insert(kept, value.clone());
            }
        }
        Some(response)
    }
}

/// What an instance made of a post whose sender it may not know.
enum Asked {
    /// It knows the sender, and took it.
    Took(Response),
    /// The schools with these marks, which stand there, don't know the sender.
    Strangers(BTreeSet<String>),
}

/// What came, read once.
struct Post {
    parts: Parts,
    body: Bytes,
}

/// Whom a post is for.
enum For {
    /// The school that it names.
    School(SchoolId),
    /// Whoever knows its sender.
    Sender,
}

/// Before the routes: serves what is ours, and passes on what is not.
pub(super) async fn serve_or_pass_on(
    extract::State(door): extract::State<Door>,
    request: Request,
    next: Next,
) -> Response {
    let Some(several) = door.inner.several.get() else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let post = Post { parts, body };
    match post.parts.headers.get(PASSED_ON) {
        None => serve(&door, several, &post, &next).await,
        Some(how) => taken(&door, several, &post, How::read(how), &next).await,
    }
}

/// What came from another instance: it is taken here, or by nobody.
async fn taken(door: &Door, several: &Several, post: &Post, how: How, next: &Next) -> Response {
    let misdirected = |marks: BTreeSet<String>| {
        let marks: Vec<_> = marks.into_iter().collect();
        (StatusCode::MISDIRECTED_REQUEST, marks.join("\n")).into_response()
    };
    let school = match (how, post.is_for()) {
        // The address is signed, and goes before what another instance says of it.
        (_, For::School(school)) | (How::For(school), For::Sender) => school,
        (How::IfKnown, For::Sender) => match post.sender(door) {
            Sender::Of(school) => school,
            Sender::None => return post.run(None, next).await,
            Sender::Stranger(marks) => return misdirected(marks),
        },
    };
    let is_ours = several.instances.whose(&school) == Whose::Ours && door.stands(&school);
    let taken = if is_ours { post.run_for(door, &school, next).await } else { None };
    taken.unwrap_or_else(|| misdirected(BTreeSet::new()))
}

async fn serve(door: &Door, several: &Several, post: &Post, next: &Next) -> Response {
    let until = Instant::now() + WAITED_FOR;
    loop {
        let answered = match post.is_for() {
            For::School(school) => of_school(door, several, &school, post, next).await,
            For::Sender => of_sender(door, several, post, next).await,
        };
        match answered {
            Some(response) => return response,
            None if Instant::now() > until => {
                tracing::error!(
                    path = post.parts.uri.path(),
                    "HW-D3 no instance serves the school of a post"
                );
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            None => tokio::time::sleep(LOOK).await,
        }
    }
}

/// None: nobody serves it just now.
async fn of_school(
    door: &Door,
    several: &Several,
    school: &SchoolId,
    post: &Post,
    next: &Next,
) -> Option<Response> {
    match several.instances.whose(school) {
        Whose::Ours if door.stands(school) => post.run_for(door, school, next).await,
        Whose::Ours | Whose::Nobodys => None,
        Whose::At(address) => several.pass_on(&address, school, post).await,
    }
}

async fn of_sender(door: &Door, several: &Several, post: &Post, next: &Next) -> Option<Response> {
    let mut asked = match post.sender(door) {
        Sender::Of(school) => return of_school(door, several, &school, post, next).await,
        Sender::None => return Some(post.run(None, next).await),
        Sender::Stranger(marks) => marks,
    };
    for other in several.instances.others() {
        match several.asks(&other, post).await {
            Some(Asked::Took(response)) => return Some(response),
            Some(Asked::Strangers(marks)) => asked.extend(marks),
            None => {}
        }
    }
    // A school that is on its way could not say whether it knows the sender: what comes from its phone is no other school's. [CHECK-3]
    let schools = several.instances.schools();
    if !schools.iter().all(|school| asked.contains(&door.mark_of(school))) {
        return None;
    }
    // Nobody knows the sender: the first school answers, as it does where there is one instance.
    of_school(door, several, schools.first()?, post, next).await
}

/// Who sent a post, as far as it is known here.
enum Sender {
    /// Somebody of that school, which stands here.
    Of(SchoolId),
    /// Nobody is named: it is anybody's.
    None,
    /// The schools with these marks, which stand here, don't know who sent it.
    Stranger(BTreeSet<String>),
}

impl Post {
    async fn run(&self, meant_for: Option<SchoolId>, next: &Next) -> Response {
        let mut request = Request::from_parts(self.parts.clone(), Body::from(self.body.clone()));
        if let Some(school) = meant_for {
            request.extensions_mut().insert(MeantFor(school));
        }
        next.clone().run(request).await
    }

    /// As [`Post::run`]; none if the school left us meanwhile, or is leaving: nothing of it was stored.
    async fn run_for(&self, door: &Door, school: &SchoolId, next: &Next) -> Option<Response> {
        let response = self.run(Some(school.clone()), next).await;
        let left = response.status() == StatusCode::SERVICE_UNAVAILABLE && !door.stands(school);
        Some(response).filter(|_| !left)
    }

    fn path(&self) -> &str {
        self.parts.uri.path().trim_end_matches('/')
    }

    fn is_for(&self) -> For {
        let query = self.parts.uri.query().unwrap_or_default();
        let named = match self.path() {
            "/owntracks" => basic(&self.parts.headers).and_then(|(user, _)| school_in(&user)),
            "/traccar" => parse(query, &self.body).and_then(|message| school_in(&message.id)),
            _ => pairs(query.as_bytes()).into_iter().find(|(key, _)| key == "school").map(|(_, value)| value),
        };
        let school = named.and_then(|named| SchoolId::parse(&named).ok());
        school.map_or(For::Sender, For::School)
    }

    fn sender(&self, door: &Door) -> Sender {
        let before = door.standing();
        // One that came or left meanwhile may not have been asked.
        let strangers = || before.intersection(&door.standing()).map(|school| door.mark_of(school)).collect();
        match self.sent_by(door) {
            None => Sender::None,
            Some(Some(school)) => Sender::Of(school),
            Some(None) => Sender::Stranger(strangers()),
        }
    }

    /// The school of who sent it, if one that stands here knows them; none at all if nobody is named.
    fn sent_by(&self, door: &Door) -> Option<Option<SchoolId>> {
        let logs_in =
            |user: &str, password: &str| log_in(&door.inner, user, password).map(|(school, _)| school);
        let query = self.parts.uri.query().unwrap_or_default();
        match self.path() {
            "/owntracks" => basic(&self.parts.headers).map(|(user, password)| logs_in(&user, &password)),
            "/traccar" => {
                let id = parse(query, &self.body)?.id;
                id.rsplit_once('.').map(|(user, password)| logs_in(user, password))
            }
            "/smsgate" => match read(&self.body)? {
                News::Text { from, .. } => Some(door.school_that_knows(&from)),
                News::Progress { id, .. } => Some(school_with(door, id)),
                News::NotOurs => None,
            },
            _ => {
                let (_, from) = pairs(&self.body).into_iter().find(|(key, _)| key == "From")?;
                Some(door.school_that_knows(&from))
            }
        }
    }
}

impl Door {
    /// Whether a school's state stands here, and is not about to leave.
    fn stands(&self, school: &SchoolId) -> bool {
        self.inner.view.read(school, |_, _| ()).is_some()
    }

    /// The schools whose state stands here.
    fn standing(&self) -> BTreeSet<SchoolId> {
        self.inner.view.each(|school, _| school.id.clone()).into_iter().collect()
    }

    /// What stands for a school between instances: it says nothing to anybody else.
    fn mark_of(&self, school: &SchoolId) -> String {
        let said = format!("stands here: {school}");
        blake3::keyed_hash(&self.inner.config.link_key, said.as_bytes()).to_hex()[..MARK].to_owned()
    }

    /// The school that stands here and has a phone with that number on its register.
    fn school_that_knows(&self, from: &str) -> Option<SchoolId> {
        let number = PhoneNumber::parse(from).ok()?;
        let knows = |school: &School, state: &State| {
            state.device_of_number(&number).is_some().then(|| school.id.clone())
        };
        self.inner.view.each(knows).into_iter().flatten().next()
    }
}

/// `school/tag`, as phones log in where there are several schools.
fn school_in(user: &str) -> Option<String> {
    user.split_once('/').map(|(school, _)| school.to_owned())
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    serde_urlencoded::from_bytes(encoded).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;

    fn post(path: &str, body: &str) -> Post {
        let request = Request::builder().uri(path).body(()).expect("a request");
        Post { parts: request.into_parts().0, body: Bytes::from(body.to_owned()) }
    }

    #[test]
    fn the_school_is_named_by_the_address_or_by_the_login() {
        let named = |post: &Post| match post.is_for() {
            For::School(school) => Some(school.to_string()),
            For::Sender => None,
        };
        assert_eq!(named(&post("/twilio/status?school=elmfield&attempt=1", "")).as_deref(), Some("elmfield"));
        assert_eq!(named(&post("/twilio/text", "From=%2B447700900001")), None);
        assert_eq!(named(&post("/traccar/?id=elmfield%2FWM-014.secret", "")).as_deref(), Some("elmfield"));
        let mut owntracks = post("/owntracks", "{}");
        assert_eq!(named(&owntracks), None);
        // elmfield/WM-014:secret
        let login = "Basic ZWxtZmllbGQvV00tMDE0OnNlY3JldA==".parse().expect("a header");
        owntracks.parts.headers = HeaderMap::from_iter([(header::AUTHORIZATION, login)]);
        assert_eq!(named(&owntracks).as_deref(), Some("elmfield"));
    }
}
