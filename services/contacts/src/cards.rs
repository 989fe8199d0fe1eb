//! CONT-3, CONT-5: which numbers a printed card shows, for whom, and why.
//!
//! A card is printed before the party leaves and carried until it is back, so it goes by the register and the form, not by
//! the moment: [`crate::route()`] answers what to ring now. Everybody is given the school's lines. A work mobile's number is
//! given
//!
//! - to staff, and to base;
//! - to parents, carers and host organisations where the school's setting allows it: those of leader and deputy;
//! - to families of staff, for the day, where the setting has staff's own phones away: none but the school's lines;
//! - to pupils on a tour whose authorised form says who agreed to it: those that it names. Nowhere else.

use std::collections::BTreeSet;

use decider::Policy;
use decider::policy::OwnPhones;
use proto::ids::{LineId, PersonId, TripId};
use proto::v1::contacts::{Audience, LineKind};
use proto::v1::trips::{StaffOnForm, TripForm, TripKind};
use proto::values::PhoneNumber;

use crate::facts::Facts;
use crate::state::State;
use crate::trip::Plan;

/// What a card leans on besides what contacts has heard.
#[derive(Clone, Copy, Debug)]
pub struct Printed<'a> {
    /// The trip.
    pub trip: TripId,
    /// Its form: whose number is whose.
    pub form: &'a TripForm,
    /// Whether that form stands authorised: until then nothing on it is agreed.
    pub authorised: bool,
    /// The school's settings.
    pub policy: &'a Policy,
}

/// A card: its numbers, in the order in which they are to be tried.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Card {
    /// What it prints.
    pub numbers: Vec<CardNumber>,
    /// What whoever prints it should know of numbers that it doesn't show, and why.
    pub left_out: Vec<String>,
}

/// A number on a card.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardNumber {
    /// Whose it is.
    pub of: NumberOf,
    /// The number.
    pub number: PhoneNumber,
    /// Why it stands on this card.
    pub why: String,
}

/// Whose number stands on a card. Never a personal one: there is none. [CONT-4]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NumberOf {
    /// A line of the school.
    Line(LineId),
    /// A work mobile: that person carries it.
    Person(PersonId),
}

/// The card for an audience.
pub fn card(state: &State, audience: Audience, printed: &Printed<'_>) -> Card {
    let plan = state.trips.get(&printed.trip).map(|trip| &trip.plan);
    let mut writer =
        Writer { facts: &state.facts, form: printed.form, card: Card::default(), numbers: BTreeSet::new() };
    let Some(plan) = plan else {
        writer.lines(&[LineKind::Landline, LineKind::Office]);
        writer.leave_out("The trip has ended, or was not heard of yet: no work mobile stands for it.");
        return writer.card;
    };
    let Policy { work_mobiles_to_parents, work_mobiles_to_hosts, .. } = printed.policy;
    match audience {
        Audience::StaffOffSite => {
            writer.person(plan.emergency.base_contact, "holds base of this trip");
            writer.lines(&[LineKind::Landline, LineKind::Office, LineKind::BackUpMobile]);
            writer.party(plan);
        }
        Audience::Base => writer.party(plan),
        Audience::Pupil => {
            writer.lines(&[LineKind::Landline, LineKind::Office]);
            writer.agreed_for_pupils(plan, printed.authorised);
        }
        Audience::Parent => {
            writer.lines(&[LineKind::Landline, LineKind::Office]);
            writer.allowed(plan, *work_mobiles_to_parents, "parents and carers");
        }
        Audience::HostOrganisation => {
            writer.lines(&[LineKind::Landline, LineKind::Office]);
            writer.allowed(plan, *work_mobiles_to_hosts, "host organisations");
        }
        // PERS-6: by day a family rings the office, and never the phone that is away.
        Audience::StaffFamily if printed.policy.own_phones == OwnPhones::AsTheyLike => {
            writer.leave_out(
                "The school asks nothing of staff's own phones: families are given no number. [PERS-6]",
            );
        }
        Audience::StaffFamily => writer.lines(&[LineKind::Landline, LineKind::Office]),
    }
    writer.card
}

struct Writer<'a> {
    facts: &'a Facts,
    form: &'a TripForm,
    card: Card,
    /// Numbers that stand on the card already.
    numbers: BTreeSet<PhoneNumber>,
}

impl Writer<'_> {
    fn lines(&mut self, kinds: &[LineKind]) {
        for kind in kinds {
            let facts = self.facts;
            for (id, line) in facts.lines_of(*kind) {
                let why = match kind {
                    LineKind::Landline | LineKind::Office => {
                        format!("{}: everybody reaches the trip through the school.", line.name)
                    }
                    LineKind::BackUpMobile => {
                        format!(
                            "{}: for when the landline can't be had, and outside office hours.",
                            line.name
                        )
                    }
                };
                self.write(NumberOf::Line(id), line.number.clone(), why);
            }
        }
    }

    /// Leader, deputy, then every other member of staff who is along. [CONT-6]
    fn party(&mut self, plan: &Plan) {
        self.person(plan.leader, "leads the trip");
        if let Some(deputy) = plan.deputy {
            self.person(deputy, "is the deputy");
        }
        for person in &plan.staff {
            if *person != plan.leader && Some(*person) != plan.deputy {
                self.person(*person, "is on the trip");
            }
        }
    }

    /// CONT-5: on a tour, as agreed; nowhere else.
    fn agreed_for_pupils(&mut self, plan: &Plan, authorised: bool) {
        let agreed = plan.emergency.tour_numbers.as_ref().filter(|_| plan.kind == TripKind::Tour);
        let Some(agreed) = agreed else {
            return self.leave_out(if plan.kind == TripKind::Tour {
                "Pupils are given no work mobile's number: the form doesn't say that it was agreed. [CONT-5]"
            } else {
                "Pupils are given no work mobile's number: that can be agreed for a tour only. [CONT-5]"
            });
        };
        if !authorised {
            return self.leave_out(
                "Pupils are given no work mobile's number yet: the form that agrees to it is not authorised. [CONT-5]",
            );
        }
        for person in &agreed.whose {
            if plan.is_on_trip(*person) {
                self.person(*person, "is along, and its number was agreed for this tour's emergencies");
            } else {
                self.leave_out("One of those whose numbers were agreed is not along. [CONT-5]");
            }
        }
    }

    /// CONT-5: leader and deputy, where the setting allows.
    fn allowed(&mut self, plan: &Plan, allows: bool, whom: &str) {
        if !allows {
            return self.leave_out(&format!(
                "No work mobile's number is given to {whom}: the school's setting doesn't allow it. [CONT-5]"
            ));
        }
        self.person(plan.leader, "leads the trip; the school's setting allows it");
        if let Some(deputy) = plan.deputy {
            self.person(deputy, "is the deputy; the school's setting allows it");
        }
    }

    fn person(&mut self, person: PersonId, why: &str) {
        match self.number_of(person) {
            Some(number) => {
                self.write(NumberOf::Person(person), number, format!("Whoever carries it {why}."))
            }
            None => self.leave_out("Somebody has no work mobile that can be printed: see the form's staff."),
        }
    }

    /// The work mobile in somebody's hands, the form's own first; before it is issued the form's, if nobody else has it.
    fn number_of(&self, person: PersonId) -> Option<PhoneNumber> {
        let listed = self.form.staff.iter().chain(&self.form.reserves).find(|s| s.person == person);
        let on_form = listed.and_then(|StaffOnForm { work_mobile, .. }| work_mobile.as_ref());
        let held: Vec<&PhoneNumber> =
            self.facts.mobiles_of(person).map(|(_, mobile)| &mobile.number).collect();
        if let Some(number) = on_form.filter(|number| held.contains(number)).or(held.first().copied()) {
            return Some(number.clone());
        }
        let free =
            |number: &&PhoneNumber| self.facts.mobile_by_number(number).is_some_and(|m| m.person.is_none());
        on_form.filter(free).cloned()
    }

    fn write(&mut self, of: NumberOf, number: PhoneNumber, why: String) {
        if self.numbers.insert(number.clone()) {
            self.card.numbers.push(CardNumber { of, number, why });
        }
    }

    fn leave_out(&mut self, why: &str) {
        if !self.card.left_out.iter().any(|known| known == why) {
            self.card.left_out.push(why.to_owned());
        }
    }
}
