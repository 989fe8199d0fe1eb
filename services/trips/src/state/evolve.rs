//! Events into state. What is journalled has happened: nothing here can fail.

use proto::envelope::Hash;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::trips::{Event, Party, ReadinessItem, TripForm};

use super::{
    Authorisation, Clearance, Coverage, EARLIER_FORMS_KEPT, Loss, Outing, Person, Phase, Returned, Settled,
    State, Trip, WorkMobile,
};

impl State {
    pub(crate) fn evolve(&mut self, event: &Event) {
        match event {
            Event::DraftSaved { trip, form, form_hash } => self.draft_saved(*trip, form, *form_hash),
            Event::FormSubmitted { trip, at, .. } => self.phase(*trip, |phase, _| match phase {
                Phase::Draft { was, .. } => Phase::Submitted { at: *at, was },
                other => other,
            }),
            Event::FormAuthorised { trip, form_hash, by, at, covers, arrivals: _ } => {
                self.phase(*trip, |phase, form| {
                    let new = Authorisation {
                        form_hash: *form_hash,
                        form: Box::new(form.clone()),
                        by: *by,
                        at: *at,
                        covers: covers.clone(),
                    };
                    authorised(phase, new)
                })
            }
            Event::SentBack { trip, reason, .. } => self.phase(*trip, |phase, _| match phase {
                Phase::Submitted { was, .. } => Phase::Draft { was, sent_back: Some(reason.clone()) },
                Phase::Authorised(was) => Phase::Draft { was: Some(was), sent_back: Some(reason.clone()) },
                other => other,
            }),
            // The draft that was saved with it says all; the event is for those who watch.
            Event::AuthorisationVoided { .. } => {}
            Event::TripAmended { trip, form, form_hash, party, changed, .. } => {
                self.amended(*trip, form, *form_hash, party, changed);
            }
            Event::Departed { trip, at, party, .. } => {
                self.drills.at_work_since(*at);
                self.leaves(*trip, |phase, form| Outing {
                    stand_ins: stand_ins(form, party),
                    party: party.as_ref().clone(),
                    left_at: *at,
                    clearance: Clearance::Given,
                    authorisation: authorisation_of(phase),
                    awaiting: None,
                    losses: Default::default(),
                });
            }
            Event::LeftWithoutClearance { trip, at, party, reason, missing } => {
                self.leaves(*trip, |phase, form| Outing {
                    stand_ins: Vec::new(),
                    party: party.as_ref().clone(),
                    left_at: *at,
                    clearance: Clearance::Without {
                        form: Box::new(form.clone()),
                        reason: reason.clone(),
                        missing: missing.clone(),
                        settled: None,
                    },
                    authorisation: authorisation_of(phase),
                    awaiting: None,
                    losses: Default::default(),
                });
            }
            Event::ClearanceSettled { trip, decision, reason, by, heard_by } => {
                if let Some(Clearance::Without { settled, .. }) =
                    self.trips.get_mut(trip).and_then(Trip::outing_mut).map(|o| &mut o.clearance)
                {
                    *settled = Some(Settled {
                        decision: *decision,
                        by: *by,
                        reason: reason.clone(),
                        heard_by: *heard_by,
                    });
                }
            }
            Event::ReadinessLost { trip, items } => {
                if let Some(outing) = self.trips.get_mut(trip).and_then(Trip::outing_mut) {
                    outing.losses.extend(items.iter().map(loss_of));
                }
            }
            Event::Returned { trip, at, accounted, by, devices_due_at, .. } => {
                self.out.remove(trip);
                self.phase(*trip, |phase, _| match phase {
                    Phase::Out(outing) => Phase::Returned(Box::new(Returned {
                        outing: *outing,
                        at: *at,
                        accounted: *accounted,
                        by: *by,
                        devices_due_at: *devices_due_at,
                    })),
                    other => other,
                });
            }
            Event::TripClosed { trip, at } => {
                self.phase(*trip, |phase, _| match phase {
                    Phase::Returned(returned) => Phase::Closed { at: *at, returned },
                    other => other,
                });
                self.ended(*trip);
            }
            Event::TripCancelled { trip, reason } => {
                self.phase(*trip, |_, _| Phase::Cancelled { reason: reason.clone() });
                self.ended(*trip);
            }
            Event::DrillDone { .. } | Event::DrillReviewed { .. } | Event::DrillReminded { .. } => {
                self.drills.evolve(event);
            }
            Event::NoteAdded { trip, .. } => {
                if let Some(known) = self.trips.get_mut(trip) {
                    known.notes = known.notes.saturating_add(1);
                }
            }
            Event::PersonNoted { person, here, senior, head } => {
                self.people.insert(*person, Person { here: *here, senior: *senior, head: *head });
                if *here {
                    self.regained(|loss| loss.person == Some(*person) && loss.device.is_none());
                }
            }
            Event::WorkMobileNoted { device, number, in_service, held_by, for_trip, permanent, retired } => {
                let earlier = self.work_mobiles.remove(device);
                let mut in_hand_for = earlier
                    .filter(|e| *permanent && e.held_by == *held_by)
                    .map(|e| e.in_hand_for)
                    .unwrap_or_default();
                in_hand_for.extend(for_trip.filter(|_| *permanent));
                let noted = WorkMobile {
                    number: number.clone(),
                    in_service: *in_service,
                    retired: *retired,
                    held_by: *held_by,
                    for_trip: *for_trip,
                    permanent: *permanent,
                    in_hand_for,
                };
                self.work_mobiles.insert(*device, noted);
                if *in_service {
                    self.regained(|loss| loss.device == Some(*device));
                }
            }
            Event::PupilPhoneNoted { device, pupil, trip, in_hand } => {
                if *in_hand {
                    self.pupil_phones.insert(*device, (*pupil, *trip));
                } else {
                    self.pupil_phones.remove(device);
                }
            }
            // The closing that comes with it says all.
            Event::DevicesSettledNoted { .. } => {}
            Event::CoverageNoted { trip, form_hash, gaps } => {
                if let Some(trip) = self.trips.get_mut(trip) {
                    trip.coverage = Some(Coverage { form_hash: *form_hash, gaps: gaps.clone() });
                }
            }
            Event::ReleaseNoted { trip, pupils, heard } => {
                self.releases_heard = self.releases_heard.max(*heard);
                if let Some(trip) = self.trips.get_mut(trip) {
                    trip.released = trip.released.plus(*pupils).unwrap_or(trip.released);
                }
            }
        }
    }

    fn draft_saved(&mut self, trip: TripId, form: &TripForm, form_hash: Hash) {
        let Some(known) = self.trips.get_mut(&trip) else {
            let new = Trip::new(form.clone(), form_hash);
            self.trips.insert(trip, new);
            return;
        };
        known.replace_form(form, form_hash);
        self.phase(trip, |phase, _| match phase {
            Phase::Submitted { was, .. } => Phase::Draft { was, sent_back: None },
            Phase::Authorised(was) => Phase::Draft { was: Some(was), sent_back: None },
            other => other,
        });
    }

    fn amended(&mut self, trip: TripId, form: &TripForm, hash: Hash, party: &Party, changed: &[String]) {
        let Some(known) = self.trips.get_mut(&trip) else { return };
        known.replace_form(form, hash);
        if let Phase::Out(outing) = &mut known.phase {
            outing.party = party.clone();
            outing.awaiting = (!changed.is_empty()).then(|| changed.to_vec());
        }
    }

    fn leaves(&mut self, trip: TripId, outing: impl FnOnce(&Phase, &TripForm) -> Outing) {
        let Some(known) = self.trips.get_mut(&trip) else { return };
        known.phase = Phase::Out(Box::new(outing(&known.phase, &known.form)));
        self.out.insert(trip);
    }

    /// Nothing follows for that trip: what was kept for edits and custody goes.
    fn ended(&mut self, trip: TripId) {
        self.out.remove(&trip);
        self.pupil_phones.retain(|_, (_, of)| *of != trip);
        for mobile in self.work_mobiles.values_mut() {
            mobile.in_hand_for.remove(&trip);
        }
        if let Some(trip) = self.trips.get_mut(&trip) {
            trip.earlier.clear();
        }
    }

    /// A fact holds again: should it be lost once more, that is told once more.
    fn regained(&mut self, which: impl Fn(&Loss) -> bool) {
        for trip in &self.out {
            if let Some(outing) = self.trips.get_mut(trip).and_then(Trip::outing_mut) {
                outing.losses.retain(|loss| !which(loss));
            }
        }
    }

    fn phase(&mut self, trip: TripId, change: impl FnOnce(Phase, &TripForm) -> Phase) {
        if let Some(trip) = self.trips.get_mut(&trip) {
            let empty = Phase::Draft { was: None, sent_back: None };
            let phase = std::mem::replace(&mut trip.phase, empty);
            trip.phase = change(phase, &trip.form);
        }
    }
}

impl Trip {
    /// A new draft.
    pub(crate) fn new(form: TripForm, form_hash: Hash) -> Self {
        Self {
            form: Box::new(form),
            form_hash,
            earlier: Vec::new(),
            phase: Phase::Draft { was: None, sent_back: None },
            coverage: None,
            released: Default::default(),
            notes: 0,
        }
    }

    fn replace_form(&mut self, form: &TripForm, form_hash: Hash) {
        let before = std::mem::replace(&mut self.form, Box::new(form.clone()));
        if self.form_hash != form_hash {
            self.earlier.push((self.form_hash, before));
            let too_many = self.earlier.len().saturating_sub(EARLIER_FORMS_KEPT);
            self.earlier.drain(..too_many);
        }
        self.form_hash = form_hash;
        self.coverage = self.coverage.take().filter(|c| c.form_hash == form_hash);
    }

    pub(crate) fn outing_mut(&mut self) -> Option<&mut Outing> {
        match &mut self.phase {
            Phase::Out(outing) => Some(outing),
            Phase::Returned(returned) | Phase::Closed { returned, .. } => Some(&mut returned.outing),
            Phase::Draft { .. }
            | Phase::Submitted { .. }
            | Phase::Authorised(_)
            | Phase::Cancelled { .. } => None,
        }
    }
}

/// An authorisation arrives. On a draft, or on a trip that waits for none, it is an earlier one carried over: delays go on
/// being measured against the form the senior saw.
fn authorised(phase: Phase, new: Authorisation) -> Phase {
    let carried = |was: &Authorisation| Box::new(Authorisation { form: was.form.clone(), ..new.clone() });
    match phase {
        Phase::Draft { was: Some(was), .. } => Phase::Authorised(carried(&was)),
        Phase::Draft { was: None, .. } | Phase::Submitted { .. } | Phase::Authorised(_) => {
            Phase::Authorised(Box::new(new))
        }
        Phase::Out(mut outing) => {
            outing.authorisation = match (&outing.awaiting, &outing.authorisation) {
                (None, Some(was)) => Some(carried(was)),
                (Some(_), _) | (None, None) => Some(Box::new(new)),
            };
            outing.awaiting = None;
            Phase::Out(outing)
        }
        other @ (Phase::Returned(_) | Phase::Closed { .. } | Phase::Cancelled { .. }) => other,
    }
}

fn authorisation_of(phase: &Phase) -> Option<Box<Authorisation>> {
    match phase {
        Phase::Authorised(authorisation) => Some(authorisation.clone()),
        Phase::Draft { .. }
        | Phase::Submitted { .. }
        | Phase::Out(_)
        | Phase::Returned(_)
        | Phase::Closed { .. }
        | Phase::Cancelled { .. } => None,
    }
}

/// A party that departs has its staff in the form's order: where they differ, a reserve stands in.
fn stand_ins(form: &TripForm, party: &Party) -> Vec<(PersonId, PersonId)> {
    let pairs = form.staff.iter().zip(&party.staff);
    pairs.map(|(listed, left)| (listed.person, left.person)).filter(|(a, b)| a != b).collect()
}

fn loss_of(item: &ReadinessItem) -> Loss {
    let device: Option<DeviceId> = item.device;
    Loss { rule: item.rule, person: item.person, device }
}
