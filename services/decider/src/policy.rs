//! The settings of a school that rules lean on. Each has a default that a real school could live with.

use jiff::civil;
use proto::v1::people::Role;
use proto::values::{ClockTime, CronSchedule, Label};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values a school may set; the rules behind them can't be switched off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
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
    /// MEDIA-3: a form on which recording is planned names the consents to it.
    pub recording_needs_consent: bool,
    /// A reply code isn't used again for this long, in seconds.
    pub code_cool_down_secs: u32,
    /// CONT-1: when the landlines are tested by a call, local time; `off`: never. Only a line that is staffed then is rung.
    #[serde(deserialize_with = "read_schedule", serialize_with = "write_schedule")]
    pub line_tests: Option<CronSchedule>,
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
            recording_needs_consent: true,
            code_cool_down_secs: 7 * 24 * 60 * 60,
            line_tests: Some(CronSchedule::parse("0 10 9 * * MON-FRI").expect("a schedule")),
        }
    }
}
