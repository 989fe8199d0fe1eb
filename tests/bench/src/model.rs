//! A school whose parties are out, by real commands to all services; and many more like it, as copies of its journals.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chassis::client::BusClient;
use chassis::entry::{Chain, Draft, Entry};
use chassis::journal::{Append, Cursor, Journal};
use homeward::demo::{self, Asking, Cast, museum_form, seed_school};
use jiff::Timestamp;
use proto::envelope::Hash;
use proto::ids::{DeviceId, GroupId, PersonId, SchoolId, TripId};
use proto::topics::ServiceName;
use proto::v1::devices::{Holder, Issue};
use proto::v1::trips::{CheckInPlan, GroupPlan, StaffOnForm, TripForm};
use proto::values::{CronSchedule, Headcount, PhoneNumber};

use crate::Outcome;
use crate::parties::{PUPILS, Watched};
use crate::schools::{GROUPS, TRIPS};

/// A missed check-in is told so long after it was due, in seconds: no form allows less.
pub(crate) const GRACE: u32 = 60;

/// Each group has an adult, and the adult a phone: numbers from this one on.
const FIRST_NUMBER: u64 = 300;

/// Nothing more is journalled for so long: all has been heard.
const QUIET: Duration = Duration::from_secs(3);

/// How long it may take until then.
const PATIENCE: Duration = Duration::from_secs(120);

/// The first school: its people, its phones, its trips, all out. Each group is due once an hour, first at `due`, a whole minute.
pub(crate) async fn goes_out(
    client: &BusClient,
    school: &SchoolId,
    now: Timestamp,
    due: Timestamp,
) -> Outcome<Vec<Watched>> {
    let (cast, leaders) = cast();
    let asking = Asking::new(client, school.clone(), cast.person("Ruth"));
    seed_school(&asking, &cast, now).await?;
    let mut watched = Vec::new();
    for party in leaders.chunks(GROUPS as usize) {
        watched.extend(one_goes_out(&asking, &cast, party, now, due).await?);
    }
    Ok(watched)
}

/// Who looks after a group, and with which phone.
#[derive(Clone, Copy)]
struct Leader {
    person: PersonId,
    device: DeviceId,
    number: &'static str,
}

/// All of the school, and those who look after groups.
fn cast() -> (Cast, Vec<Leader>) {
    let mut cast = Cast::new();
    let tom = cast.person("Tom");
    let like = *cast.people.iter().find(|member| member.id == tom).expect("Tom is of the cast");
    let phone = cast.phone("WM-001");
    let mut leaders = Vec::new();
    for place in 0..TRIPS * GROUPS {
        let mut member = like;
        (member.id, member.name) = (PersonId::new(), leaked(format!("Leader {place}")));
        let mut phone = phone;
        phone.id = DeviceId::new();
        phone.tag = leaked(format!("WM-{}", FIRST_NUMBER + place));
        phone.number = leaked(format!("07700 900{}", FIRST_NUMBER + place));
        leaders.push(Leader { person: member.id, device: phone.id, number: phone.number });
        cast.people.push(member);
        cast.phones.push(phone);
    }
    (cast, leaders)
}

/// A cast's texts live as long as the bench does.
fn leaked(text: String) -> &'static str {
    text.leak()
}

fn heads(people: u32) -> Headcount {
    Headcount::new(people).expect("a headcount")
}

async fn one_goes_out(
    asking: &Asking<'_>,
    cast: &Cast,
    party: &[Leader],
    now: Timestamp,
    due: Timestamp,
) -> Outcome<Vec<Watched>> {
    let trip = TripId::new();
    let form = form(cast, party, now, due)?;
    let issue = |of: &Leader| Issue {
        device: of.device,
        holder: Holder::Person(of.person),
        reason: None,
        charge: None,
    };
    let issues = party.iter().map(issue).collect();
    let watched = form.groups.iter().zip(party);
    let watched: Vec<_> = watched
        .map(|(of, leader)| Watched { school: 0, trip, group: of.group, device: leader.device })
        .collect();
    demo::goes_out(asking, cast, trip, form, issues).await?;
    Ok(watched)
}

/// As the museum trip's, with ten groups.
fn form(cast: &Cast, party: &[Leader], now: Timestamp, due: Timestamp) -> Outcome<TripForm> {
    // Zones differ from UTC by whole hours here: minutes of the hour are told in UTC.
    let minute = due.as_second() / 60 % 60;
    let plan = CheckInPlan {
        every_minutes: None,
        at: Some(CronSchedule::parse(&format!("0 {minute} * * * *"))?),
        points: Default::default(),
        remind_before_secs: 0,
        grace_secs: GRACE,
    };
    let mut form = museum_form(cast, now, plan);
    (form.leader, form.deputy) = (party[0].person, Some(party[1].person));
    form.spare_devices.clear();
    form.pupil_phones.clear();
    form.staff.clear();
    form.groups.clear();
    for (place, of) in party.iter().enumerate() {
        form.staff.push(StaffOnForm { person: of.person, work_mobile: Some(PhoneNumber::parse(of.number)?) });
        form.groups.push(GroupPlan {
            group: GroupId::new(),
            name: format!("Group {place}").parse()?,
            adult: of.person,
            expected: heads(PUPILS),
        });
    }
    form.pupils = heads(PUPILS * u32::try_from(party.len())?);
    Ok(form)
}

/// Waits until nothing more is journalled for a school.
pub(crate) async fn until_quiet(journal: &Journal, school: &SchoolId) -> Outcome<()> {
    let begun = Instant::now();
    let (mut heads, mut since) = (Vec::new(), Instant::now());
    while begun.elapsed() < PATIENCE {
        let mut now = Vec::new();
        for service in ServiceName::ALL {
            now.push(journal.begin(service, school).await?.seq);
        }
        if now != heads {
            (heads, since) = (now, Instant::now());
        } else if since.elapsed() > QUIET {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err("the first school never became quiet".into())
}

/// All journals of a school, and how far each service had heard the others.
pub(crate) struct Pattern {
    journals: Vec<(ServiceName, Vec<Entry>, Vec<Cursor>)>,
}

impl Pattern {
    pub(crate) async fn of(journal: &Journal, school: &SchoolId) -> Outcome<Self> {
        let mut journals = Vec::new();
        for service in ServiceName::ALL {
            let entries = journal.read(service, school, 1, usize::MAX).await?;
            let cursors = journal.cursors(service, school).await?;
            journals.push((service, entries, cursors));
        }
        Ok(Self { journals })
    }

    /// How many entries a school has.
    pub(crate) fn entries(&self) -> usize {
        self.journals.iter().map(|(_, entries, _)| entries.len()).sum()
    }

    /// Another school to which the same happened: chained anew in its own name.
    pub(crate) async fn copied_to(&self, journal: &Journal, school: &SchoolId) -> Outcome<()> {
        let mut chains: BTreeMap<ServiceName, (Chain, Vec<Entry>)> = BTreeMap::new();
        for (service, entries, _) in &self.journals {
            let mut chain = journal.begin(*service, school).await?;
            let mut copies = Vec::with_capacity(entries.len());
            for entry in entries {
                copies.push(chain.next(draft_of(entry)?, [0; 16]));
            }
            chains.insert(*service, (chain, copies));
        }
        // What was heard of a producer is the copy's entry of that number.
        let heard = |cursor: &Cursor| {
            let (chain, copies) = &chains[&cursor.producer];
            let at = usize::try_from(cursor.seq).ok().and_then(|seq| copies.get(seq.checked_sub(1)?));
            Cursor { epoch: chain.epoch, hash: at.map_or(Hash::ZERO, |entry| entry.hash), ..cursor.clone() }
        };
        // First all entries: no cursor is taken before the entry at which it stands is there.
        let entries = |(service, (_, copies)): (&ServiceName, &(Chain, Vec<Entry>))| Append {
            service: *service,
            school: school.clone(),
            after: 0,
            entries: copies.clone().into(),
            cursors: Vec::new(),
        };
        journal.append(chains.iter().map(entries).collect()).await?;
        let cursors = |(service, _, cursors): &(ServiceName, Vec<Entry>, Vec<Cursor>)| Append {
            service: *service,
            school: school.clone(),
            after: chains[service].0.seq,
            entries: Vec::new().into(),
            cursors: cursors.iter().map(heard).collect(),
        };
        Ok(journal.append(self.journals.iter().map(cursors).collect()).await?)
    }
}

fn draft_of(entry: &Entry) -> Outcome<Draft> {
    Ok(Draft {
        recorded_at: entry.recorded_at,
        kind: entry.kind.clone(),
        data: entry.data()?,
        cause: entry.cause,
        correlation: entry.correlation,
        actor: entry.actor.clone(),
        trip: entry.trip,
        traceparent: entry.traceparent.clone(),
    })
}
