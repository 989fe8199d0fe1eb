//! What is checked once more before a party leaves: the authorisation, the time, the numbers, the phones in hand.

use jiff::SignedDuration;
use proto::rules::Rule;
use proto::v1::trips::{ReadinessItem, StaffOnForm};

use super::{Check, green, red};
use crate::party::phone_of;
use crate::state::Phase;

/// Nobody leaves to the second: the least slack around the departure that was authorised, in seconds.
pub const LEAST_SLACK_SECS: u32 = 300;

impl Check<'_> {
    /// A standing authorisation by a senior who is still here and not on the trip. [FORM-2]
    pub(super) fn authorisation(&self) -> Vec<ReadinessItem> {
        let Some(authorisation) = self.trip.standing_authorisation() else {
            let (text, remedy) = self.why_not_authorised();
            return vec![red(Rule::Form2, text, remedy).done()];
        };
        let by = authorisation.by;
        let line = if !self.state.is_senior(by) {
            red(
                Rule::Form2,
                "Whoever authorised the form is no longer a senior member of staff.",
                "Have the form authorised again.",
            )
        } else if self.on_trip(by) {
            red(
                Rule::Form2,
                "Whoever authorised the form is on the trip.",
                "Have a senior who is not on the trip authorise it.",
            )
        } else {
            green(Rule::Form2, "A senior who is not on the trip authorised the form.")
        };
        vec![line.person(by).done()]
    }

    fn why_not_authorised(&self) -> (String, &'static str) {
        let voided =
            self.trip.changed_since_authorised().map(|changes| changes.that_matter).unwrap_or_default();
        match &self.trip.phase {
            Phase::Submitted { .. } => (
                "The form waits to be authorised.".into(),
                "Ask a senior member of staff who is not on the trip.",
            ),
            Phase::Draft { .. }
            | Phase::Authorised(_)
            | Phase::Out(_)
            | Phase::Returned(_)
            | Phase::Closed { .. }
            | Phase::Cancelled { .. } => {
                if !voided.is_empty() {
                    let text = format!("The authorisation was voided by a change to {}.", voided.join(", "));
                    return (text, "Submit the form, and have it authorised again.");
                }
                ("The form is not authorised.".into(), "Submit the form, and have a senior authorise it.")
            }
        }
    }

    /// Within the form's tolerance of the departure that was authorised. [FORM-4]
    pub(super) fn departure_time(&self) -> Option<ReadinessItem> {
        let authorisation = self.trip.standing_authorisation()?;
        if !matches!(self.trip.phase, Phase::Authorised(_)) {
            return None;
        }
        let form = &authorisation.form;
        let off = self.now.duration_since(form.window.from);
        let slack = SignedDuration::from_secs(i64::from(form.delay_tolerance_secs.max(LEAST_SLACK_SECS)));
        let planned = self.zone.local(form.window.from).strftime("%-d %b %H:%M").to_string();
        let line = if off.abs() <= slack {
            green(Rule::Form4, format!("Departure was authorised for {planned}."))
        } else {
            let text = format!(
                "Departure was authorised for {planned}, give or take {} minutes; it is {} now.",
                slack.as_mins(),
                self.zone.local(self.now).strftime("%-d %b %H:%M")
            );
            red(Rule::Form4, text, "Change the times on the form, and have it authorised again.")
        };
        Some(line.field("window").done())
    }

    /// No more pupils get on than were authorised. [FORM-4]
    pub(super) fn numbers(&self) -> Option<ReadinessItem> {
        let got_on: u32 = self.counts?.values().map(|count| count.get()).sum();
        let authorised = self.form.pupils.get();
        let line = if got_on <= authorised {
            green(Rule::Form4, format!("{got_on} of {authorised} pupils got on."))
        } else {
            let text = format!("{got_on} pupils got on, but {authorised} are authorised.");
            red(
                Rule::Form4,
                text,
                "Count again, or change the numbers on the form and have it authorised again.",
            )
        };
        Some(line.field("pupils").done())
    }

    /// Each one's phone has been issued to the person it stands against. [DEV-5]
    pub(super) fn phones_in_hand(&self) -> Vec<ReadinessItem> {
        let staff = self.form.staff.iter().enumerate();
        staff
            .map(|(place, staff)| self.phone_in_hand(staff, &format!("staff[{place}].work_mobile")))
            .collect()
    }

    fn phone_in_hand(&self, staff: &StaffOnForm, field: &str) -> ReadinessItem {
        let person = staff.person;
        if let Some(device) = phone_of(self.state, self.id, self.form, staff) {
            let line = green(Rule::Dev5, "A work mobile is in their hands.").device(Some(device));
            return line.person(person).field(field).done();
        }
        let own = staff.work_mobile.as_ref().and_then(|number| self.state.registered(number));
        let other = self.state.held_by(person).find(|(_, mobile)| mobile.is_with(self.id));
        let line = match (own, other) {
            (Some((_, mobile)), _) if mobile.held_by == Some(person) && mobile.permanent => red(
                Rule::Dev5,
                "They have not said that their own work mobile is in hand.",
                "Have each holder of a permanent work mobile say that it is in hand.",
            ),
            (_, Some(_)) => red(
                Rule::Dev5,
                "The work mobile in their hands is not the one on the form, nor a spare of it.",
                "Swap it for the one on the form or a listed spare, or change the form and have it authorised again.",
            ),
            (Some(_) | None, None) => red(
                Rule::Dev5,
                "No work mobile has been issued to them.",
                "Issue the work mobile that stands against each member of staff, or a spare of the form.",
            ),
        };
        line.person(person).device(own.map(|(device, _)| device)).field(field).done()
    }

    /// Pupils who may need a phone for safety have theirs. [DEV-7]
    pub(super) fn pupil_phones(&self) -> Vec<ReadinessItem> {
        let pupils = self.form.pupil_phones.iter().enumerate();
        pupils
            .map(|(place, pupil)| {
                let mut held = self.state.pupil_phones.iter();
                let device =
                    held.find(|(_, held)| **held == (pupil.pupil, self.id)).map(|(device, _)| *device);
                let line = match device {
                    Some(_) => green(Rule::Dev7, "The pupil has a basic phone."),
                    None => red(
                        Rule::Dev7,
                        "The pupil has no basic phone yet.",
                        "Issue a basic phone to each pupil who needs one.",
                    ),
                };
                line.device(device).field(format!("pupil_phones[{place}]")).done()
            })
            .collect()
    }
}
