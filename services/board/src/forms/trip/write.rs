//! A [`TripForm`] as typed fields.

use jiff::{SignedDuration, Timestamp};
use proto::ids::PersonId;
use proto::v1::trips::{StaffOnForm, TripForm};
use proto::values::{Personal, SchoolZone};

use crate::auth::Fields;
use crate::pages::words::typed;

/// The fields that a form would have been typed with.
pub(crate) fn write(form: &TripForm, zone: &SchoolZone) -> Fields {
    let mut w = Writer { pairs: Vec::new(), zone };
    w.head(form);
    w.people(form);
    w.direct(form);
    w.plan(form);
    w.emergency(form);
    Fields::new(w.pairs)
}

/// A new form, with what is most often right.
pub(crate) fn blank(leader: PersonId, now: Timestamp, zone: &SchoolZone) -> Fields {
    let tomorrow = zone.local(now.saturating_add(SignedDuration::from_hours(24)).unwrap_or(now)).date();
    let pairs = [
        ("kind", "local_visit".to_owned()),
        ("window.from", format!("{tomorrow}T09:15")),
        ("window.to", format!("{tomorrow}T14:45")),
        ("delay_tolerance_minutes", "30".to_owned()),
        ("leader", leader.to_string()),
        ("staff[0].person", leader.to_string()),
        ("plan.every_minutes", "60".to_owned()),
        ("plan.points", "arrival".to_owned()),
        ("plan.points", "return".to_owned()),
        ("plan.remind_before_minutes", "5".to_owned()),
        ("plan.grace_minutes", "10".to_owned()),
        ("emergency.lost_child_police_minutes", "15".to_owned()),
    ];
    Fields::new(pairs.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

struct Writer<'a> {
    pairs: Vec<(String, String)>,
    zone: &'a SchoolZone,
}

impl Writer<'_> {
    fn put(&mut self, name: impl Into<String>, value: impl ToString) {
        self.pairs.push((name.into(), value.to_string()));
    }

    fn maybe(&mut self, name: impl Into<String>, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn moment(&mut self, name: impl Into<String>, at: Option<Timestamp>) {
        let zone = self.zone;
        self.maybe(name, at.map(|at| typed(zone, at)));
    }

    fn head(&mut self, form: &TripForm) {
        self.put("title", &form.title);
        self.put("kind", name_of(&form.kind));
        if form.drill {
            self.put("drill", "yes");
        }
        self.maybe("purpose", form.purpose.as_ref());
        self.moment("window.from", Some(form.window.from));
        self.moment("window.to", Some(form.window.to));
        self.put("delay_tolerance_minutes", form.delay_tolerance_secs / 60);
        self.maybe("transport", form.transport.as_ref());
        self.maybe("risk_assessment", form.risk_assessment.as_ref());
        self.maybe("consent", form.consent.as_ref());
        if let Some(placement) = &form.placement {
            self.maybe("placement.rules_on_file", placement.rules_on_file.as_ref());
            self.maybe("placement.inducted_on", placement.inducted_on);
        }
        if let Some(planned) = &form.recording {
            self.put("recording", "yes");
            self.maybe("recording.consent", planned.consent.as_ref());
        }
        for (row, destination) in form.destinations.iter().enumerate() {
            let at = |part: &str| format!("destinations[{row}].{part}");
            let area = destination.area;
            self.put(at("name"), &destination.name);
            self.put(at("where"), format!("{}, {}", area.centre.lat, area.centre.lon));
            self.put(at("radius_m"), area.radius_m);
            self.moment(at("arrive_at"), destination.arrive_at);
            self.moment(at("leave_at"), destination.leave_at);
            if destination.alert_off_area {
                self.put(at("alert_off_area"), "yes");
            }
        }
        if let Some(host) = &form.host {
            self.put("host.organisation", &host.organisation);
            self.maybe("host.contact", host.contact.as_ref().and_then(Personal::get));
            self.maybe("host.number", host.number.as_ref());
            self.maybe("host.informed_on", host.informed_on);
        }
    }

    fn people(&mut self, form: &TripForm) {
        self.put("leader", form.leader);
        self.maybe("deputy", form.deputy);
        self.staff("staff", &form.staff);
        self.staff("reserves", &form.reserves);
        for (row, device) in form.spare_devices.iter().enumerate() {
            self.put(format!("spare_devices[{row}]"), device);
        }
        for (row, volunteer) in form.volunteers.iter().enumerate() {
            self.maybe(format!("volunteers[{row}].name"), volunteer.name.get());
            if volunteer.accepted_rules {
                self.put(format!("volunteers[{row}].accepted_rules"), "yes");
            }
        }
        self.put("pupils", form.pupils);
        for (row, pupil) in form.pupil_phones.iter().enumerate() {
            self.put(format!("pupil_phones[{row}].pupil"), pupil.pupil);
            self.maybe(format!("pupil_phones[{row}].name"), pupil.name.get());
            self.maybe(format!("pupil_phones[{row}].reason"), pupil.reason.get());
        }
        for (row, group) in form.groups.iter().enumerate() {
            let at = |part: &str| format!("groups[{row}].{part}");
            self.put(at("group"), group.group);
            self.put(at("name"), &group.name);
            self.put(at("adult"), group.adult);
            self.put(at("expected"), group.expected);
        }
    }

    fn direct(&mut self, form: &TripForm) {
        for (row, one) in form.direct.iter().enumerate() {
            let at = |part: &str| format!("direct[{row}].{part}");
            self.put(at("pupil"), one.pupil);
            self.maybe(at("name"), one.name.get());
            self.put(at("provider"), &one.provider);
            self.maybe(at("contact"), one.contact.as_ref().and_then(Personal::get));
            self.maybe(at("number"), one.number.as_ref());
            self.moment(at("due_at"), one.due_at);
            self.maybe(at("devices"), one.devices.as_ref());
        }
    }

    fn staff(&mut self, list: &str, staff: &[StaffOnForm]) {
        for (row, entry) in staff.iter().enumerate() {
            self.put(format!("{list}[{row}].person"), entry.person);
            self.maybe(format!("{list}[{row}].work_mobile"), entry.work_mobile.as_ref());
        }
    }

    fn plan(&mut self, form: &TripForm) {
        let plan = &form.plan;
        self.maybe("plan.every_minutes", plan.every_minutes);
        self.maybe("plan.at", plan.at.as_ref().map(|schedule| schedule.as_str()));
        for point in &plan.points {
            self.put("plan.points", name_of(point));
        }
        self.put("plan.remind_before_minutes", plan.remind_before_secs / 60);
        self.put("plan.grace_minutes", plan.grace_secs / 60);
        for (row, quiet) in form.quiet.iter().enumerate() {
            let at = |part: &str| format!("quiet[{row}].{part}");
            self.moment(at("from"), Some(quiet.window.from));
            self.moment(at("to"), Some(quiet.window.to));
            self.put(at("reason"), name_of(&quiet.reason));
            self.put(at("fallback"), &quiet.fallback);
        }
    }

    fn emergency(&mut self, form: &TripForm) {
        let plan = &form.emergency;
        self.put("emergency.base_contact", plan.base_contact);
        for (list, people) in [("office", &plan.office), ("dsl", &plan.dsl), ("senior", &plan.senior)] {
            for (row, person) in people.iter().enumerate() {
                self.put(format!("emergency.{list}[{row}]"), person);
            }
        }
        self.put("emergency.parents_rung_by", &plan.parents_rung_by);
        self.put("emergency.records_kept_at", &plan.records_kept_at);
        self.put("emergency.lost_child_police_minutes", plan.lost_child_police_minutes);
        if let Some(agreed) = &plan.tour_numbers {
            self.put("emergency.tour_numbers.agreed_by", agreed.agreed_by);
            for (row, person) in agreed.whose.iter().enumerate() {
                self.put(format!("emergency.tour_numbers.whose[{row}]"), person);
            }
        }
    }
}

/// A variant's name in the contract.
fn name_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}
