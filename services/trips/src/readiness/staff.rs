//! The staff, their numbers, the groups, the papers, the plan.

use proto::rules::Rule;
use proto::v1::trips::{ReadinessItem, StaffOnForm};

use super::{Check, green, red};
use crate::validate;

impl Check<'_> {
    /// Everyone of the staff is on the register: one green line, or a red one for each who isn't.
    pub(super) fn staff_on_register(&self) -> Vec<ReadinessItem> {
        let gone = self.form.staff.iter().enumerate().filter(|(_, s)| !self.state.is_here(s.person));
        let red_lines: Vec<_> = gone
            .map(|(place, staff)| {
                red(
                    Rule::Dev2,
                    "Not on the staff register, or no longer.",
                    "Take them off the form, or add them to the register.",
                )
                .person(staff.person)
                .field(format!("staff[{place}].person"))
                .done()
            })
            .collect();
        if red_lines.is_empty() {
            return vec![green(Rule::Dev2, "Everyone on the form is on the staff register.").done()];
        }
        red_lines
    }

    /// Each one's number is on the form [FORM-1] and is that of a registered work mobile in service [FORM-3].
    pub(super) fn work_mobiles(&self) -> Vec<ReadinessItem> {
        let staff = self.form.staff.iter().enumerate();
        staff
            .flat_map(|(place, staff)| self.work_mobile(staff, &format!("staff[{place}].work_mobile")))
            .collect()
    }

    fn work_mobile(&self, staff: &StaffOnForm, field: &str) -> Vec<ReadinessItem> {
        if staff.work_mobile.is_none() {
            let line = red(
                Rule::Form1,
                "The number of their work mobile is not on the form.",
                "Put the number of a registered work mobile against each member of staff.",
            );
            return vec![line.person(staff.person).field(field).done()];
        }
        let on_form = green(Rule::Form1, "The number of their work mobile is on the form.");
        let mut items = vec![on_form.person(staff.person).field(field).done()];
        items.extend(self.registered(staff, field));
        items
    }

    fn registered(&self, staff: &StaffOnForm, field: &str) -> Option<ReadinessItem> {
        let number = staff.work_mobile.as_ref()?;
        let found = self.state.registered(number);
        let line = match found {
            None => red(
                Rule::Form3,
                "The number against them is not that of a registered work mobile.",
                "Pick a work mobile from the register; personal numbers are not used.",
            ),
            Some((_, mobile)) if !mobile.in_service => red(
                Rule::Form3,
                "The work mobile against them is not in service.",
                "Put another work mobile against them.",
            ),
            Some(_) => green(Rule::Form3, "The number is that of a registered work mobile in service."),
        };
        Some(line.person(staff.person).device(found.map(|(device, _)| device)).field(field).done())
    }

    /// Numbers of reserves and spares are to be right beforehand; on the day only those who go hold a coach up.
    pub(super) fn stand_by_mobiles(&self) -> Vec<ReadinessItem> {
        let reserves = self.form.reserves.iter().enumerate();
        let reserves =
            reserves.filter_map(|(place, r)| self.registered(r, &format!("reserves[{place}].work_mobile")));
        let spares = self.form.spare_devices.iter().enumerate().map(|(place, device)| {
            let usable = self.state.work_mobile(*device).is_some_and(|m| m.in_service && !m.retired);
            let line = if usable {
                green(Rule::Form3, "The spare is a registered work mobile in service.")
            } else {
                red(
                    Rule::Form3,
                    "The spare is not in service.",
                    "List another spare, or take it off the form.",
                )
            };
            line.device(Some(*device)).field(format!("spare_devices[{place}]")).done()
        });
        reserves.chain(spares).collect()
    }

    /// No phone, no separate group [DEV-5]; the groups add up [CHECK-5].
    pub(super) fn groups(&self) -> Vec<ReadinessItem> {
        let has_number =
            |person| self.form.staff.iter().any(|s| s.person == person && s.work_mobile.is_some());
        let groups = self.form.groups.iter().enumerate().map(|(place, group)| {
            let line = if has_number(group.adult) {
                green(Rule::Dev5, format!("{} has an adult with a work mobile.", group.name))
            } else {
                let text =
                    format!("{} has no adult with a work mobile: no phone, no separate group.", group.name);
                red(
                    Rule::Dev5,
                    text,
                    "Put a work mobile against the group's adult, or join the group to another.",
                )
            };
            line.person(group.adult).field(format!("groups[{place}].adult")).done()
        });
        let mut items: Vec<_> = groups.collect();
        let sum: u32 = self.form.groups.iter().map(|g| g.expected.get()).sum();
        let line = if sum == self.form.pupils.get() {
            green(Rule::Check5, format!("The groups add up to {sum} pupils."))
        } else {
            let text = format!("{} pupils go, but the groups add up to {sum}.", self.form.pupils);
            red(Rule::Check5, text, "Put each pupil in one group.")
        };
        items.push(line.field("groups").done());
        items
    }

    /// What a senior authorises on: the risk assessment, and the consents where pupils go.
    pub(super) fn papers(&self) -> Vec<ReadinessItem> {
        let paper = |present: bool, name: &str, field: &str| {
            let line = if present {
                green(Rule::Form2, format!("The reference of the {name} is on the form."))
            } else {
                let text = format!("The reference of the {name} is missing.");
                red(Rule::Form2, text, format!("Put the reference of the {name} on the form."))
            };
            line.field(field).done()
        };
        let mut items =
            vec![paper(self.form.risk_assessment.is_some(), "risk assessment", "risk_assessment")];
        if self.form.pupils.get() > 0 {
            items.push(paper(self.form.consent.is_some(), "consents", "consent"));
        }
        items.extend(self.recording());
        items
    }

    /// No images, film or sound without prior written consent: its reference is on the form. [MEDIA-3]
    fn recording(&self) -> Option<ReadinessItem> {
        let planned = self.form.recording.as_ref()?;
        let line = match &planned.consent {
            Some(reference) => {
                green(Rule::Media3, format!("Recording is planned, with the consents {reference}."))
            }
            None => red(
                Rule::Media3,
                "Recording is planned, and the reference of the consents to it is missing.",
                "Put the reference of the prior written consents on the form, or plan no recording.",
            ),
        };
        Some(line.field("recording.consent").done())
    }

    /// A plan that was sound when it was saved may have been overtaken by time. [CHECK-1]
    pub(super) fn plan(&self) -> ReadinessItem {
        match validate::check_times(self.form, self.now, self.zone) {
            Ok(()) => {
                green(Rule::Check1, "A check-in is due at known times of the trip.").field("plan").done()
            }
            Err(refusal) => {
                use proto::refusal::Refusal as _;
                red(Rule::Check1, format!("{refusal}."), refusal.remedy()).field("plan").done()
            }
        }
    }
}
