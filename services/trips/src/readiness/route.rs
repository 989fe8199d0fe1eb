//! The emergency route: who holds base [CONT-6], who is named beyond the trip's own staff, and whether it covers the whole
//! trip as contacts worked it out [FORM-8].

use std::collections::BTreeSet;

use proto::ids::PersonId;
use proto::rules::Rule;
use proto::v1::contacts::{CoverageGap, LadderStep};
use proto::v1::trips::ReadinessItem;
use proto::values::Window;

use super::{Check, green, red};

impl Check<'_> {
    pub(super) fn route(&self) -> Vec<ReadinessItem> {
        let mut items = vec![self.base_contact()];
        items.extend(self.tour_numbers());
        items.extend(self.ladder_people());
        items.extend(self.empty_steps());
        items.extend(self.coverage(&items));
        items
    }

    fn base_contact(&self) -> ReadinessItem {
        let person = self.form.emergency.base_contact;
        let line = if self.on_trip(person) {
            red(Rule::Cont6, "Whoever holds base is on the trip.", "Name somebody for base who stays.")
        } else if !self.state.is_here(person) {
            red(
                Rule::Cont6,
                "Whoever holds base is not on the staff register.",
                "Name somebody for base who is.",
            )
        } else {
            green(Rule::Cont6, "Base is held by a named person who is not on the trip.")
        };
        line.person(person).field("emergency.base_contact").done()
    }

    /// Who agreed that pupils are given work mobiles' numbers. [CONT-5]
    fn tour_numbers(&self) -> Option<ReadinessItem> {
        let by = self.form.emergency.tour_numbers.as_ref()?.agreed_by;
        let line = if !self.policy.tour_numbers {
            red(
                Rule::Cont5,
                "The school gives pupils no numbers of work mobiles, on a tour neither.",
                "Leave the numbers out: pupils ring the school's lines.",
            )
        } else if !self.state.is_senior(by) {
            red(
                Rule::Cont5,
                "Whoever agreed that pupils are given work mobiles' numbers is not a senior member of staff.",
                "Have a senior who is not on the tour agree, or leave the numbers out.",
            )
        } else if self.on_trip(by) {
            red(
                Rule::Cont5,
                "Whoever agreed that pupils are given work mobiles' numbers is on the tour.",
                "Have a senior who is not on the tour agree, or leave the numbers out.",
            )
        } else {
            green(
                Rule::Cont5,
                "A senior who is not on the tour agreed that pupils are given work mobiles' numbers.",
            )
        };
        Some(line.person(by).field("emergency.tour_numbers.agreed_by").done())
    }

    fn steps(&self) -> [(LadderStep, &'static str, &Vec<PersonId>); 3] {
        let plan = &self.form.emergency;
        [
            (LadderStep::Office, "emergency.office", &plan.office),
            (LadderStep::Dsl, "emergency.dsl", &plan.dsl),
            (LadderStep::Senior, "emergency.senior", &plan.senior),
        ]
    }

    fn named(&self) -> BTreeSet<PersonId> {
        let steps = self.steps().into_iter().flat_map(|(_, _, people)| people.iter().copied());
        steps.chain([self.form.emergency.base_contact]).collect()
    }

    /// Enough people beyond the trip's own staff, all still here: one green line, or a red one for each thing wrong.
    fn ladder_people(&self) -> Vec<ReadinessItem> {
        let mut items = Vec::new();
        for (_, field, people) in self.steps() {
            for person in people {
                let line = if self.on_trip(*person) {
                    red(
                        Rule::Form8,
                        "Somebody of the ladder is on the trip.",
                        "Name somebody for this step who stays.",
                    )
                } else if !self.state.is_here(*person) {
                    red(
                        Rule::Form8,
                        "Somebody of the ladder is not on the staff register.",
                        "Name somebody for this step who is.",
                    )
                } else {
                    continue;
                };
                items.push(line.person(*person).field(field).done());
            }
        }
        let usable = self.named().into_iter().filter(|p| !self.on_trip(*p) && self.state.is_here(*p)).count();
        let needed = usize::from(self.policy.min_ladder_people);
        if usable < needed {
            let text =
                format!("The ladder beyond the trip's own staff names {usable} of at least {needed} people.");
            let line =
                red(Rule::Form8, text, format!("Name at least {needed} people who are not on the trip."));
            items.push(line.field("emergency").done());
        }
        if items.is_empty() {
            let text = format!("The ladder beyond the trip's own staff names {usable} people.");
            items.push(green(Rule::Form8, text).field("emergency").done());
        }
        items
    }

    /// The office's landline is always part of the office step; the other steps need a person.
    fn empty_steps(&self) -> Vec<ReadinessItem> {
        let empty = |(step, _, people): &(LadderStep, &str, &Vec<PersonId>)| {
            *step != LadderStep::Office && people.is_empty()
        };
        let steps = self.steps().into_iter().filter(empty);
        steps
            .map(|(step, field, _)| {
                let text = format!("The {} step of the ladder names nobody.", name_of(step));
                red(Rule::Form8, text, "Name somebody for this step.").field(field).done()
            })
            .collect()
    }

    /// What contacts worked out for this form; `known` are the items that say some of it already.
    fn coverage(&self, known: &[ReadinessItem]) -> Vec<ReadinessItem> {
        let Some(coverage) = self.trip.coverage.as_ref().filter(|c| c.form_hash == self.trip.form_hash)
        else {
            let text = "Whether the emergency route covers the trip is being worked out.";
            return vec![red(Rule::Form8, text, "Try again in a moment.").done()];
        };
        if coverage.gaps.is_empty() {
            return vec![green(Rule::Form8, "The emergency route covers the whole trip.").done()];
        }
        let said = |gap: &CoverageGap| match gap {
            CoverageGap::OnTheTrip { person } => known.iter().any(|i| !i.ok && i.person == Some(*person)),
            CoverageGap::TooFewPeople { .. } => {
                known.iter().any(|i| !i.ok && i.field.as_deref() == Some("emergency"))
            }
            CoverageGap::EmptyStep { .. } | CoverageGap::NoLine { .. } => false,
        };
        coverage.gaps.iter().filter(|gap| !said(gap)).map(|gap| self.gap(gap)).collect()
    }

    fn gap(&self, gap: &CoverageGap) -> ReadinessItem {
        match gap {
            CoverageGap::NoLine { window } => red(
                Rule::Form8,
                format!("No line is open and staffed {}.", self.hours(*window)),
                "Plan somebody on duty for these hours, or change the trip's times.",
            ),
            CoverageGap::EmptyStep { step, window } => red(
                Rule::Form8,
                format!("Nobody of the {} step can be reached {}.", name_of(*step), self.hours(*window)),
                "Name somebody with a work mobile in hand, or plan somebody on duty for these hours.",
            ),
            CoverageGap::TooFewPeople { named, needed } => red(
                Rule::Form8,
                format!("Only {named} of at least {needed} people of the ladder can be reached."),
                format!("Name at least {needed} people with a work mobile in hand or at a school line."),
            ),
            CoverageGap::OnTheTrip { person } => {
                red(Rule::Form8, "Somebody of the ladder is on the trip.", "Name somebody who stays.")
                    .person(*person)
            }
        }
        .field("emergency")
        .done()
    }

    /// `from 20 Nov 18:00 to 20 Nov 20:00`, as the school's clocks show it.
    fn hours(&self, window: Window) -> String {
        let wall = |at| self.zone.local(at).strftime("%-d %b %H:%M").to_string();
        format!("from {} to {}", wall(window.from), wall(window.to))
    }
}

fn name_of(step: LadderStep) -> &'static str {
    match step {
        LadderStep::Office => "office",
        LadderStep::Dsl => "safeguarding",
        LadderStep::Senior => "senior leader",
    }
}
