//! The form as a value: its hash, what differs between two forms, what of it matters to an authorisation, the same form at
//! another time.

use jiff::SignedDuration;
use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::GroupId;
use proto::v1::trips::{
    Destination, DirectTraveller, PupilWithPhone, QuietWindow, StaffOnForm, TripForm, VolunteerOnForm,
};
use proto::values::{Personal, SchoolZone, Window};

/// The hash of a form: BLAKE3 of its JSON with fields in the order of the contract, personal parts left out. They are left
/// out since events carry the hash in the open: once a name is blanked, nobody may find it again by guessing.
pub fn form_hash(form: &TripForm) -> Hash {
    let json = serde_json::to_vec(&without_personal_parts(form)).expect("a form's JSON has string keys only");
    Hash::of(&json)
}

fn without_personal_parts(form: &TripForm) -> TripForm {
    let mut form = form.clone();
    form.volunteers.iter_mut().for_each(|v| v.name = Personal::blanked());
    for pupil in &mut form.pupil_phones {
        pupil.name = Personal::blanked();
        pupil.reason = Personal::blanked();
    }
    if let Some(host) = &mut form.host {
        host.contact = host.contact.as_ref().map(|_| Personal::blanked());
    }
    for traveller in &mut form.direct {
        traveller.name = Personal::blanked();
        traveller.contact = traveller.contact.as_ref().map(|_| Personal::blanked());
    }
    form
}

/// The fields in which two forms differ, by name.
pub fn changed_fields(old: &TripForm, new: &TripForm) -> Vec<String> {
    differences(old, new, |a, b| if a == b { Difference::None } else { Difference::Matters })
        .into_iter()
        .filter(|(_, difference)| *difference != Difference::None)
        .map(|(field, _)| field.to_owned())
        .collect()
}

/// The fields whose change voids an authorisation of `authorised` [FORM-4]. A delay of departure, return, a destination's
/// times or a quiet window up to the form's tolerance doesn't; nor do title, purpose and host.
pub fn changes_that_matter(authorised: &TripForm, new: &TripForm) -> Vec<String> {
    let tolerance_secs = authorised.delay_tolerance_secs;
    differences(authorised, new, |old, new| match () {
        () if old == new => Difference::None,
        () if is_delay(old, new, tolerance_secs) => Difference::Tolerated,
        () => Difference::Matters,
    })
    .into_iter()
    .filter(|(_, difference)| *difference == Difference::Matters)
    .map(|(field, _)| field.to_owned())
    .collect()
}

/// Whether `new` is `old` or at most so many seconds later.
pub(crate) fn is_delay(old: Timestamp, new: Timestamp, tolerance_secs: u32) -> bool {
    old <= new && new.duration_since(old) <= SignedDuration::from_secs(i64::from(tolerance_secs))
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    None,
    /// There, but an authorisation stands in spite of it.
    Tolerated,
    Matters,
}

/// Each field with how it differs; `times` judges each pair of instants. Written out, so that a new field of the form makes
/// the compiler ask whether it matters.
fn differences(
    old: &TripForm,
    new: &TripForm,
    times: impl Fn(Timestamp, Timestamp) -> Difference,
) -> Vec<(&'static str, Difference)> {
    let TripForm {
        title,
        kind,
        purpose,
        window,
        delay_tolerance_secs,
        destinations,
        transport,
        leader,
        deputy,
        staff,
        reserves,
        spare_devices,
        volunteers,
        pupils,
        pupil_phones,
        groups,
        plan,
        quiet,
        emergency,
        risk_assessment,
        consent,
        host,
        recording,
        placement,
        direct,
        drill,
    } = old;
    let matters = |same: bool| if same { Difference::None } else { Difference::Matters };
    let tolerated = |same: bool| if same { Difference::None } else { Difference::Tolerated };
    vec![
        ("title", tolerated(*title == new.title)),
        ("kind", matters(*kind == new.kind)),
        ("purpose", tolerated(*purpose == new.purpose)),
        ("window", times(window.from, new.window.from).max(times(window.to, new.window.to))),
        ("delay_tolerance_secs", matters(*delay_tolerance_secs == new.delay_tolerance_secs)),
        ("destinations", destinations_differ(destinations, &new.destinations, &times)),
        ("transport", matters(*transport == new.transport)),
        ("leader", matters(*leader == new.leader)),
        ("deputy", matters(*deputy == new.deputy)),
        ("staff", matters(sorted(staff, by_person) == sorted(&new.staff, by_person))),
        ("reserves", matters(sorted(reserves, by_person) == sorted(&new.reserves, by_person))),
        ("spare_devices", matters(sorted(spare_devices, |d| *d) == sorted(&new.spare_devices, |d| *d))),
        ("volunteers", matters(same_volunteers(volunteers, &new.volunteers))),
        ("pupils", matters(*pupils == new.pupils)),
        ("pupil_phones", pupil_phones_differ(pupil_phones, &new.pupil_phones)),
        ("groups", matters(sorted(groups, |g| g.group) == sorted(&new.groups, |g| g.group))),
        ("plan", matters(*plan == new.plan)),
        ("quiet", quiet_differ(quiet, &new.quiet, &times)),
        ("emergency", matters(*emergency == new.emergency)),
        ("risk_assessment", matters(*risk_assessment == new.risk_assessment)),
        ("consent", matters(*consent == new.consent)),
        ("host", tolerated(*host == new.host)),
        ("recording", matters(*recording == new.recording)),
        ("placement", matters(*placement == new.placement)),
        ("direct", direct_differ(direct, &new.direct, times)),
        ("drill", matters(*drill == new.drill)),
    ]
}

fn by_person(staff: &StaffOnForm) -> proto::ids::PersonId {
    staff.person
}

/// The order in which a page lists people means nothing.
fn sorted<T, K: Ord>(list: &[T], key: impl Fn(&T) -> K) -> Vec<&T> {
    let mut sorted: Vec<&T> = list.iter().collect();
    sorted.sort_by_key(|item| key(item));
    sorted
}

fn destinations_differ(
    old: &[Destination],
    new: &[Destination],
    times: impl Fn(Timestamp, Timestamp) -> Difference,
) -> Difference {
    let places = |list: &[Destination]| list.iter().map(|d| (d.name.clone(), d.area)).collect::<Vec<_>>();
    if places(old) != places(new) {
        return Difference::Matters;
    }
    let pair = |old: Option<Timestamp>, new: Option<Timestamp>| match (old, new) {
        (None, None) => Difference::None,
        (Some(old), Some(new)) => times(old, new),
        (None, Some(_)) | (Some(_), None) => Difference::Matters,
    };
    let each =
        old.iter().zip(new).map(|(a, b)| pair(a.arrive_at, b.arrive_at).max(pair(a.leave_at, b.leave_at)));
    // The alert that was authorised may be asked for besides, and not dropped.
    let alert = |(old, new): (&Destination, &Destination)| match (old.alert_off_area, new.alert_off_area) {
        (true, false) => Difference::Matters,
        (false, true) => Difference::Tolerated,
        (true, true) | (false, false) => Difference::None,
    };
    let alerts = old.iter().zip(new).map(alert);
    each.chain(alerts).max().unwrap_or(Difference::None)
}

/// A quiet window may move along with a delay; one that grows, or has another reason or fallback, matters.
fn quiet_differ(
    old: &[QuietWindow],
    new: &[QuietWindow],
    times: impl Fn(Timestamp, Timestamp) -> Difference,
) -> Difference {
    let (before, after) = (sorted(old, |q| q.window), sorted(new, |q| q.window));
    let length = |q: &QuietWindow| q.window.to.duration_since(q.window.from);
    let alike = |(a, b): (&&QuietWindow, &&QuietWindow)| {
        (a.reason, &a.fallback, length(a)) == (b.reason, &b.fallback, length(b))
    };
    if before.len() != after.len() || !before.iter().zip(&after).all(alike) {
        return Difference::Matters;
    }
    let moved = before.iter().zip(&after).map(|(a, b)| times(a.window.from, b.window.from));
    moved.max().unwrap_or(Difference::None)
}

fn same_volunteers(old: &[VolunteerOnForm], new: &[VolunteerOnForm]) -> bool {
    let same = |a: &VolunteerOnForm, b: &VolunteerOnForm| {
        a.accepted_rules == b.accepted_rules && same_part(&a.name, &b.name)
    };
    old.len() == new.len() && old.iter().zip(new).all(|(a, b)| same(a, b))
}

/// Which pupils hold a phone matters; how their initials or reason are spelt doesn't.
fn pupil_phones_differ(old: &[PupilWithPhone], new: &[PupilWithPhone]) -> Difference {
    let (before, after) = (sorted(old, |p| p.pupil), sorted(new, |p| p.pupil));
    let same_pupils = before.iter().map(|p| p.pupil).eq(after.iter().map(|p| p.pupil));
    let same_parts = |(a, b): (&&PupilWithPhone, &&PupilWithPhone)| {
        same_part(&a.name, &b.name) && same_part(&a.reason, &b.reason)
    };
    match (same_pupils, before.iter().zip(&after).all(same_parts)) {
        (false, _) => Difference::Matters,
        (true, false) => Difference::Tolerated,
        (true, true) => Difference::None,
    }
}

/// Who travels directly where matters, and what the provider does with devices; a delay may be tolerated, and how names are
/// spelt, or who there is rung, voids nothing. [FORM-6]
fn direct_differ(
    old: &[DirectTraveller],
    new: &[DirectTraveller],
    times: impl Fn(Timestamp, Timestamp) -> Difference,
) -> Difference {
    let (before, after) = (sorted(old, |t| t.pupil), sorted(new, |t| t.pupil));
    let facts = |t: &DirectTraveller| (t.pupil, t.provider.clone(), t.devices.clone(), t.due_at.is_some());
    if !before.iter().map(|t| facts(t)).eq(after.iter().map(|t| facts(t))) {
        return Difference::Matters;
    }
    let each = before.iter().zip(&after).map(|(a, b)| {
        let contacts = match (&a.contact, &b.contact) {
            (Some(a), Some(b)) => same_part(a, b),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let same = same_part(&a.name, &b.name) && contacts && a.number == b.number;
        let spelt = if same { Difference::None } else { Difference::Tolerated };
        let moved = a.due_at.zip(b.due_at).map_or(Difference::None, |(a, b)| times(a, b));
        spelt.max(moved)
    });
    each.max().unwrap_or(Difference::None)
}

/// What was blanked differs from nothing.
fn same_part<T: PartialEq>(old: &Personal<T>, new: &Personal<T>) -> bool {
    old.get().is_none() || new.get().is_none() || old == new
}

/// The form moved to another window. Times keep their distance to departure on the wall clock: a check-in at noon stays at
/// noon on the other side of a clock change. Groups get ids of their own; people whose names were blanked stay behind.
pub fn moved_to(
    form: &TripForm,
    window: Window,
    zone: &SchoolZone,
    group_id: impl Fn(u64) -> GroupId,
) -> TripForm {
    let wall = |at: Timestamp| zone.local(at).datetime();
    let shift = wall(form.window.from).duration_until(wall(window.from));
    let moved = |at: Timestamp| wall(at).checked_add(shift).map_or(at, |wall| zone.instant(wall));
    let mut copy = form.clone();
    copy.window = window;
    for destination in &mut copy.destinations {
        destination.arrive_at = destination.arrive_at.map(moved);
        destination.leave_at = destination.leave_at.map(moved);
    }
    for quiet in &mut copy.quiet {
        quiet.window = Window { from: moved(quiet.window.from), to: moved(quiet.window.to) };
    }
    for (number, group) in copy.groups.iter_mut().enumerate() {
        group.group = group_id(number as u64);
    }
    copy.volunteers.retain(|v| v.name.get().is_some());
    copy.pupil_phones.retain(|p| p.name.get().is_some() && p.reason.get().is_some());
    if let Some(host) = &mut copy.host {
        host.contact = host.contact.take().filter(|c| c.get().is_some());
    }
    copy.direct.retain(|traveller| traveller.name.get().is_some());
    for traveller in &mut copy.direct {
        traveller.due_at = traveller.due_at.map(moved);
        traveller.contact = traveller.contact.take().filter(|c| c.get().is_some());
    }
    copy
}
