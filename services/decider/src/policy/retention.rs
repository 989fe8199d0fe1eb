//! How long each kind of record about people is kept, since when, why at all, and on which ground: one catalogue for the
//! settings, for what erases, and for the page that a school's own assessment starts from. The grounds are suggestions: the
//! school decides, with its data-protection officer.

use super::Policy;

/// A kind of record about people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Record {
    /// What a trip form says of people.
    TripForms,
    /// Notes of a trip: check-ins, calls written down, releases, the log.
    TripNotes,
    /// Where staff phones were.
    Positions,
    /// Texts that came in.
    Texts,
    /// Who called from outside.
    Calls,
    /// Notes of alerts.
    Alerts,
    /// The usage log.
    UsageLog,
    /// Why phones were handed out, lost, quarantined.
    Custody,
    /// What became of recordings.
    Recordings,
    /// Pupils' phones that were handed in.
    HandIn,
    /// Arrangements by which somebody keeps a device.
    Arrangements,
    /// Safeguarding incidents.
    Incidents,
    /// Names of those who have left.
    People,
    /// Log-ins of those who have left.
    LogIns,
    /// Who opened which record.
    Readings,
    /// Messages that could not be handled.
    Quarantine,
}

/// What is to be known of a kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kept {
    /// The kind.
    pub record: Record,
    /// Its setting: `keep_texts_days`.
    pub key: &'static str,
    /// Its name on pages.
    pub title: &'static str,
    /// What stands in it.
    pub what: &'static str,
    /// Whom it is about.
    pub whom: &'static str,
    /// What it is for.
    pub why: &'static str,
    /// The lawful basis, as a suggestion.
    pub basis: &'static str,
    /// Since when its time runs.
    pub since: &'static str,
    /// The default, in days.
    pub days: u16,
    /// The shortest that a school may set.
    pub least: u16,
    /// Why the default is what it is.
    pub reason: &'static str,
    /// Why it isn't erased before its time, when somebody asks for it; none: it is.
    pub must: Option<&'static str>,
}

/// The longest that a school may set: 50 years.
pub const LONGEST_DAYS: u16 = 18_262;

const PUBLIC_TASK: &str =
    "Public task (Article 6(1)(e) UK GDPR): a school's duty to keep pupils and staff safe off site";
const WITH_HEALTH: &str = "Public task (Article 6(1)(e)); where it tells of health: substantial public interest, safeguarding (Article 9(2)(g), Schedule 1 paragraph 18 DPA 2018)";
const EMPLOYER: &str = "Legitimate interests of the employer, told in the user agreement (Article 6(1)(f)), or public task (Article 6(1)(e)) of a maintained school";
const LEGAL: &str = "Legal obligation (Article 6(1)(c)): Keeping Children Safe in Education; substantial public interest, safeguarding (Article 9(2)(g)); criminal matters: Article 10 with Schedule 1 paragraph 18 DPA 2018";

const MUST_SAFEGUARD: &str = "A safeguarding record is kept for its time: a legal obligation and a task in the public interest (Article 17(3)(b)), and for legal claims (Article 17(3)(e)).";
const MUST_ACCOUNT: &str =
    "Who opened which record is what others' rights are checked by (Articles 5(2) and 17(3)(b)).";

/// Every kind, in the order in which pages show them.
pub const KEPT: [Kept; 16] = [
    Kept {
        record: Record::TripForms,
        key: "keep_trip_forms_days",
        title: "Trip forms",
        what: "Names of volunteers, of pupils who are given a phone or travel on their own and why, of whoever was spoken to at the host; reasons for sending back, cancelling, leaving",
        whom: "Volunteers, pupils, hosts, staff",
        why: "To prepare a trip, and to answer questions about it afterwards",
        basis: WITH_HEALTH,
        since: "the trip is closed or cancelled",
        days: 400,
        least: 30,
        reason: "A year and a month: the same trip is planned again next year, and complaints come within one.",
        must: None,
    },
    Kept {
        record: Record::TripNotes,
        key: "keep_trip_notes_days",
        title: "Notes of a trip",
        what: "Notes with check-ins, words of calls that were written down, to whom a pupil was released, where a lost child was last seen, notes in the trip's log",
        whom: "Staff, pupils, parents",
        why: "To know that all is well while the party is out, and what happened if it wasn't",
        basis: PUBLIC_TASK,
        since: "the trip is closed",
        days: 400,
        least: 30,
        reason: "As the form: what happened on a trip is asked after within a year. What was serious is an incident, and is kept there.",
        must: None,
    },
    Kept {
        record: Record::Positions,
        key: "keep_positions_days",
        title: "Positions",
        what: "Where a staff phone was while its trip was out, with accuracy and time",
        whom: "Staff on trips (never pupils)",
        why: "To find a party that doesn't answer",
        basis: EMPLOYER,
        since: "the trip is closed",
        days: 30,
        least: 1,
        reason: "Nobody needs them once everyone is home; a month leaves time to look into what went wrong.",
        must: None,
    },
    Kept {
        record: Record::Texts,
        key: "keep_texts_days",
        title: "Texts received",
        what: "The words of texts to the school's number, and the number of a sender whom it doesn't know",
        whom: "Staff, parents, strangers",
        why: "To take a check-in or a call for help, and to see later what was said",
        basis: PUBLIC_TASK,
        since: "it came, and its trip is closed",
        days: 180,
        least: 14,
        reason: "Two terms: what a text meant is in the record of its check-in; its words are for a doubt about it.",
        must: None,
    },
    Kept {
        record: Record::Calls,
        key: "keep_calls_days",
        title: "Calls received",
        what: "The number of a caller whom the school doesn't know, and when",
        whom: "Parents, strangers",
        why: "To put a caller through, and to ring back whom nobody took",
        basis: PUBLIC_TASK,
        since: "the call",
        days: 90,
        least: 7,
        reason: "A term: ringing back is a matter of days.",
        must: None,
    },
    Kept {
        record: Record::Alerts,
        key: "keep_alerts_days",
        title: "Notes of alerts",
        what: "Notes and reasons that people typed into an alert",
        whom: "Staff, pupils",
        why: "To hand an alert over, and to learn from it",
        basis: PUBLIC_TASK,
        since: "the alert is resolved",
        days: 400,
        least: 30,
        reason: "A year and a month: a year's alerts are looked at together.",
        must: None,
    },
    Kept {
        record: Record::UsageLog,
        key: "keep_usage_days",
        title: "Usage log",
        what: "What a call or text on a work mobile was for, remarks of the weekly review",
        whom: "Staff",
        why: "All use of a work mobile is monitored, as the user agreement says",
        basis: EMPLOYER,
        since: "the use",
        days: 400,
        least: 90,
        reason: "A year and a month: the DSL's yearly review reads a whole year.",
        must: None,
    },
    Kept {
        record: Record::Custody,
        key: "keep_custody_days",
        title: "Custody of phones",
        what: "Why a pupil was given a phone, notes of loss and quarantine, why an authorisation was withdrawn (who had a phone when is kept without names)",
        whom: "Staff, pupils",
        why: "To know who answers for a phone",
        basis: PUBLIC_TASK,
        since: "it was written",
        days: 400,
        least: 90,
        reason: "A year and a month, as long as insurers and the police ask.",
        must: None,
    },
    Kept {
        record: Record::Recordings,
        key: "keep_recordings_days",
        title: "What became of recordings",
        what: "To whom recordings of a trip were sent on (never the recordings themselves)",
        whom: "Parents, hosts",
        why: "To show that recordings went only where consent allowed",
        basis: PUBLIC_TASK,
        since: "they were cleared",
        days: 400,
        least: 90,
        reason: "A year and a month: consent is asked for anew each year.",
        must: None,
    },
    Kept {
        record: Record::HandIn,
        key: "keep_hand_in_days",
        title: "Hand-in register",
        what: "Which pupil's own phone lay in which pouch",
        whom: "Pupils",
        why: "To give the right phone back",
        basis: PUBLIC_TASK,
        since: "it was given back",
        days: 30,
        least: 1,
        reason: "A month: long enough for a phone that came back broken.",
        must: None,
    },
    Kept {
        record: Record::Arrangements,
        key: "keep_arrangements_days",
        title: "Arrangements",
        what: "Who keeps a device of their own, why (health among it), whose advice was sought, on which conditions",
        whom: "Pupils, staff",
        why: "Medical devices and agreed exceptions are known to those who must know",
        basis: WITH_HEALTH,
        since: "it ended",
        days: 400,
        least: 30,
        reason: "A year and a month after its end: the next one is agreed in sight of the last.",
        must: None,
    },
    Kept {
        record: Record::Incidents,
        key: "keep_incidents_days",
        title: "Safeguarding incidents",
        what: "What happened, the write-up, searches, confiscated devices and their owners, referrals, what parents were told, lessons; holds on records",
        whom: "Pupils, staff, parents, others",
        why: "To protect a child, to account for what was done, and for inquiries years later",
        basis: LEGAL,
        since: "the incident is closed",
        days: 9_131,
        least: 2_190,
        reason: "25 years: as child-protection records are kept until the child is 25, counted from the latest that it can be.",
        must: Some(MUST_SAFEGUARD),
    },
    Kept {
        record: Record::People,
        key: "keep_people_days",
        title: "Names of staff who left",
        what: "The name on the register",
        whom: "Staff, supply staff, volunteers",
        why: "Records name people by number; the register tells who that was",
        basis: PUBLIC_TASK,
        since: "they left",
        days: 2_192,
        least: 90,
        reason: "Six years: as long as a claim can be brought (Limitation Act 1980).",
        must: Some(
            "Records that are kept for their time name this person: the name is needed to read them, for claims (Article 17(3)(e)).",
        ),
    },
    Kept {
        record: Record::LogIns,
        key: "keep_log_ins_days",
        title: "Log-ins of staff who left",
        what: "The name that was typed to log in, and the password's hash",
        whom: "Staff",
        why: "To log in (it ends at once when somebody leaves)",
        basis: EMPLOYER,
        since: "they left",
        days: 30,
        least: 1,
        reason: "A month: who left by mistake, or comes back as supply, isn't set up anew.",
        must: None,
    },
    Kept {
        record: Record::Readings,
        key: "keep_readings_days",
        title: "Who opened which record",
        what: "Who opened a page with personal data, when, of whom or of which record",
        whom: "Staff",
        why: "To see whether records are read by those who need to",
        basis: LEGAL,
        since: "the reading",
        days: 730,
        least: 180,
        reason: "Two years: misuse is often found late.",
        must: Some(MUST_ACCOUNT),
    },
    Kept {
        record: Record::Quarantine,
        key: "keep_quarantine_days",
        title: "Messages that could not be read",
        what: "Messages of phones and providers that Homeward could not read, as they came",
        whom: "Anybody",
        why: "To find out what was wrong with them",
        basis: PUBLIC_TASK,
        since: "it came",
        days: 30,
        least: 1,
        reason: "A month: whoever runs Homeward looks at them within days.",
        must: None,
    },
];

impl Record {
    /// What is to be known of it.
    pub fn kept(self) -> &'static Kept {
        KEPT.iter().find(|kept| kept.record == self).expect("every kind stands in the catalogue: tested")
    }

    /// How long a school keeps it, in days.
    pub fn days(self, policy: &Policy) -> u16 {
        match self {
            Self::TripForms => policy.keep_trip_forms_days,
            Self::TripNotes => policy.keep_trip_notes_days,
            Self::Positions => policy.keep_positions_days,
            Self::Texts => policy.keep_texts_days,
            Self::Calls => policy.keep_calls_days,
            Self::Alerts => policy.keep_alerts_days,
            Self::UsageLog => policy.keep_usage_days,
            Self::Custody => policy.keep_custody_days,
            Self::Recordings => policy.keep_recordings_days,
            Self::HandIn => policy.keep_hand_in_days,
            Self::Arrangements => policy.keep_arrangements_days,
            Self::Incidents => policy.keep_incidents_days,
            Self::People => policy.keep_people_days,
            Self::LogIns => policy.keep_log_ins_days,
            Self::Readings => policy.keep_readings_days,
            Self::Quarantine => policy.keep_quarantine_days,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Kind, Setting};

    #[test]
    fn every_kind_has_a_setting_with_the_default_of_the_catalogue() {
        let policy = Policy::default();
        for kept in &KEPT {
            assert_eq!(kept.record.kept(), kept);
            assert_eq!(kept.record.days(&policy), kept.days, "{}", kept.key);
            let setting = Setting::find(kept.key).unwrap_or_else(|| panic!("{} is no setting", kept.key));
            assert_eq!(policy.value(setting), kept.days, "{}", kept.key);
            let bounds = (u32::from(kept.least), u32::from(LONGEST_DAYS));
            let Kind::Number { least, most, unit: "days" } = setting.kind else { panic!("{setting:?}") };
            assert_eq!((least, most), bounds, "{}", kept.key);
            assert!((kept.least..=LONGEST_DAYS).contains(&kept.days));
        }
    }
}
