//! Who may read each kind of record: from the one table of roles.

use decider::policy::retention::Record;
use proto::topics::ServiceName;

use crate::auth::roles::{Action, Seen, Who, who};
use crate::pages::words::role;

/// Who may read records of a kind, in words.
pub(crate) fn readers(record: Record) -> String {
    let of = |action: Action<'_>| words(who(action));
    match record {
        Record::TripForms
        | Record::TripNotes
        | Record::Positions
        | Record::Alerts
        | Record::Custody
        | Record::Recordings
        | Record::People => words(Who::Everyone),
        Record::Texts | Record::Calls => of(Action::See(Seen::Messages)),
        Record::UsageLog => of(Action::See(Seen::Usage)),
        Record::Arrangements => {
            format!("{}; of a trip that it goes along on, its staff", of(Action::See(Seen::Arrangements)))
        }
        Record::HandIn => of(Action::Command(ServiceName::Safeguarding, "HandInPhone")),
        Record::Incidents => "DSL, deputies and the head, each as far as the incident lets; never the adult it is about. About the head: the chair or proprietor. [INC-7]".to_owned(),
        Record::LogIns => of(Action::ManageLogins),
        Record::Readings => of(Action::See(Seen::Records)),
        Record::Quarantine => "Whoever runs Homeward".to_owned(),
    }
}

fn words(who: Who) -> String {
    match who {
        Who::Everyone => "Everybody who logs in".to_owned(),
        Who::OneOf(roles) => roles.iter().map(|one| role(*one)).collect::<Vec<_>>().join(", "),
        Who::Nobody => "Nobody".to_owned(),
    }
}
