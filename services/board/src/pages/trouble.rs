//! What stands against something, as it is shown: the rule's id, what is wrong, what would satisfy it.

use axum::http::StatusCode;
use proto::refusal::{Refusal as _, RefusalBody};
use proto::v1::trips::{ReadinessItem, TripForm};
use proto::v1::{devices, trips};

use super::words::sentence;
use crate::asking::Asked;
use crate::forms::FieldError;
use crate::view::SchoolView;

/// A refusal, a role that lacks, or a fault.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    pub(crate) title: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: String,
    pub(crate) status: StatusCode,
    /// What only some have; apart, since most answers have no trouble at all.
    pub(crate) details: Box<Details>,
}

/// What a refusal tells besides its sentence and its remedy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    /// The rule's id and its sentence, in the school's own words where it has some.
    pub(crate) rule: Option<(&'static str, String)>,
    /// The field of the command, as the refusal names it.
    pub(crate) field: Option<String>,
    /// A gate's whole list.
    pub(crate) checks: Vec<Check>,
    /// The same as the service told it.
    items: Vec<ReadinessItem>,
    /// Further sentences: each fault of a tray, each field that changed.
    pub(crate) more: Vec<String>,
}

/// One line of a readiness list.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) ok: bool,
    pub(crate) rule: &'static str,
    /// In the school's own words, where it has some.
    pub(crate) rule_text: String,
    pub(crate) who: Option<String>,
    pub(crate) text: String,
    pub(crate) remedy: String,
    /// Where the remedy is done.
    pub(crate) href: Option<String>,
}

impl Check {
    pub(crate) fn of(view: &SchoolView, item: &ReadinessItem) -> Self {
        let person = item.person.map(|person| view.person_name(person));
        let device = item.device.map(|device| view.device_tag(device));
        let who = match (person, device) {
            (Some(person), Some(device)) => Some(format!("{person} ({device})")),
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => None,
        };
        Self {
            ok: item.ok,
            rule: item.rule.id(),
            rule_text: view.school.policy.words(item.rule).to_owned(),
            who,
            text: item.text.clone(),
            remedy: item.remedy.clone(),
            href: None,
        }
    }

    /// The same, with the pupil named where it is about a pupil's phone, or one who travels directly: lists carry no names
    /// of pupils. [DEV-7, FORM-6]
    pub(crate) fn of_form(view: &SchoolView, form: &TripForm, items: &[ReadinessItem]) -> Vec<Self> {
        let named = |item: &ReadinessItem| {
            let mut check = Self::of(view, item);
            let place = item.field.as_deref().and_then(|field| field.strip_prefix("pupil_phones["));
            let place = place.and_then(|rest| rest.strip_suffix(']')?.parse::<usize>().ok());
            let direct = item.field.as_deref().and_then(|field| field.strip_prefix("direct["));
            let direct = direct.and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
            if let Some(traveller) = direct.and_then(|place| form.direct.get(place)) {
                check.who = Some(traveller.name.shown());
            }
            if let Some(pupil) = place.and_then(|place| form.pupil_phones.get(place)) {
                let phone = check.who.map(|tag| format!(" ({tag})")).unwrap_or_default();
                check.who = Some(format!("{}{phone}", pupil.name.shown()));
            }
            check
        };
        let mut checks: Vec<_> = items.iter().map(named).collect();
        checks.sort_by_key(|check| check.ok);
        checks
    }

    /// What isn't satisfied comes first.
    pub(crate) fn list(view: &SchoolView, items: &[ReadinessItem]) -> Vec<Self> {
        let mut checks: Vec<_> = items.iter().map(|item| Self::of(view, item)).collect();
        checks.sort_by_key(|check| check.ok);
        checks
    }
}

impl Trouble {
    pub(crate) fn of(view: &SchoolView, asked: Asked) -> Self {
        match asked {
            Asked::Forbidden(forbidden) => {
                Self::plain("You can't do this", forbidden.to_string(), StatusCode::FORBIDDEN)
            }
            Asked::Refused(body) => Self::refused(view, &body),
            Asked::Faulted(why) => Self {
                remedy: "Nothing may have been changed: look, then try again in a moment.".to_owned(),
                ..Self::plain(
                    "It could not be done just now",
                    sentence(&why),
                    StatusCode::SERVICE_UNAVAILABLE,
                )
            },
        }
    }

    pub(crate) fn plain(title: &'static str, message: String, status: StatusCode) -> Self {
        Self { title, message, remedy: String::new(), status, details: Box::default() }
    }

    fn refused(view: &SchoolView, body: &RefusalBody) -> Self {
        let mut trouble = Self {
            remedy: body.remedy.clone(),
            ..Self::plain("This was refused", sentence(&body.message), StatusCode::UNPROCESSABLE_ENTITY)
        };
        trouble.details.rule = body.rule.map(|rule| (rule.id(), view.school.policy.words(rule).to_owned()));
        trouble.details.field = body.field.clone();
        if let Ok(refusal) = serde_json::from_value::<trips::Refusal>(body.details.clone()) {
            trouble.add_trip_details(view, &refusal);
        } else if let Ok(refusal) = serde_json::from_value::<devices::Refusal>(body.details.clone()) {
            trouble.add_device_details(view, &refusal);
        }
        trouble
    }

    fn add_device_details(&mut self, view: &SchoolView, refusal: &devices::Refusal) {
        if let devices::Refusal::TwiceInTray { device } = refusal {
            self.message = format!("{}: {}", view.device_tag(*device), self.message);
        } else if let devices::Refusal::TrayRefused { faults } = refusal {
            self.message = "Nothing was handed out.".to_owned();
            self.remedy = String::new();
            let line = |(device, fault): &(proto::ids::DeviceId, Box<devices::Refusal>)| {
                let rule = fault.rule().map(|rule| format!("{rule}: ")).unwrap_or_default();
                format!(
                    "{}: {rule}{} {}",
                    view.device_tag(*device),
                    sentence(&fault.to_string()),
                    fault.remedy()
                )
            };
            self.details.more = faults.iter().map(line).collect();
        }
    }

    fn add_trip_details(&mut self, view: &SchoolView, refusal: &trips::Refusal) {
        if let trips::Refusal::NotReady { items } = refusal {
            // The page's own list has those that hold.
            self.details.checks = Check::list(view, items);
            self.details.checks.retain(|check| !check.ok);
            self.details.items = items.clone();
            self.remedy = String::new();
        } else if let trips::Refusal::NotAWorkMobile { person, .. } = refusal {
            self.message = format!("{}: {}", view.person_name(*person), self.message);
            // What becomes of the phone whose number it may be. [PERS-6]
            if let Some(asked) = view.school.policy.own_phones.words() {
                self.remedy = format!("{} {asked} [PERS-6]", self.remedy);
            }
        } else if let trips::Refusal::StaleForm { changed, .. } = refusal
            && !changed.is_empty()
        {
            self.details.more = vec![format!("Changed meanwhile: {}.", super::trip_words::fields(changed))];
        }
    }

    /// Pupils whose phones a refusal is about, by the form's own names. [DEV-7]
    pub(crate) fn name_pupils(&mut self, view: &SchoolView, form: &TripForm) {
        if !self.details.items.is_empty() {
            self.details.checks = Check::of_form(view, form, &self.details.items);
            self.details.checks.retain(|check| !check.ok);
        }
    }

    /// As an error beside the field that it names, if it names one.
    pub(crate) fn beside_field(&self) -> Option<FieldError> {
        let field = self.details.field.as_deref()?;
        let field = field.strip_prefix("form.").unwrap_or(field);
        let rule = self.details.rule.as_ref().map(|(id, _)| format!("{id}: ")).unwrap_or_default();
        Some(FieldError::new(field, format!("{rule}{} {}", self.message, self.remedy)))
    }
}
