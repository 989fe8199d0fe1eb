//! What each setting is for and may be; policies taken apart into settings, and put together again.

use std::collections::BTreeMap;

use jiff::civil;
use proto::rules::Rule;
use proto::v1::policy::{Preset, Settings};
use serde_json::Value;

use super::retention::{KEPT, Kept, LONGEST_DAYS};
use super::{Policy, preset};

/// A setting: its key in the configuration file and in events, and what whoever sets it reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Its key: `host_informed`.
    pub key: &'static str,
    /// The rule it belongs to, if RULES.md has one.
    pub rule: Option<Rule>,
    /// What it is called on the page.
    pub title: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether it is a fact of the school, which no preset sets and which stays when another preset is chosen.
    pub own: bool,
}

/// What a setting may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// On or off.
    Switch,
    /// A whole number.
    Number {
        /// The least.
        least: u32,
        /// The most.
        most: u32,
        /// What is counted: `days`.
        unit: &'static str,
    },
    /// A span, kept in seconds and shown in minutes.
    Minutes {
        /// The least, in minutes.
        least: u32,
        /// The most, in minutes.
        most: u32,
    },
    /// Short texts, at most so many.
    List {
        /// The most.
        most: usize,
    },
    /// Days: `2026-12-24`.
    Days,
    /// A time of day: `16:00`.
    Time,
    /// Year groups, 0 being Reception.
    Years,
    /// Roles of staff, one at least.
    Roles,
    /// A cron schedule by the school's clocks, or `off`.
    Schedule,
    /// One of several: each as it is kept, and in words.
    Choice(&'static [(&'static str, &'static str)]),
    /// Rules in the school's own words.
    Wording,
}

/// The most days that don't count as working days.
const MAX_DAYS: usize = 60;

/// The last year group of school and college.
const LAST_YEAR: u64 = 14;

/// A setting that doesn't exist, or can't be so.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{key}: {why}")]
pub struct BadSetting {
    /// Its key.
    pub key: String,
    /// What is wrong.
    pub why: String,
}

const fn of(key: &'static str, rule: Rule, title: &'static str, kind: Kind) -> Setting {
    Setting { key, rule: Some(rule), title, kind, own: false }
}

const fn own(key: &'static str, rule: Option<Rule>, title: &'static str, kind: Kind) -> Setting {
    Setting { key, rule, title, kind, own: true }
}

/// How long records of a kind are kept.
const fn keep(kept: &Kept) -> Setting {
    let kind = Kind::Number { least: kept.least as u32, most: LONGEST_DAYS as u32, unit: "days" };
    own(kept.key, None, kept.title, kind)
}

const OWN_PHONES: Kind = Kind::Choice(&[
    ("as-they-like", "Nothing is asked"),
    ("silent", "Away, and silent"),
    ("off", "Away, and off"),
]);

/// Every setting, in the order in which a page shows them. The preset a policy started from is none: it is chosen whole.
pub const SETTINGS: &[Setting] = &[
    of("host_informed", Rule::Form5, "Hosts know beforehand that devices will be used", Kind::Switch),
    of(
        "direct_travellers",
        Rule::Form6,
        "Pupils who travel directly to a provider are listed and awaited",
        Kind::Switch,
    ),
    of(
        "placement_rules",
        Rule::Form7,
        "A placement's phone rules are on file, and the student inducted",
        Kind::Switch,
    ),
    of(
        "min_ladder_people",
        Rule::Form8,
        "People on the emergency route beyond the trip's staff",
        Kind::Number { least: 2, most: 10, unit: "people" },
    ),
    of(
        "passcode_max_age_days",
        Rule::Dev1,
        "A passcode's confirmation is at most so old at issue",
        Kind::Number { least: 1, most: 366, unit: "days" },
    ),
    own(
        "agreement_version",
        Some(Rule::Dev3),
        "Version of the user agreement in force",
        Kind::Number { least: 1, most: 9999, unit: "" },
    ),
    of(
        "supply_forecast",
        Rule::Dev6,
        "A trip for which there are too few work mobiles is flagged",
        Kind::Switch,
    ),
    of(
        "base_reserve_phones",
        Rule::Dev6,
        "Work mobiles kept back for base",
        Kind::Number { least: 0, most: 50, unit: "phones" },
    ),
    of(
        "device_return_secs",
        Rule::Dev9,
        "Devices are due back after the return within",
        Kind::Minutes { least: 5, most: 24 * 60 },
    ),
    of(
        "toolkit",
        Rule::Dev10,
        "What visits and home visits carry, ticked at departure",
        Kind::List { most: 20 },
    ),
    of("pupil_devices_stay", Rule::Pers1, "Pupils' own devices stay at school during a trip", Kind::Switch),
    own("own_phones_fetched_by", Some(Rule::Pers1), "Pupils' phones are fetched by", Kind::Time),
    of(
        "pupil_exceptions",
        Rule::Pers2,
        "Exceptions for a pupil are agreed by the head, with an end",
        Kind::Switch,
    ),
    of(
        "arrangement_reminder_days",
        Rule::Pers2,
        "An arrangement's end is reminded of beforehand",
        Kind::Number { least: 1, most: 90, unit: "days" },
    ),
    of(
        "signed_approach",
        Rule::Pers3,
        "Post-16 students may keep theirs under a signed approach",
        Kind::Switch,
    ),
    of("own_phone_years", Rule::Pers4, "Year groups that may bring a phone (none named: any)", Kind::Years),
    of("own_phone_allowed_by", Rule::Pers4, "Who may allow another", Kind::Roles),
    of(
        "staff_arrangements",
        Rule::Pers5,
        "Special arrangements of staff are agreed case by case",
        Kind::Switch,
    ),
    of("own_phones", Rule::Pers6, "Staff's own phones while they work", OWN_PHONES),
    of(
        "volunteers_accept",
        Rule::Pers7,
        "Volunteers accept the staff rules before a form is submitted",
        Kind::Switch,
    ),
    of(
        "work_mobiles_to_parents",
        Rule::Cont5,
        "Parents and carers may be given the leader's and deputy's work mobile numbers",
        Kind::Switch,
    ),
    of("work_mobiles_to_hosts", Rule::Cont5, "Host organisations may", Kind::Switch),
    of("tour_numbers", Rule::Cont5, "Pupils on a tour may, where a senior agreed", Kind::Switch),
    of(
        "personal_use_by_agreement",
        Rule::Cont7,
        "Personal calls on a work mobile need agreement beforehand",
        Kind::Switch,
    ),
    of(
        "lone_check_secs",
        Rule::Check1,
        "Who visits a home alone checks in at least every",
        Kind::Minutes { least: 5, most: 120 },
    ),
    of(
        "silent_after_secs",
        Rule::Check1,
        "All devices of a trip silent: a warning after",
        Kind::Minutes { least: 5, most: 24 * 60 },
    ),
    of(
        "ownership_lapses_secs",
        Rule::Check2,
        "An alert that somebody has and hasn't resolved comes back after",
        Kind::Minutes { least: 1, most: 240 },
    ),
    of("staff_phones_located", Rule::Check7, "Staff phones are located, during a trip only", Kind::Switch),
    of("recordings_same_day", Rule::Media2, "Recordings are off the device the same day", Kind::Switch),
    own(
        "recordings_cleared_by",
        Some(Rule::Media2),
        "The day's open recordings go to the DSL at",
        Kind::Time,
    ),
    of(
        "told_in_person_secs",
        Rule::Inc1,
        "The DSL is told of an incident in person within",
        Kind::Minutes { least: 5, most: 24 * 60 },
    ),
    own(
        "outside_bodies",
        Some(Rule::Inc2),
        "Outside bodies that a serious incident goes to",
        Kind::List { most: 20 },
    ),
    own(
        "closed_days",
        Some(Rule::Inc2),
        "Days that are no working days, besides weekends and bank holidays",
        Kind::Days,
    ),
    own(
        "line_tests",
        Some(Rule::Cont1),
        "When the landlines are tested by a call (cron, or off)",
        Kind::Schedule,
    ),
    of(
        "review_days",
        Rule::Rev1,
        "The policy is reviewed again within",
        Kind::Number { least: 30, most: 366, unit: "days" },
    ),
    of("drills_a_year", Rule::Rev1, "Drills a year", Kind::Number { least: 1, most: 12, unit: "drills" }),
    own(
        "code_cool_down_secs",
        Some(Rule::Check2),
        "A reply code isn't used again for",
        Kind::Minutes { least: 60, most: 60 * 24 * 60 },
    ),
    keep(&KEPT[0]),
    keep(&KEPT[1]),
    keep(&KEPT[2]),
    keep(&KEPT[3]),
    keep(&KEPT[4]),
    keep(&KEPT[5]),
    keep(&KEPT[6]),
    keep(&KEPT[7]),
    keep(&KEPT[8]),
    keep(&KEPT[9]),
    keep(&KEPT[10]),
    keep(&KEPT[11]),
    keep(&KEPT[12]),
    keep(&KEPT[13]),
    keep(&KEPT[14]),
    keep(&KEPT[15]),
    own("wording", None, "Rules in the school's own words", Kind::Wording),
];

impl Setting {
    /// The setting of that key.
    pub fn find(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// What is wrong with a value that has the right shape.
    fn bounded(&self, value: &Value) -> Result<(), String> {
        let between = |found: Option<u64>, least: u32, most: u32, unit: &str| match found {
            Some(found) if (u64::from(least)..=u64::from(most)).contains(&found) => Ok(()),
            Some(_) | None => Err(format!("{least} to {most} {unit}").trim_end().to_owned()),
        };
        let at_most = |most: usize| match value.as_array() {
            Some(list) if list.len() <= most => Ok(()),
            Some(_) | None => Err(format!("a list of at most {most}")),
        };
        match self.kind {
            Kind::Number { least, most, unit } => between(value.as_u64(), least, most, unit),
            Kind::Minutes { least, most } => between(
                value.as_u64(),
                least * 60,
                most * 60,
                &format!("seconds ({least} to {most} minutes)"),
            ),
            Kind::List { most } => at_most(most),
            Kind::Days => at_most(MAX_DAYS),
            Kind::Years => match value.as_array() {
                Some(years)
                    if years.iter().all(|year| year.as_u64().is_some_and(|year| year <= LAST_YEAR)) =>
                {
                    Ok(())
                }
                Some(_) | None => Err(format!("year groups of 0 (Reception) to {LAST_YEAR}")),
            },
            Kind::Roles => match value.as_array() {
                Some(roles) if !roles.is_empty() => Ok(()),
                Some(_) | None => Err("at least one role".to_owned()),
            },
            Kind::Time | Kind::Switch | Kind::Schedule | Kind::Choice(_) | Kind::Wording => Ok(()),
        }
    }

    /// A value as a page and a table say it.
    pub fn words(&self, value: &Value) -> String {
        let list = |list: &Value| {
            let words: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if words.is_empty() { "none".to_owned() } else { words.join(", ") }
        };
        match self.kind {
            Kind::Switch => if value.as_bool() == Some(true) { "on" } else { "off" }.to_owned(),
            Kind::Number { unit, .. } => format!("{value} {unit}").trim_end().to_owned(),
            Kind::Minutes { .. } => format!("{} minutes", value.as_u64().unwrap_or_default() / 60),
            Kind::List { .. } => list(value),
            Kind::Days => {
                let shown = |day: &Value| {
                    let day: civil::Date = day.as_str()?.parse().ok()?;
                    Some(day.strftime("%-d %b %Y").to_string())
                };
                let days: Vec<String> = value.as_array().into_iter().flatten().filter_map(shown).collect();
                if days.is_empty() { "none".to_owned() } else { days.join(", ") }
            }
            Kind::Schedule | Kind::Time => value.as_str().unwrap_or_default().to_owned(),
            Kind::Roles => list(value),
            Kind::Years => {
                let year = |year: &Value| match year.as_u64()? {
                    0 => Some("Reception".to_owned()),
                    number => Some(format!("Year {number}")),
                };
                let years: Vec<String> = value.as_array().into_iter().flatten().filter_map(year).collect();
                if years.is_empty() { "any".to_owned() } else { years.join(", ") }
            }
            Kind::Choice(choices) => {
                let found = choices.iter().find(|(kept, _)| value.as_str() == Some(kept));
                found.map_or_else(|| value.to_string(), |(_, words)| (*words).to_owned())
            }
            Kind::Wording => match value.as_object().map_or(0, serde_json::Map::len) {
                0 => "Homeward's words".to_owned(),
                1 => "one rule in own words".to_owned(),
                several => format!("{several} rules in own words"),
            },
        }
    }
}

impl Policy {
    /// Every setting, by key, the preset it started from among them.
    pub fn settings(&self) -> Settings {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => Settings(fields.into_iter().collect()),
            Ok(_) | Err(_) => unreachable!("a policy is an object with text keys"),
        }
    }

    /// The value of one setting.
    pub fn value(&self, setting: &Setting) -> Value {
        self.settings().0.remove(setting.key).unwrap_or_default()
    }

    /// This policy with some settings changed.
    pub fn with(&self, set: &Settings) -> Result<Self, BadSetting> {
        let mut policy = self.clone();
        for (key, value) in &set.0 {
            let bad = |why: String| BadSetting { key: key.clone(), why };
            let setting = Setting::find(key).ok_or_else(|| bad("there is no such setting".into()))?;
            policy = policy.put(key, value).map_err(bad)?;
            setting.bounded(&policy.value(setting)).map_err(|allowed| bad(format!("it may be {allowed}")))?;
        }
        Ok(policy)
    }

    /// As a journal has it: whole. What this release doesn't know, or a later one allowed, is left as it is here.
    pub fn as_noted(&self, noted: &Settings) -> Self {
        let mut policy = self.clone();
        for (key, value) in &noted.0 {
            policy = policy.put(key, value).unwrap_or(policy);
        }
        policy
    }

    /// The policy of a preset, with what is this school's own.
    pub fn started_from(&self, preset: Preset) -> Self {
        let own: BTreeMap<_, _> = SETTINGS
            .iter()
            .filter(|setting| setting.own)
            .map(|setting| (setting.key.to_owned(), self.value(setting)))
            .collect();
        preset::policy(preset).as_noted(&Settings(own))
    }

    /// The settings that differ from another policy, with the values of this one.
    pub fn changed_from(&self, other: &Self) -> Settings {
        let before = other.settings().0;
        let differs = |(key, value): &(String, Value)| before.get(key) != Some(value);
        Settings(self.settings().0.into_iter().filter(differs).collect())
    }

    /// The settings that differ from the preset it started from: each with the preset's value.
    pub fn own_settings(&self) -> Vec<(&'static Setting, Value)> {
        let Some(start) = self.preset.map(preset::policy) else { return Vec::new() };
        let (here, there) = (self.settings().0, start.settings().0);
        let differing = SETTINGS.iter().filter(|s| !s.own && here.get(s.key) != there.get(s.key));
        differing.filter_map(|setting| Some((setting, there.get(setting.key)?.clone()))).collect()
    }

    fn put(&self, key: &str, value: &Value) -> Result<Self, String> {
        let mut fields: serde_json::Map<String, Value> = self.settings().0.into_iter().collect();
        fields.insert(key.to_owned(), value.clone());
        serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests;
