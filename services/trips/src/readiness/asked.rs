//! What the policy of the school asks of a form besides. A form that was authorised isn't held up at the door by what the
//! policy asks since: it is shown as no longer holding; the toolkit and the duress word are asked at the door itself.

use proto::rules::Rule;
use proto::v1::trips::{DirectTraveller, ReadinessItem, TripKind};
use proto::values::{Headcount, Label};

use super::{Check, green, red};

impl Check<'_> {
    /// Whoever receives the party at a host's site was told of devices, by name and date. [FORM-5]
    pub(super) fn host_informed(&self) -> Option<ReadinessItem> {
        let host = self.form.host.as_ref().filter(|_| self.policy.host_informed)?;
        let line = match (&host.contact, host.informed_on) {
            (Some(_), Some(day)) => green(
                Rule::Form5,
                format!("{} was told of devices on {}.", host.organisation, day.strftime("%-d %b %Y")),
            )
            .field("host.informed_on"),
            (None, _) => red(
                Rule::Form5,
                format!(
                    "Who at {} was told that devices will be used is not on the form.",
                    host.organisation
                ),
                "Name the contact there, and the day on which their concerns were resolved.",
            )
            .field("host.contact"),
            (Some(_), None) => red(
                Rule::Form5,
                format!("When {} was told that devices will be used is not on the form.", host.organisation),
                "Tell them, resolve what concerns them, and write down the day.",
            )
            .field("host.informed_on"),
        };
        Some(line.done())
    }

    /// A placement's own phone rules are on file, and the student was inducted in them. [FORM-7]
    pub(super) fn placement(&self) -> Vec<ReadinessItem> {
        if self.form.kind != TripKind::WorkPlacement || !self.policy.placement_rules {
            return Vec::new();
        }
        let placement = self.form.placement.as_ref();
        let rules = match placement.and_then(|placement| placement.rules_on_file.as_ref()) {
            Some(place) => green(Rule::Form7, format!("The placement's phone rules are on file: {place}.")),
            None => red(
                Rule::Form7,
                "The placement's own phone rules are not on file.",
                "Ask the placement for them, and write down where they are on file.",
            ),
        };
        let inducted = match placement.and_then(|placement| placement.inducted_on) {
            Some(day) => {
                green(Rule::Form7, format!("The student was inducted on {}.", day.strftime("%-d %b %Y")))
            }
            None => red(
                Rule::Form7,
                "The student was not inducted in the placement's phone rules.",
                "Go through them with the student, and write down the day.",
            ),
        };
        vec![rules.field("placement.rules_on_file").done(), inducted.field("placement.inducted_on").done()]
    }

    /// Each volunteer, visitor or contractor accepted the staff rules. [PERS-7]
    pub(super) fn volunteers(&self) -> Vec<ReadinessItem> {
        if !self.policy.volunteers_accept {
            return Vec::new();
        }
        let volunteers = self.form.volunteers.iter().enumerate();
        let line = |(place, volunteer): (usize, &proto::v1::trips::VolunteerOnForm)| {
            let number = place + 1;
            let line = if volunteer.accepted_rules {
                green(Rule::Pers7, format!("Volunteer {number} of the list accepted the staff rules."))
            } else {
                red(
                    Rule::Pers7,
                    format!("Volunteer {number} of the list has not accepted the staff rules."),
                    "Go through the staff rules with them, and tick that they accepted.",
                )
            };
            line.field(format!("volunteers[{place}].accepted_rules")).done()
        };
        volunteers.map(line).collect()
    }

    /// Each pupil who travels directly: who at the provider confirms the arrival, by which line, when it is due, and what
    /// becomes of personal devices there. [FORM-6]
    pub(super) fn direct(&self) -> Vec<ReadinessItem> {
        if !self.policy.direct_travellers {
            return Vec::new();
        }
        self.form
            .direct
            .iter()
            .enumerate()
            .flat_map(|(place, one)| self.direct_traveller(place, one))
            .collect()
    }

    fn direct_traveller(&self, place: usize, one: &DirectTraveller) -> Vec<ReadinessItem> {
        let who = format!("Direct traveller {} of the list, to {}", place + 1, one.provider);
        let missing = [
            (
                one.due_at.is_none(),
                "due_at",
                "when the arrival is due is missing",
                "Agree a time with the provider, and write it down.",
            ),
            (
                one.contact.is_none(),
                "contact",
                "nobody there is named who confirms the arrival",
                "Ask the provider who confirms it, and write down the name.",
            ),
            (
                one.number.is_none(),
                "number",
                "the provider's line is missing",
                "Give its landline or work line: no number of a person.",
            ),
            (
                one.devices.is_none(),
                "devices",
                "the provider's arrangement for personal devices is missing",
                "Ask the provider what becomes of personal devices, and write it down.",
            ),
        ];
        let red = |(_, part, what, remedy): (bool, &str, &str, &str)| {
            red(Rule::Form6, format!("{who}: {what}."), remedy)
                .field(format!("direct[{place}].{part}"))
                .done()
        };
        let reds: Vec<ReadinessItem> =
            missing.into_iter().filter(|(missing, ..)| *missing).map(red).collect();
        match (reds.is_empty(), one.due_at) {
            (true, Some(due_at)) => {
                let clock = self.zone.local(due_at).strftime("%-d %b %H:%M");
                let text = format!("{who}: the arrival is due {clock}, and confirmed there by name.");
                vec![green(Rule::Form6, text).field(format!("direct[{place}].due_at")).done()]
            }
            (true, None) | (false, _) => reds,
        }
    }

    /// Pupils' own devices stay at school: handed in before the party leaves, or none were brought. [PERS-1]
    pub(crate) fn own_phones_in(&self, said: bool) -> Option<ReadinessItem> {
        let asked = self.policy.pupil_devices_stay && self.form.pupils > Headcount::ZERO && !said;
        asked.then(|| {
            red(
                Rule::Pers1,
                "Nobody has said that pupils' own devices stay at school.",
                "Have them handed in, switched off and locked away, or make sure that none were brought; then tick it.",
            )
            .field("depart.own_phones_in")
            .done()
        })
    }

    /// Who visits a home alone says often that all is well. [CHECK-1]
    pub(super) fn lone_worker(&self) -> Option<ReadinessItem> {
        if !self.is_lone_home_visit() {
            return None;
        }
        let most = self.policy.lone_check_secs / 60;
        let line = match self.form.plan.every_minutes {
            Some(minutes) if u32::from(minutes) <= most => {
                green(Rule::Check1, format!("Alone at a home, a check-in is due every {minutes} minutes."))
            }
            Some(_) | None => red(
                Rule::Check1,
                format!("Who visits a home alone checks in at least every {most} minutes."),
                format!("Set a check-in every {most} minutes or less."),
            ),
        };
        Some(line.field("plan.every_minutes").done())
    }

    /// Who visits a home alone sets a duress word as they leave. [CHECK-6]
    pub(crate) fn duress_word(&self, set: bool) -> Option<ReadinessItem> {
        let asked = self.is_lone_home_visit() && !set;
        asked.then(|| {
            red(
                Rule::Check6,
                "Who visits a home alone has no duress word yet.",
                "Agree a word that alerts base alone, and give it as you leave.",
            )
            .field("depart.duress")
            .done()
        })
    }

    /// Each thing of the toolkit was ticked as carried. [DEV-10]
    pub(crate) fn toolkit(&self, ticked: &[Label]) -> Vec<ReadinessItem> {
        let missing = self.policy.toolkit.iter().filter(|item| !ticked.contains(item));
        let line = |item: &Label| {
            let remedy = "Look whether it is there, and tick it.";
            red(Rule::Dev10, format!("Not ticked as carried: {item}."), remedy).field("depart.toolkit").done()
        };
        missing.map(line).collect()
    }

    fn is_lone_home_visit(&self) -> bool {
        self.form.kind == TripKind::HomeVisit && self.form.staff.len() == 1
    }
}
