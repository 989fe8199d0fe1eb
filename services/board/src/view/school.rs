//! What is known of one school.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use alerts::view::CaseView;
use chassis::school::School;
use decider::Service;
use proto::Timestamp;
use proto::ids::{AttemptId, CaseId, PersonId, TripId};
use proto::topics::ServiceName;
use proto::v1::alerts::Resolution;
use proto::v1::policy::Settings;
use proto::v1::safeguarding::Readers;
use proto::v1::{AnyEvent, alerts as alerts_v1};
use serde::Serialize;

use super::Heard;
use super::freshness::Freshness;
use super::messages::{TextIn, Texts};
use super::telling::tell;
use super::timeline::{Entry, Timelines};
use super::trails::Trails;

/// The most resolved cases that are kept at hand: the oldest go first.
pub const MAX_RESOLVED: usize = 200;

/// One school, as far as its services told. Each state is the service's own, with all its queries.
#[derive(Debug)]
pub struct SchoolView {
    /// Its name, clocks and settings.
    pub school: Arc<School>,
    /// Who works here; names.
    pub people: people::State,
    /// Phones: register, custody, supply.
    pub devices: devices::State,
    /// Trip forms and where each trip stands.
    pub trips: trips::State,
    /// What is due of each party that is out, what came, what was missed. A duress word is no part of it.
    pub checkins: checkins::State,
    /// Lines, who holds base, routes.
    pub contacts: contacts::State,
    /// Open cases. Take them from [`SchoolView::cases`], which knows who may see what.
    pub alerts: alerts::State,
    /// The usage log, and incidents: take those by `incident_for`, which knows who may read one.
    pub safeguarding: safeguarding::State,
    /// Texts and calls on their way; how the provider is.
    pub gateway: gateway::State,
    /// Whether this is live.
    pub freshness: Freshness,
    reached: BTreeMap<ServiceName, u64>,
    timelines: Timelines,
    trails: Trails,
    resolved: VecDeque<Resolved>,
    texts: Texts,
    /// Cases on which a duress word stood, each with its trip. There are few: none is forgotten.
    under_duress_once: BTreeMap<CaseId, Option<TripId>>,
    /// Cases of incidents and reviews, each with who may see it: for good. [INC-7]
    for_readers_once: BTreeMap<CaseId, Readers>,
}

/// A case that is over, as it stood when it ended.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Resolved {
    /// The case as it stood.
    pub case: CaseView,
    /// How it ended.
    pub how: Resolution,
    /// When.
    pub at: Timestamp,
}

/// Who looks. A duress word shows to base alone: whoever is on that trip sees nothing of it, on whichever page. [CHECK-6]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SeenBy {
    /// Somebody who is on no trip, or a screen that is drawn for many.
    Base,
    /// That person, who may be on a trip.
    Person(PersonId),
}

impl SchoolView {
    pub(super) fn new(school: Arc<School>, now: Timestamp) -> Self {
        Self::keeping(school, now, Timelines::default())
    }

    pub(super) fn keeping(school: Arc<School>, now: Timestamp, timelines: Timelines) -> Self {
        Self {
            school,
            people: people::State::default(),
            devices: devices::State::default(),
            trips: trips::State::default(),
            checkins: checkins::State::default(),
            contacts: contacts::State::default(),
            alerts: alerts::State::default(),
            safeguarding: safeguarding::State::default(),
            gateway: gateway::State::default(),
            freshness: Freshness::starting(now),
            reached: BTreeMap::new(),
            timelines,
            trails: Trails::default(),
            resolved: VecDeque::new(),
            texts: Texts::default(),
            under_duress_once: BTreeMap::new(),
            for_readers_once: BTreeMap::new(),
        }
    }

    /// The number up to which a service was heard.
    pub fn reached(&self, service: ServiceName) -> u64 {
        self.reached.get(&service).copied().unwrap_or(0)
    }

    /// Whether somebody is, or was, on a trip: by its form or as the party left.
    pub fn is_on_trip(&self, person: PersonId, trip: TripId) -> bool {
        let of_trips = self.trips.trip(trip).is_some_and(|known| {
            known.form.staff.iter().any(|s| s.person == person)
                || known.outing().is_some_and(|outing| outing.has(person))
        });
        of_trips || self.alerts.is_on_trip(person, trip)
    }

    /// Every open case that whoever looks may see, the gravest first, then the oldest.
    pub fn cases(&self, seen_by: SeenBy) -> Vec<CaseView> {
        let mut cases = alerts::view::board(&self.alerts);
        cases.retain(|case| self.may_see_case(seen_by, case));
        cases
    }

    /// The open case of a trip, if there is one that whoever looks may see.
    pub fn case_of_trip(&self, seen_by: SeenBy, trip: TripId) -> Option<CaseView> {
        let case = self.alerts.case_of_trip(trip)?;
        Some(alerts::view::view(&self.alerts, case)).filter(|case| self.may_see_case(seen_by, case))
    }

    /// An open case, if whoever looks may see it.
    pub fn case(&self, seen_by: SeenBy, case: CaseId) -> Option<CaseView> {
        let case = self.alerts.case(case)?;
        Some(alerts::view::view(&self.alerts, case)).filter(|case| self.may_see_case(seen_by, case))
    }

    /// Cases that are over, the newest first.
    pub fn resolved(&self, seen_by: SeenBy) -> impl Iterator<Item = &Resolved> {
        self.resolved.iter().rev().filter(move |resolved| self.may_see_case(seen_by, &resolved.case))
    }

    /// What happened on a trip, the oldest first, as far as it is kept and whoever looks may see it.
    pub fn timeline(&self, seen_by: SeenBy, trip: TripId) -> impl DoubleEndedIterator<Item = &Entry> {
        let shows = self.shows(seen_by, trip);
        self.timelines.of(trip).filter(move |entry| shows(entry))
    }

    /// Whether everything that happened on a trip is at hand.
    pub fn has_whole_timeline(&self, trip: TripId) -> bool {
        self.timelines.has_all_of(trip)
    }

    /// Of what was told again of a trip, what whoever looks may see.
    pub(crate) fn for_eyes(&self, seen_by: SeenBy, trip: TripId, mut entries: Vec<Entry>) -> Vec<Entry> {
        entries.retain(self.shows(seen_by, trip));
        entries
    }

    /// Which entries of a trip whoever looks may see. [CHECK-6]
    fn shows(&self, seen_by: SeenBy, trip: TripId) -> impl Fn(&Entry) -> bool + use<> {
        let all = self.may_see(seen_by, Some(trip));
        move |entry| all || !entry.base_only
    }

    /// What is kept of a trip, whoever may see it.
    pub(super) fn all_of(&self, trip: TripId) -> Vec<Entry> {
        self.timelines.of(trip).cloned().collect()
    }

    /// The way a phone took on a trip that is out, the oldest point first, as far as it is kept.
    pub fn trail(
        &self,
        trip: TripId,
        device: proto::ids::DeviceId,
    ) -> impl Iterator<Item = proto::values::Point> {
        self.trails.of(trip, device)
    }

    /// Texts that came in, the newest first, as far as they are kept and whoever looks may see them.
    pub fn texts(&self, seen_by: SeenBy) -> impl Iterator<Item = &TextIn> {
        self.texts.newest_first().filter(move |text| !text.duress || self.may_see(seen_by, text.trip()))
    }

    /// What goes out, as far as it is kept and whoever looks may see it: what is about a case is for those who may see it.
    pub fn attempts(&self, seen_by: SeenBy) -> impl Iterator<Item = (AttemptId, &gateway::Attempt)> {
        let hidden = move |attempt: &gateway::Attempt| {
            attempt.case().is_some_and(|case| self.is_kept_from(seen_by, case))
        };
        self.gateway.attempts.iter().filter(move |(_, attempt)| !hidden(attempt))
    }

    /// Whether somebody sees the same as base: nothing is kept from them just now.
    pub fn sees_all(&self, person: PersonId) -> bool {
        let differs = |case: &alerts::OpenCase| {
            let hidden = case.under_duress() && !self.may_see(SeenBy::Person(person), case.trip);
            // A reader sees a case that base doesn't. [INC-7]
            hidden || case.readers().is_some_and(|readers| readers.has(person))
        };
        !self.alerts.open_cases().any(differs)
    }

    /// Whether what was sent about a case is kept from whoever looks: a duress word stood on it, and they were on that
    /// trip. For good: that base knew is nobody's to learn there, after its end neither. [CHECK-6]
    pub fn is_kept_from(&self, seen_by: SeenBy, case: CaseId) -> bool {
        let duress = self.under_duress_once.get(&case).is_some_and(|trip| !self.may_see(seen_by, *trip));
        let safeguarding = self.for_readers_once.get(&case).is_some_and(|readers| !reads(seen_by, readers));
        duress || safeguarding
    }

    fn may_see_case(&self, seen_by: SeenBy, case: &CaseView) -> bool {
        let for_them = match (&case.readers, self.for_readers_once.get(&case.case)) {
            (Some(readers), _) | (None, Some(readers)) => reads(seen_by, readers),
            (None, None) => true,
        };
        for_them && (!case.base_only || self.may_see(seen_by, case.trip))
    }

    fn may_see(&self, seen_by: SeenBy, trip: Option<TripId>) -> bool {
        match (seen_by, trip) {
            (SeenBy::Base, _) | (SeenBy::Person(_), None) => true,
            (SeenBy::Person(person), Some(trip)) => !self.is_on_trip(person, trip),
        }
    }

    pub(super) fn apply(&mut self, heard: Heard) {
        let service = heard.event.service();
        self.reached.insert(service, heard.sequence);
        let was_under_duress = self.under_duress(&heard.event);
        self.keep_if_resolved(&heard.event);
        self.remember_duress(&heard.event);
        self.texts.hear(&heard.event);
        self.trails.hear(&heard.event);
        let trip = self.evolve(&heard.event);
        let base_only = was_under_duress || self.under_duress(&heard.event) || is_duress(&heard.event);
        let Some(trip) = trip.filter(|_| tell(self, &heard.event).is_some()) else { return };
        let Heard { sequence, at, actor, event } = heard;
        let ends = matches!(&event, AnyEvent::Trips(event) if trips::Trips::ends_trip(event));
        self.timelines.push(trip, Entry { at, service, sequence, actor, event, base_only }, ends);
    }

    /// Takes the number of an entry that tells nothing.
    pub(super) fn passed(&mut self, service: ServiceName, sequence: u64) {
        self.reached.insert(service, sequence);
    }

    /// The settings in force, from here on.
    fn take_policy(&mut self, settings: &Settings) {
        let policy = self.school.policy.as_noted(settings);
        self.school = Arc::new(School { policy, ..(*self.school).clone() });
    }

    pub(super) fn unreadable(&mut self, service: ServiceName, sequence: u64, why: String) {
        self.reached.insert(service, sequence);
        self.freshness.lost(service, why);
    }

    /// Takes an event into its service's state; tells which trip it is about.
    fn evolve(&mut self, event: &AnyEvent) -> Option<TripId> {
        fn into<S: Service>(state: &mut S::State, event: &S::Event) -> Option<TripId> {
            S::evolve(state, event);
            S::trip_of(event)
        }
        match event {
            AnyEvent::People(event) => {
                if let Some(settings) = people::People::policy_of(event) {
                    self.take_policy(settings);
                }
                into::<people::People>(&mut self.people, event)
            }
            AnyEvent::Devices(event) => into::<devices::Devices>(&mut self.devices, event),
            AnyEvent::Trips(event) => into::<trips::Trips>(&mut self.trips, event),
            AnyEvent::Contacts(event) => into::<contacts::Contacts>(&mut self.contacts, event),
            AnyEvent::Checkins(event) => into::<checkins::Checkins>(&mut self.checkins, event),
            AnyEvent::Alerts(event) => into::<alerts::Alerts>(&mut self.alerts, event),
            AnyEvent::Safeguarding(event) => {
                into::<safeguarding::Safeguarding>(&mut self.safeguarding, event)
            }
            AnyEvent::Gateway(sent) => into::<gateway::Gateway>(&mut self.gateway, sent)
                .or_else(|| self.alerts.case(case_of(&self.gateway, event)?)?.trip),
        }
    }

    /// Whether it is about a case on which a duress word stands.
    fn under_duress(&self, event: &AnyEvent) -> bool {
        let case = case_of(&self.gateway, event).and_then(|case| self.alerts.case(case));
        case.is_some_and(alerts::OpenCase::under_duress)
    }

    /// What is kept from some stays so after its end.
    fn remember_duress(&mut self, event: &AnyEvent) {
        use alerts_v1::{Event as Alert, Reason};
        if let AnyEvent::Alerts(
            Alert::CaseOpened { case, trip, reason: Reason::Duress { .. }, .. }
            | Alert::ReasonAdded { case, trip, reason: Reason::Duress { .. }, .. },
        ) = event
        {
            self.under_duress_once.insert(*case, *trip);
        }
        if let AnyEvent::Alerts(
            Alert::CaseOpened { case, reason, .. } | Alert::ReasonAdded { case, reason, .. },
        ) = event
            && let Some(readers) = alerts::reasons::readers(reason)
        {
            self.for_readers_once.insert(*case, readers.clone());
        }
    }

    fn keep_if_resolved(&mut self, event: &AnyEvent) {
        let AnyEvent::Alerts(alerts_v1::Event::CaseResolved { case, how, at, .. }) = event else { return };
        let Some(open) = self.alerts.case(*case) else { return };
        let case = alerts::view::view(&self.alerts, open);
        self.resolved.push_back(Resolved { case, how: how.clone(), at: *at });
        if self.resolved.len() > MAX_RESOLVED {
            self.resolved.pop_front();
        }
    }
}

/// Whether whoever looks may know of what only these may. A screen for many may not. [INC-7]
fn reads(seen_by: SeenBy, readers: &Readers) -> bool {
    match seen_by {
        SeenBy::Base => false,
        SeenBy::Person(person) => readers.has(person),
    }
}

/// The case that an event is about; of an attempt's events, as far as the attempt is known.
fn case_of(sent: &gateway::State, event: &AnyEvent) -> Option<CaseId> {
    use alerts_v1::Event as Alert;
    use proto::v1::gateway::{Event as Sent, Message};
    match event {
        AnyEvent::Alerts(event) => match event {
            Alert::CaseOpened { case, .. }
            | Alert::ReasonAdded { case, .. }
            | Alert::ReasonNarrowed { case, .. }
            | Alert::ReasonGone { case, .. }
            | Alert::RungReached { case, .. }
            | Alert::RungCalled { case, .. }
            | Alert::RungToldAgain { case, .. }
            | Alert::RungSkipped { case, .. }
            | Alert::NobodyReached { case, .. }
            | Alert::ChannelChanged { case, .. }
            | Alert::NoticeFailed { case, .. }
            | Alert::CaseOwned { case, .. }
            | Alert::OwnershipLapsed { case, .. }
            | Alert::CaseHandedBack { case, .. }
            | Alert::CaseResolved { case, .. }
            | Alert::NoteAdded { case, .. }
            | Alert::ReplySetAside { case, .. }
            | Alert::ReplyNotEnough { case, .. } => Some(*case),
            Alert::CodeNotTaken { .. }
            | Alert::LadderNoted { .. }
            | Alert::BaseNoted { .. }
            | Alert::LadderEndedNoted { .. }
            | Alert::PersonNoted { .. }
            | Alert::DutyNoted { .. }
            | Alert::DutyEndedNoted { .. }
            | Alert::ReachNoted { .. }
            | Alert::LineNoted { .. }
            | Alert::ClosedNoted { .. } => None,
        },
        AnyEvent::Gateway(event) => match event {
            Sent::AttemptPlanned { message: Message::Alert { case, .. }, .. } => Some(*case),
            Sent::KeyPressed { case, .. }
            | Sent::AttemptImpossible { case, .. }
            | Sent::AttemptWithdrawn { case, .. }
            | Sent::AttemptFailed { case, .. } => *case,
            Sent::CaseNoted { case, .. } => Some(*case),
            Sent::AttemptPutOff { attempt, .. } | Sent::AttemptHeldBack { attempt, .. } => {
                sent.attempts.get(*attempt)?.case()
            }
            Sent::AttemptPlanned { .. }
            | Sent::CallReceived { .. }
            | Sent::CallCounts { .. }
            | Sent::CallSaid { .. }
            | Sent::CallTold { .. }
            | Sent::CallRouted { .. }
            | Sent::CallStepTried { .. }
            | Sent::CallBridged { .. }
            | Sent::CallExhausted { .. }
            | Sent::CallEnded { .. }
            | Sent::CallRungBack { .. }
            | Sent::LineTried { .. }
            | Sent::ContactsNoted { .. }
            | Sent::TextReceived { .. }
            | Sent::AttemptBegun { .. }
            | Sent::AttemptProgressed { .. }
            | Sent::AttemptBundled { .. }
            | Sent::ProvidersNoted { .. }
            | Sent::ProviderFaulted { .. }
            | Sent::ProviderProbed { .. }
            | Sent::PositionReceived { .. }
            | Sent::WaypointsSent { .. }
            | Sent::SetUpShown { .. }
            | Sent::OptedOut { .. }
            | Sent::OptedIn { .. }
            | Sent::ProviderDown { .. }
            | Sent::ProviderUp { .. }
            | Sent::DeviceNoted { .. }
            | Sent::LineNoted { .. }
            | Sent::TripNoted { .. } => None,
        },
        AnyEvent::People(_)
        | AnyEvent::Devices(_)
        | AnyEvent::Trips(_)
        | AnyEvent::Checkins(_)
        | AnyEvent::Contacts(_)
        | AnyEvent::Safeguarding(_) => None,
    }
}

/// Whether the event itself tells of a duress word.
fn is_duress(event: &AnyEvent) -> bool {
    use alerts_v1::{Event as Alert, Reason};
    match event {
        AnyEvent::Checkins(event) => {
            matches!(event, proto::v1::checkins::Event::DuressSignalled { .. })
        }
        AnyEvent::Alerts(event) => matches!(
            event,
            Alert::CaseOpened { reason: Reason::Duress { .. }, .. }
                | Alert::ReasonAdded { reason: Reason::Duress { .. }, .. }
                | Alert::ReplySetAside { .. }
        ),
        AnyEvent::Gateway(event) => {
            matches!(event, proto::v1::gateway::Event::TextReceived { duress: true, .. })
        }
        AnyEvent::People(_)
        | AnyEvent::Devices(_)
        | AnyEvent::Trips(_)
        | AnyEvent::Contacts(_)
        | AnyEvent::Safeguarding(_) => false,
    }
}
