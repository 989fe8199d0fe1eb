//! FORM-1, FORM-2, FORM-3: nobody departs against them, as known to trips, save under FORM-9.

use std::collections::BTreeMap;

use proto::envelope::Hash;
use proto::ids::{DeviceId, PersonId, TripId};
use proto::v1::trips::{Event, TripForm};
use proto::values::PhoneNumber;

use super::{Journals, Read};

#[derive(Default)]
struct Known {
    seniors: BTreeMap<PersonId, bool>,
    mobiles: BTreeMap<DeviceId, (PhoneNumber, bool)>,
    forms: BTreeMap<TripId, (Hash, TripForm)>,
    authorised: BTreeMap<TripId, (Hash, PersonId)>,
}

pub(super) fn check(journals: &Journals, broken: &mut Vec<String>) {
    let mut known = Known::default();
    for Read { at, event, .. } in &journals.trips {
        match event {
            Event::PersonNoted { person, here, senior, .. } => {
                known.seniors.insert(*person, *here && *senior);
            }
            Event::WorkMobileNoted { device, number, in_service, retired, .. } => {
                known.mobiles.insert(*device, (number.clone(), *in_service && !*retired));
            }
            Event::DraftSaved { trip, form, form_hash }
            | Event::TripAmended { trip, form, form_hash, .. } => {
                known.forms.insert(*trip, (*form_hash, (**form).clone()));
            }
            Event::FormAuthorised { trip, form_hash, by, .. } => {
                known.authorised.insert(*trip, (*form_hash, *by));
            }
            Event::AuthorisationVoided { trip, .. } | Event::SentBack { trip, .. } => {
                known.authorised.remove(trip);
            }
            Event::Departed { trip, form_hash, .. } => {
                for why in known.against(*trip, *form_hash) {
                    broken.push(format!("{trip:?} departed at {at}: {why}"));
                }
            }
            _ => {}
        }
    }
}

impl Known {
    fn against(&self, trip: TripId, left_with: Hash) -> Vec<String> {
        let Some((hash, form)) = self.forms.get(&trip) else { return vec!["without a form".into()] };
        let mut why = Vec::new();
        if *hash != left_with {
            why.push("with another form than the newest".into());
        }
        match self.authorised.get(&trip) {
            Some((of, by)) => {
                if of != hash {
                    why.push("FORM-2: another form was authorised".into());
                }
                if self.seniors.get(by) != Some(&true) {
                    why.push(format!("FORM-2: {by:?} is no senior"));
                }
                if form.staff.iter().any(|staff| staff.person == *by) {
                    why.push(format!("FORM-2: {by:?} is on the trip"));
                }
            }
            None => why.push("FORM-2: not authorised".into()),
        }
        for staff in &form.staff {
            match &staff.work_mobile {
                None => why.push(format!("FORM-1: no number of {:?}", staff.person)),
                Some(number) if !self.mobiles.values().any(|(n, works)| n == number && *works) => {
                    why.push(format!(
                        "FORM-3: the number of {:?} is no work mobile in service",
                        staff.person
                    ));
                }
                Some(_) => {}
            }
        }
        why
    }
}
