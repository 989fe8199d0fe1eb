//! The policy of a school: the settings that rules lean on. Each has a default that a real school could live with.
//!
//! A rule marked ● in RULES.md has values at most; one marked ○ has a switch. [`SETTINGS`] says of each what it is for and
//! what it may be; [`presets`](preset) are whole policies with their reasons, to start from. Where a change comes from, and
//! how every service gets to know it, is told in infra/decisions/018-policy-as-data.md.

mod preset;
pub mod retention;
mod settings;

use std::collections::BTreeMap;

use jiff::civil;
use proto::rules::Rule;
use proto::v1::people::Role;
use proto::v1::policy::Preset;
use proto::values::{BoundedText, ClockTime, CronSchedule, Label};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::preset::{Reason, about, name, reasons};
pub use self::settings::{BadSetting, Kind, SETTINGS, Setting};

/// A rule in the school's own words.
pub type RuleWords = BoundedText<280>;

/// How staff keep their own phones while they work. [PERS-6]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnPhones {
    /// The school asks nothing.
    AsTheyLike,
    /// Away, and silent.
    Silent,
    /// Away, and off.
    Off,
}

impl OwnPhones {
    /// What a member of staff reads on cards, forms and refusals; nothing where the school asks nothing. [PERS-6]
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::AsTheyLike => None,
            Self::Silent => Some("Own phones are away, and silent, while you work."),
            Self::Off => Some("Own phones are away, and off, while you work."),
        }
    }
}

/// What a school may set.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The preset it started from, if it did.
    pub preset: Option<Preset>,
    /// FORM-5: a trip to a host's site names who there was told of devices, and when.
    pub host_informed: bool,
    /// FORM-6: pupils who travel directly to a provider are listed, with the provider's arrangement and the time they are due.
    pub direct_travellers: bool,
    /// FORM-7: a placement's own phone rules are on file, and the student was inducted in them.
    pub placement_rules: bool,
    /// DEV-6: a trip that can't be supplied with work mobiles is flagged when its form is submitted.
    pub supply_forecast: bool,
    /// DEV-10: what visits and home visits carry, ticked at departure; empty: nothing is asked.
    pub toolkit: Vec<Label>,
    /// PERS-1: pupils' own devices stay at school during a trip, handed in and given back.
    pub pupil_devices_stay: bool,
    /// PERS-2: an exception for a pupil is agreed by the head beforehand, with an end.
    pub pupil_exceptions: bool,
    /// PERS-3: post-16 students may keep theirs off site under a signed approach.
    pub signed_approach: bool,
    /// PERS-5: a special arrangement of a member of staff is agreed case by case.
    pub staff_arrangements: bool,
    /// PERS-6: how staff keep their own phones while they work.
    pub own_phones: OwnPhones,
    /// PERS-7: volunteers, visitors and contractors accept the staff rules before a form is submitted.
    pub volunteers_accept: bool,
    /// CONT-5: on a tour, pupils may be given work mobiles' numbers, as a senior agreed for its emergencies.
    pub tour_numbers: bool,
    /// CHECK-7: where staff phones are is known while they are on a trip, and only then.
    pub staff_phones_located: bool,
    /// CHECK-1: who visits a home alone says that all is well at least this often, in seconds.
    pub lone_check_secs: u32,
    /// DEV-1: how old a passcode confirmation may be at issue, in days.
    pub passcode_max_age_days: u16,
    /// DEV-3: the user agreement in force.
    pub agreement_version: u16,
    /// DEV-6: work mobiles kept back for base before trips are supplied.
    pub base_reserve_phones: u16,
    /// FORM-8: how many people at least the ladder beyond the trip's own staff names.
    pub min_ladder_people: u8,
    /// CHECK-2: after this long an owned alert that isn't resolved comes back, in seconds.
    pub ownership_lapses_secs: u32,
    /// CHECK-1: all devices of a trip silent for this long is worth a warning, in seconds.
    pub silent_after_secs: u32,
    /// DEV-9: devices are due back this long after the return, in seconds.
    pub device_return_secs: u32,
    /// CONT-5: what is printed for parents and carers may name the work mobiles of a trip's leader and deputy.
    pub work_mobiles_to_parents: bool,
    /// CONT-5: what is printed for a host organisation may, likewise.
    pub work_mobiles_to_hosts: bool,
    /// CONT-7: personal use of a work mobile needs somebody's agreement beforehand, save in an emergency.
    pub personal_use_by_agreement: bool,
    /// INC-1: how long after a report the DSL is told in person at the latest, in seconds.
    pub told_in_person_secs: u32,
    /// INC-2: the outside bodies that a serious incident goes to within one working day.
    pub outside_bodies: Vec<Label>,
    /// INC-2: days that are no working days, besides weekends and the bank holidays of England and Wales.
    pub closed_days: Vec<civil::Date>,
    /// PERS-4: year groups whose pupils may bring a phone of their own (0 is Reception); none named: every one.
    pub own_phone_years: Vec<u8>,
    /// PERS-4: who may allow another.
    pub own_phone_allowed_by: Vec<Role>,
    /// PERS-1: by when pupils' phones are fetched at the end of the day, local time.
    pub own_phones_fetched_by: ClockTime,
    /// PERS-2: how many days before its end an arrangement is reminded of.
    pub arrangement_reminder_days: u16,
    /// MEDIA-2: recordings are sent on and deleted the same day (else by the evening of the next).
    pub recordings_same_day: bool,
    /// MEDIA-2: when the day's recordings that nobody has cleared go to the DSL, local time.
    pub recordings_cleared_by: ClockTime,
    /// A reply code isn't used again for this long, in seconds.
    pub code_cool_down_secs: u32,
    /// CONT-1: when the landlines are tested by a call, local time; `off`: never. Only a line that is staffed then is rung.
    #[serde(deserialize_with = "read_schedule", serialize_with = "write_schedule")]
    pub line_tests: Option<CronSchedule>,
    /// REV-1: the policy is reviewed again within so many days; a year at most.
    pub review_days: u16,
    /// REV-1: so many drills a year.
    pub drills_a_year: u16,
    /// Trip forms: erased so many days after its time begins to run. See [`retention`].
    pub keep_trip_forms_days: u16,
    /// Notes of a trip: erased so many days after its time begins to run. See [`retention`].
    pub keep_trip_notes_days: u16,
    /// Positions: erased so many days after its time begins to run. See [`retention`].
    pub keep_positions_days: u16,
    /// Texts received: erased so many days after its time begins to run. See [`retention`].
    pub keep_texts_days: u16,
    /// Calls received: erased so many days after its time begins to run. See [`retention`].
    pub keep_calls_days: u16,
    /// Notes of alerts: erased so many days after its time begins to run. See [`retention`].
    pub keep_alerts_days: u16,
    /// Usage log: erased so many days after its time begins to run. See [`retention`].
    pub keep_usage_days: u16,
    /// Custody of phones: erased so many days after its time begins to run. See [`retention`].
    pub keep_custody_days: u16,
    /// What became of recordings: erased so many days after its time begins to run. See [`retention`].
    pub keep_recordings_days: u16,
    /// Hand-in register: erased so many days after its time begins to run. See [`retention`].
    pub keep_hand_in_days: u16,
    /// Arrangements: erased so many days after its time begins to run. See [`retention`].
    pub keep_arrangements_days: u16,
    /// Safeguarding incidents: erased so many days after its time begins to run. See [`retention`].
    pub keep_incidents_days: u16,
    /// Names of staff who left: erased so many days after its time begins to run. See [`retention`].
    pub keep_people_days: u16,
    /// Log-ins of staff who left: erased so many days after its time begins to run. See [`retention`].
    pub keep_log_ins_days: u16,
    /// Who opened which record: erased so many days after its time begins to run. See [`retention`].
    pub keep_readings_days: u16,
    /// Messages that could not be read: erased so many days after its time begins to run. See [`retention`].
    pub keep_quarantine_days: u16,
    /// Rules in the school's own words, shown instead of Homeward's.
    pub wording: BTreeMap<Rule, RuleWords>,
}

impl Policy {
    /// A rule, in the school's words where it has some.
    pub fn words(&self, rule: Rule) -> &str {
        self.wording.get(&rule).map_or(rule.text(), RuleWords::as_str)
    }
}

/// What stands for no schedule.
const OFF: &str = "off";

fn read_schedule<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CronSchedule>, D::Error> {
    let text = String::deserialize(from)?;
    if text == OFF {
        Ok(None)
    } else {
        CronSchedule::parse(&text).map(Some).map_err(serde::de::Error::custom)
    }
}

fn write_schedule<S: Serializer>(schedule: &Option<CronSchedule>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(schedule.as_ref().map_or(OFF, CronSchedule::as_str))
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            preset: None,
            host_informed: false,
            direct_travellers: true,
            placement_rules: true,
            supply_forecast: true,
            toolkit: Vec::new(),
            pupil_devices_stay: true,
            pupil_exceptions: true,
            signed_approach: true,
            staff_arrangements: true,
            own_phones: OwnPhones::Silent,
            volunteers_accept: true,
            tour_numbers: true,
            staff_phones_located: true,
            lone_check_secs: 30 * 60,
            passcode_max_age_days: 90,
            agreement_version: 1,
            base_reserve_phones: 1,
            min_ladder_people: 2,
            ownership_lapses_secs: 15 * 60,
            silent_after_secs: 30 * 60,
            device_return_secs: 2 * 60 * 60,
            work_mobiles_to_parents: false,
            work_mobiles_to_hosts: false,
            personal_use_by_agreement: true,
            told_in_person_secs: 60 * 60,
            outside_bodies: vec![Label::parse("The council's safeguarding team").expect("a short text")],
            closed_days: Vec::new(),
            own_phone_years: Vec::new(),
            own_phone_allowed_by: vec![Role::Senior, Role::Head],
            own_phones_fetched_by: ClockTime::new(16, 0).expect("a time of day"),
            arrangement_reminder_days: 14,
            recordings_same_day: true,
            recordings_cleared_by: ClockTime::new(18, 0).expect("a time of day"),
            code_cool_down_secs: 7 * 24 * 60 * 60,
            line_tests: Some(CronSchedule::parse("0 10 9 * * MON-FRI").expect("a schedule")),
            review_days: 365,
            drills_a_year: 2,
            keep_trip_forms_days: 400,
            keep_trip_notes_days: 400,
            keep_positions_days: 30,
            keep_texts_days: 180,
            keep_calls_days: 90,
            keep_alerts_days: 400,
            keep_usage_days: 400,
            keep_custody_days: 400,
            keep_recordings_days: 400,
            keep_hand_in_days: 30,
            keep_arrangements_days: 400,
            keep_incidents_days: 9_131,
            keep_people_days: 2_192,
            keep_log_ins_days: 30,
            keep_readings_days: 730,
            keep_quarantine_days: 30,
            wording: BTreeMap::new(),
        }
    }
}
