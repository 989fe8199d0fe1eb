//! Sessions and tokens end when their person loses a role, or leaves.
//!
//! Each session has the roles that it was used with: one that its person no longer has ends it at its next use, wherever and whenever that is. Beside
//! that, whoever loses a role while the board looks on has all theirs ended at once. Both only while the board is live: what is being heard again, or was
//! missed, ends nothing.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::{PersonId, SchoolId};
use proto::topics::ServiceName;
use proto::v1::people::Role;

use crate::app::AppState;
use crate::db::StoredSession;
use crate::view::SchoolView;

/// What becomes of a session by the roles that its person has now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Judged {
    /// It goes on.
    GoesOn,
    /// It goes on, with more roles than it had.
    WithMore(BTreeSet<Role>),
    /// A role of it is gone, or its person is.
    Ends,
}

pub(super) fn judged(view: &SchoolView, session: &StoredSession) -> Judged {
    if !view.freshness.live {
        return Judged::GoesOn;
    }
    match (view.people.member(session.person), &session.roles) {
        (None, _) => Judged::Ends,
        (Some(member), Some(had)) if !had.is_subset(&member.roles) => Judged::Ends,
        (Some(member), Some(had)) if *had == member.roles => Judged::GoesOn,
        (Some(member), Some(_) | None) => Judged::WithMore(member.roles.clone()),
    }
}

/// Whether somebody's roles are others than these, as far as is known for certain.
pub(crate) fn are_others(view: &SchoolView, person: PersonId, roles: &BTreeSet<Role>) -> bool {
    view.freshness.live && view.people.member(person).is_none_or(|member| member.roles != *roles)
}

/// Looks on, until Homeward stops.
pub(crate) fn start_looking_on(state: &AppState) {
    for school in state.view().schools().cloned().collect::<Vec<_>>() {
        let state = state.clone();
        tokio::spawn(async move {
            let stop = state.stop().clone();
            stop.run_until_cancelled(looks_on(&state, &school)).await
        });
    }
}

async fn looks_on(state: &AppState, school: &SchoolId) {
    let Some(mut version) = state.view().version(school) else { return };
    let mut before = Seen::default();
    loop {
        let now = state.view().school(school).and_then(|view| Seen::after(&before, &view));
        if let Some(now) = now {
            for person in now.lost_a_role_since(&before) {
                if let Err(fault) = state.db().end_sessions_of_person(school, person).await {
                    tracing::error!(%school, %person, %fault, "HW-D2 sessions of somebody who lost a role end at their next use only");
                }
            }
            before = now;
        }
        if version.changed().await.is_err() {
            return;
        }
    }
}

/// Who has which roles, and up to which event that was heard.
#[derive(Default)]
struct Seen {
    reached: u64,
    roles: BTreeMap<PersonId, BTreeSet<Role>>,
}

impl Seen {
    /// What is to be seen now, if anything was heard since, and all of it is.
    fn after(before: &Self, view: &SchoolView) -> Option<Self> {
        let reached = view.reached(ServiceName::People);
        (view.freshness.live && reached != before.reached).then(|| {
            let roles = view.people.members().map(|(person, member)| (person, member.roles.clone()));
            Self { reached, roles: roles.collect() }
        })
    }

    fn lost_a_role_since(&self, before: &Self) -> Vec<PersonId> {
        let lost = |person: &PersonId, had: &BTreeSet<Role>| {
            self.roles.get(person).is_none_or(|roles| !had.is_subset(roles))
        };
        before.roles.iter().filter(|(person, had)| lost(person, had)).map(|(person, _)| *person).collect()
    }
}
