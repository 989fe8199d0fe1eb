//! Who leaves, with which phones in their hands: resolved from the form and from what was heard of the work mobiles.

use std::collections::BTreeMap;

use decider::Policy;
use jiff::SignedDuration;
use proto::ids::{DeviceId, GroupId, PersonId, TripId};
use proto::v1::trips::{ArrivalDue, GroupCount, Party, PartyGroup, PartyMember, StaffOnForm, TripForm};
use proto::values::{DuressHash, Headcount};

use crate::state::{Outing, State, Trip};

/// The form with reserves in the places of those who stay: leader, deputy and groups' adults follow.
pub fn with_stand_ins(form: &TripForm, stand_ins: &[(PersonId, PersonId)]) -> TripForm {
    let mut form = form.clone();
    for (stays, stands_in) in stand_ins {
        let Some(reserve) = form.reserves.iter().position(|r| r.person == *stands_in) else { continue };
        let Some(place) = form.staff.iter().position(|s| s.person == *stays) else { continue };
        form.staff[place] = form.reserves.remove(reserve);
        let swap = |person: &mut PersonId| {
            if *person == *stays {
                *person = *stands_in;
            }
        };
        swap(&mut form.leader);
        form.deputy.iter_mut().for_each(swap);
        form.groups.iter_mut().for_each(|group| swap(&mut group.adult));
    }
    form
}

/// The form with the staff that base says left; people it doesn't know stand on it without a number. Whoever led a group and
/// stayed is replaced by the leader, and the leader by the deputy or the first of them: somebody has to be asked. [FORM-9]
pub(crate) fn as_it_left(form: &TripForm, left: &[PersonId]) -> TripForm {
    let mut form = form.clone();
    if left.is_empty() {
        return form;
    }
    let on_form: Vec<StaffOnForm> = form.staff.iter().chain(&form.reserves).cloned().collect();
    let entry = |person: PersonId| {
        let known = on_form.iter().find(|s| s.person == person).cloned();
        known.unwrap_or(StaffOnForm { person, work_mobile: None })
    };
    let mut staff: Vec<StaffOnForm> = Vec::new();
    for person in left {
        if staff.iter().all(|s| s.person != *person) {
            staff.push(entry(*person));
        }
    }
    let went = |person: PersonId| staff.iter().any(|s| s.person == person);
    form.deputy = form.deputy.filter(|d| went(*d));
    if !went(form.leader) {
        form.leader = form.deputy.take().unwrap_or(staff[0].person);
    }
    let leader = form.leader;
    for group in form.groups.iter_mut().filter(|group| !went(group.adult)) {
        group.adult = leader;
    }
    form.reserves.retain(|r| staff.iter().all(|s| s.person != r.person));
    form.staff = staff;
    form
}

/// The phone a person of the form carries on the trip: the one that stands against them, or a spare of the form; in service,
/// issued for this trip or in hand on the holder's word. [DEV-5, FORM-4]
pub fn phone_of(state: &State, trip: TripId, form: &TripForm, staff: &StaffOnForm) -> Option<DeviceId> {
    let in_hand = || {
        let held = state.held_by(staff.person);
        held.filter(|(_, mobile)| mobile.in_service && mobile.is_in_hand(staff.person, trip))
    };
    let own = in_hand().find(|(_, mobile)| Some(&mobile.number) == staff.work_mobile.as_ref());
    own.or_else(|| in_hand().find(|(device, _)| form.spare_devices.contains(device)))
        .map(|(device, _)| device)
}

/// The phone by which a person can be reached, whatever it was issued for: what a party that left without clearance, or
/// changed on the way, is watched by. [FORM-9]
pub(crate) fn any_phone_of(
    state: &State,
    trip: TripId,
    form: &TripForm,
    staff: &StaffOnForm,
) -> Option<DeviceId> {
    let held = || state.held_by(staff.person).filter(|(_, mobile)| mobile.in_service);
    let with_trip = || held().find(|(_, mobile)| mobile.is_with(trip)).map(|(device, _)| device);
    phone_of(state, trip, form, staff).or_else(with_trip).or_else(|| held().next().map(|(device, _)| device))
}

/// The party of a form, each with the phone that `phone` finds, each group with its count (the form's number without one).
pub(crate) fn resolve(
    state: &State,
    trip: TripId,
    form: &TripForm,
    counts: &BTreeMap<GroupId, Headcount>,
    duress: Option<DuressHash>,
    arrivals: Vec<ArrivalDue>,
    phone: impl Fn(&StaffOnForm) -> Option<DeviceId>,
) -> Party {
    let staff: Vec<PartyMember> =
        form.staff.iter().map(|s| PartyMember { person: s.person, device: phone(s) }).collect();
    let device_of = |person: PersonId| staff.iter().find(|m| m.person == person).and_then(|m| m.device);
    let groups = form.groups.iter().map(|group| PartyGroup {
        group: group.group,
        name: group.name.clone(),
        adult: group.adult,
        device: device_of(group.adult),
        expected: counts.get(&group.group).copied().unwrap_or(group.expected),
    });
    Party {
        title: form.title.clone(),
        kind: form.kind,
        window: form.window,
        leader: form.leader,
        deputy: form.deputy,
        groups: groups.collect(),
        staff,
        pupil_devices: state.pupil_devices(trip),
        plan: form.plan.clone(),
        quiet: form.quiet.clone(),
        destinations: form.destinations.clone(),
        emergency: form.emergency.clone(),
        duress,
        arrivals,
        drill: form.drill,
    }
}

/// The arrivals that are due of a form: those of pupils who travel directly to a provider, where the school's policy has them
/// listed. Once a party is watched for some, a change of the policy takes none away. [FORM-6]
pub(crate) fn arrivals(trip: Option<&Trip>, form: &TripForm, policy: &Policy) -> Vec<ArrivalDue> {
    let watched = trip.and_then(Trip::outing).is_some_and(|outing| !outing.party.arrivals.is_empty());
    if !policy.direct_travellers && !watched {
        return Vec::new();
    }
    let grace = SignedDuration::from_secs(i64::from(form.plan.grace_secs));
    let due = form.direct.iter().filter_map(|traveller| {
        let due_at = traveller.due_at?;
        let missed_at = due_at.saturating_add(grace).unwrap_or(due_at);
        Some(ArrivalDue { pupil: traveller.pupil, provider: traveller.provider.clone(), due_at, missed_at })
    });
    due.collect()
}

/// Counts by group; of a group counted twice, the later one.
pub(crate) fn by_group(counts: &[GroupCount]) -> BTreeMap<GroupId, Headcount> {
    counts.iter().map(|count| (count.group, count.pupils)).collect()
}

/// The party after its form changed on the way. A group whose number the change leaves alone keeps the number that got on.
pub(crate) fn amended(
    state: &State,
    trip: TripId,
    outing: &Outing,
    (old, new): (&TripForm, &TripForm),
    arrivals: Vec<ArrivalDue>,
) -> Party {
    let untouched = |group: GroupId| {
        let planned = |form: &TripForm| form.groups.iter().find(|g| g.group == group).map(|g| g.expected);
        planned(old) == planned(new)
    };
    let got_on = outing.party.groups.iter().filter(|g| untouched(g.group));
    let counts = got_on.map(|g| (g.group, g.expected)).collect();
    let form = with_stand_ins(new, &outing.stand_ins);
    let phone = |staff: &_| any_phone_of(state, trip, &form, staff);
    resolve(state, trip, &form, &counts, outing.party.duress, arrivals, phone)
}
