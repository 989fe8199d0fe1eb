//! Arrangements in words, and who sees what of one.

use proto::ids::{ArrangementId, TripId};
use proto::v1::people::Role;
use proto::v1::safeguarding::{AgreedWith, Whose};
use safeguarding::{Arrangement, Standing};

use crate::auth::roles::{Action, Seen};
use crate::pages::shell::Looking;

/// One of a list, or on a trip's page.
pub(crate) struct ArrangementRow {
    pub(crate) id: ArrangementId,
    pub(crate) who: String,
    pub(crate) device: String,
    pub(crate) conditions: String,
    pub(crate) until: String,
    pub(crate) word: &'static str,
    pub(crate) class: &'static str,
    pub(crate) rule: &'static str,
    pub(crate) medical: bool,
}

pub(super) fn who(look: &Looking<'_>, whose: &Whose) -> String {
    match whose {
        Whose::Pupil { name } => name.shown(),
        Whose::Post16 { group } => group.to_string(),
        Whose::Staff { person } => look.view.person_name(*person),
    }
}

pub(super) fn kind(whose: &Whose) -> (&'static str, &'static str) {
    match whose {
        Whose::Pupil { .. } => ("a pupil's", "PERS-2"),
        Whose::Post16 { .. } => ("a post-16 group's", "PERS-3"),
        Whose::Staff { .. } => ("a member of staff's", "PERS-5"),
    }
}

pub(super) fn agreed_with(with: AgreedWith) -> &'static str {
    match with {
        AgreedWith::Pupil => "the pupil or student",
        AgreedWith::Parent => "a parent or carer",
        AgreedWith::Staff => "the member of staff",
    }
}

fn standing(of: Standing) -> (&'static str, &'static str) {
    match of {
        Standing::Ahead => ("begins later", "note"),
        Standing::InForce => ("in force", "good"),
        Standing::MedicalPastEnd => ("past its end: the device stays", "soon"),
        Standing::Expired => ("expired: not in force", "bad"),
        Standing::Ended => ("ended", ""),
    }
}

pub(super) fn row(look: &Looking<'_>, id: ArrangementId, one: &Arrangement) -> ArrangementRow {
    let today = look.view.school.zone.local(look.now).date();
    let (word, class) = standing(one.standing(look.now, today));
    ArrangementRow {
        id,
        who: who(look, &one.terms.whose),
        device: one.terms.device.shown(),
        conditions: one.terms.conditions.shown(),
        until: one.terms.until.strftime("%-d %b %Y").to_string(),
        word,
        class,
        rule: kind(&one.terms.whose).1,
        medical: one.terms.medical,
    }
}

/// Those that go along on a trip, to whoever needs to know: its staff, who holds base, and those who keep the register. None
/// where whoever looks needn't. [PERS-2]
pub(crate) fn on_trip(look: &Looking<'_>, trip: TripId) -> Option<Vec<ArrangementRow>> {
    let known = look.view.trips.trip(trip)?;
    let person = look.session.person;
    let goes = known.form.staff.iter().chain(&known.form.reserves).any(|entry| entry.person == person)
        || known.outing().is_some_and(|outing| outing.has(person))
        || known.form.emergency.base_contact == person
        || look.view.contacts.base_holder(trip) == Some(person);
    if !goes && !sees_register(look) {
        return None;
    }
    let along = look.view.safeguarding.arrangements().on_trip(trip);
    Some(along.map(|(id, one)| row(look, id, one)).collect())
}

/// Whether they keep the register.
pub(super) fn sees_register(look: &Looking<'_>) -> bool {
    look.session.may(Action::See(Seen::Arrangements))
}

/// Who may have agreed: heads, and for staff seniors.
pub(super) fn may_agree(look: &Looking<'_>) -> Vec<crate::forms::Choice> {
    crate::forms::Choice::of(look.people_with(&[Role::Head, Role::Senior]))
}
