//! Typed fields into a [`TripForm`].

use proto::ids::{DeviceId, GroupId, PersonId, PupilId};
use proto::v1::trips::{
    CheckInPlan, Destination, DirectTraveller, EmergencyPlan, GroupPlan, HostContact, NamedPoint, Placement,
    PlannedRecording, PupilWithPhone, QuietReason, QuietWindow, StaffOnForm, TourNumbers, TripForm, TripKind,
    VolunteerOnForm,
};
use proto::values::{Area, AssetTag, CronSchedule, Label, Name, Personal, PhoneNumber, Point};

use super::super::rows::rows;
use super::super::{FieldError, Reader};
use crate::auth::Fields;
use crate::view::SchoolView;

/// Reads a form whose empty rows were dropped; every error at once.
pub(crate) fn read(fields: &Fields, view: &SchoolView) -> Result<TripForm, Vec<FieldError>> {
    let mut reader = Reader::new(fields, &view.school.zone);
    let form = FormReader { r: &mut reader, fields, view }.form();
    reader.finish(form)
}

struct FormReader<'r, 'a> {
    r: &'r mut Reader<'a>,
    fields: &'a Fields,
    view: &'a SchoolView,
}

impl FormReader<'_, '_> {
    /// Everything is read before anything is put together, so that all errors are found.
    fn form(&mut self) -> Option<TripForm> {
        let title = self.r.text("title", "Write what the trip is called.");
        let kind = self.r.required("kind", "Choose the kind of outing.", one_of::<TripKind>);
        let purpose = self.r.optional_text("purpose");
        let window = self.r.window("window");
        let delay_tolerance_secs =
            self.minutes("delay_tolerance_minutes", "Write how many minutes of delay are fine (0 for none).");
        let transport = self.r.optional_text("transport");
        let leader = self.r.id::<PersonId>("leader", "Choose who leads.");
        let deputy = self.r.optional_id::<PersonId>("deputy");
        let destinations = self.each("destinations", Self::destination);
        let staff = self.each("staff", Self::staff);
        let reserves = self.each("reserves", Self::staff);
        let spare_devices = self.each("spare_devices", Self::spare);
        let volunteers = self.each("volunteers", Self::volunteer);
        let pupils = self.r.headcount("pupils", "Write how many pupils go.");
        let pupil_phones = self.each("pupil_phones", Self::pupil);
        let groups = self.each("groups", Self::group);
        let direct = self.each("direct", Self::direct);
        let plan = self.plan();
        let quiet = self.each("quiet", Self::quiet);
        let emergency = self.emergency();
        let risk_assessment = self.r.optional_text("risk_assessment");
        let consent = self.r.optional_text("consent");
        let host = self.host();
        let recording = self.recording();
        let placement = self.placement();
        Some(TripForm {
            title: title?,
            kind: kind?,
            purpose: purpose?,
            window: window?,
            delay_tolerance_secs: delay_tolerance_secs?,
            destinations: destinations?,
            transport: transport?,
            leader: leader?,
            deputy: deputy?,
            staff: staff?,
            reserves: reserves?,
            spare_devices: spare_devices?,
            volunteers: volunteers?,
            pupils: pupils?,
            pupil_phones: pupil_phones?,
            groups: groups?,
            plan: plan?,
            quiet: quiet?,
            emergency: emergency?,
            risk_assessment: risk_assessment?,
            consent: consent?,
            host: host?,
            recording: recording?,
            placement: placement?,
            direct: direct?,
            drill: self.r.ticked("drill"),
        })
    }

    /// Ticked, or with the reference of the consents to it. [MEDIA-3]
    fn recording(&mut self) -> Option<Option<PlannedRecording>> {
        let consent = self.r.optional_text("recording.consent")?;
        let planned = self.r.ticked("recording") || consent.is_some();
        Some(planned.then_some(PlannedRecording { consent }))
    }

    /// Where the placement's rules are, and when the student was inducted: nothing of it typed, no placement. [FORM-7]
    fn placement(&mut self) -> Option<Option<Placement>> {
        let rules_on_file = self.r.optional_text("placement.rules_on_file");
        let inducted_on = self.day("placement.inducted_on");
        let (rules_on_file, inducted_on) = (rules_on_file?, inducted_on?);
        let some = rules_on_file.is_some() || inducted_on.is_some();
        Some(some.then_some(Placement { rules_on_file, inducted_on }))
    }

    fn day(&mut self, name: &str) -> Option<Option<jiff::civil::Date>> {
        self.r.optional(name, |text| text.parse::<jiff::civil::Date>().map_err(|_| "write it as 2026-11-20"))
    }

    /// Every row of a list; none if one can't be read, though all are looked at.
    fn each<T>(&mut self, list: &str, mut read: impl FnMut(&mut Self, &str) -> Option<T>) -> Option<Vec<T>> {
        let found: Vec<Option<T>> =
            (0..rows(self.fields, list)).map(|row| read(self, &format!("{list}[{row}]"))).collect();
        found.into_iter().collect()
    }

    fn minutes(&mut self, name: &str, ask: &str) -> Option<u32> {
        let minutes = self.r.number::<u32>(name, ask)?;
        let secs = minutes.checked_mul(60);
        if secs.is_none() {
            self.r.error(name, "So many minutes can't be.");
        }
        secs
    }

    /// A person, and the work mobile that stands against them: its number, or its tag.
    fn staff(&mut self, row: &str) -> Option<StaffOnForm> {
        let person = self.r.id::<PersonId>(&format!("{row}.person"), "Choose who this is.");
        let view = self.view;
        let work_mobile = self.r.optional(&format!("{row}.work_mobile"), |text| work_mobile(view, text));
        Some(StaffOnForm { person: person?, work_mobile: work_mobile? })
    }

    fn spare(&mut self, row: &str) -> Option<DeviceId> {
        self.r.id(row, "Choose a work mobile.")
    }

    fn volunteer(&mut self, row: &str) -> Option<VolunteerOnForm> {
        let name = self.r.text(&format!("{row}.name"), "Write the volunteer's name.");
        let accepted_rules = self.r.ticked(&format!("{row}.accepted_rules"));
        let name: Name = name?;
        Some(VolunteerOnForm { name: Personal::known(name), accepted_rules })
    }

    fn pupil(&mut self, row: &str) -> Option<PupilWithPhone> {
        let pupil = self.r.optional_id::<PupilId>(&format!("{row}.pupil"))?.unwrap_or_default();
        let name: Option<Label> =
            self.r.text(&format!("{row}.name"), "Write initials or a first name: enough for the desk.");
        let reason =
            self.r.text(&format!("{row}.reason"), "State why the pupil may need a phone for safety.");
        Some(PupilWithPhone { pupil, name: Personal::known(name?), reason: Personal::known(reason?) })
    }

    fn group(&mut self, row: &str) -> Option<GroupPlan> {
        let group = self.r.optional_id::<GroupId>(&format!("{row}.group"))?.unwrap_or_default();
        let name = self.r.text(&format!("{row}.name"), "Give the group a name.");
        let adult = self.r.id(&format!("{row}.adult"), "Choose the group's adult.");
        let expected =
            self.r.headcount(&format!("{row}.expected"), "Write how many pupils are in the group.");
        Some(GroupPlan { group, name: name?, adult: adult?, expected: expected? })
    }

    /// A pupil who travels directly. What is still missing is asked before the form is submitted. [FORM-6]
    fn direct(&mut self, row: &str) -> Option<DirectTraveller> {
        let part = |part: &str| format!("{row}.{part}");
        let pupil = self.r.optional_id::<PupilId>(&part("pupil"))?.unwrap_or_default();
        let name: Option<Label> =
            self.r.text(&part("name"), "Write initials or a first name: enough for whoever rings.");
        let provider = self.r.text(&part("provider"), "Name the provider.");
        let contact = self.r.optional_text::<120>(&part("contact"));
        let number = self.r.optional(&part("number"), PhoneNumber::parse);
        let due_at = self.r.optional_moment(&part("due_at"));
        let devices = self.r.optional_text(&part("devices"));
        Some(DirectTraveller {
            pupil,
            name: Personal::known(name?),
            provider: provider?,
            contact: contact?.map(Personal::known),
            number: number?,
            due_at: due_at?,
            devices: devices?,
        })
    }

    fn destination(&mut self, row: &str) -> Option<Destination> {
        let name = self.r.text(&format!("{row}.name"), "Write what the place is called.");
        let radius = format!("{row}.radius_m");
        let centre = self.r.required(&format!("{row}.where"), "Give its latitude and longitude.", point);
        let radius_m = self.r.number::<f64>(&radius, "Give the radius of a circle around it, in metres.");
        let arrive_at = self.r.optional_moment(&format!("{row}.arrive_at"));
        let leave_at = self.r.optional_moment(&format!("{row}.leave_at"));
        let area = match Area::new(centre?, radius_m?) {
            Ok(area) => area,
            Err(why) => {
                self.r.error(&radius, crate::pages::words::sentence(&why.to_string()));
                return None;
            }
        };
        let alert_off_area = self.r.ticked(&format!("{row}.alert_off_area"));
        Some(Destination { name: name?, area, arrive_at: arrive_at?, leave_at: leave_at?, alert_off_area })
    }

    fn plan(&mut self) -> Option<CheckInPlan> {
        let every_minutes = self.r.optional_number::<u16>("plan.every_minutes");
        let at = self.r.optional("plan.at", CronSchedule::parse);
        let points =
            self.fields.all("plan.points").filter_map(|text| one_of::<NamedPoint>(text).ok()).collect();
        let remind = self.minutes(
            "plan.remind_before_minutes",
            "Write how many minutes before a reminder goes out (0 for none).",
        );
        let grace =
            self.minutes("plan.grace_minutes", "Write how many minutes late a check-in still counts.");
        Some(CheckInPlan {
            every_minutes: every_minutes?,
            at: at?,
            points,
            remind_before_secs: remind?,
            grace_secs: grace?,
        })
    }

    fn quiet(&mut self, row: &str) -> Option<QuietWindow> {
        let window = self.r.window(row);
        let reason = self.r.required(
            &format!("{row}.reason"),
            "Choose why nobody can be asked.",
            one_of::<QuietReason>,
        );
        let fallback = self.r.text(&format!("{row}.fallback"), "Say how base reaches the party meanwhile.");
        Some(QuietWindow { window: window?, reason: reason?, fallback: fallback? })
    }

    fn emergency(&mut self) -> Option<EmergencyPlan> {
        let base_contact = self.r.id("emergency.base_contact", "Choose who holds base.");
        let mut step = |list| self.each(list, |this, row| this.r.id::<PersonId>(row, "Choose somebody."));
        let (office, dsl, senior) =
            (step("emergency.office"), step("emergency.dsl"), step("emergency.senior"));
        let rung_by = self
            .r
            .text("emergency.parents_rung_by", "Say who rings parents, from school phones only. [CONT-8]");
        let kept_at = self.r.text(
            "emergency.records_kept_at",
            "Say where names, medical notes and home numbers are kept. [CONT-8]",
        );
        let tour_numbers = self.tour_numbers();
        let police = self.r.number(
            "emergency.lost_child_police_minutes",
            "Write after how many minutes the police are called.",
        );
        Some(EmergencyPlan {
            base_contact: base_contact?,
            office: office?,
            dsl: dsl?,
            senior: senior?,
            parents_rung_by: rung_by?,
            records_kept_at: kept_at?,
            lost_child_police_minutes: police?,
            tour_numbers: tour_numbers?,
        })
    }

    /// Who agreed that pupils of a tour are given numbers of work mobiles, and whose. [CONT-5]
    fn tour_numbers(&mut self) -> Option<Option<TourNumbers>> {
        let agreed_by = self.r.optional_id::<PersonId>("emergency.tour_numbers.agreed_by");
        let whose = self.each("emergency.tour_numbers.whose", |this, row| {
            this.r.id::<PersonId>(row, "Choose somebody who is along.")
        });
        match (agreed_by?, whose?) {
            (Some(agreed_by), whose) => Some(Some(TourNumbers { agreed_by, whose })),
            (None, whose) if whose.is_empty() => Some(None),
            (None, _) => {
                self.r
                    .error("emergency.tour_numbers.agreed_by", "Name the senior who agreed to it. [CONT-5]");
                None
            }
        }
    }

    fn host(&mut self) -> Option<Option<HostContact>> {
        let organisation = self.r.optional_text::<80>("host.organisation");
        let contact = self.r.optional_text::<120>("host.contact");
        let number = self.r.optional("host.number", PhoneNumber::parse);
        let informed_on = self.day("host.informed_on");
        let (organisation, contact, number) = (organisation?, contact?, number?);
        let informed_on = informed_on?;
        match organisation {
            Some(organisation) => {
                let contact = contact.map(Personal::known);
                Some(Some(HostContact { organisation, contact, number, informed_on }))
            }
            None if contact.is_some() || number.is_some() => {
                self.r.error("host.organisation", "Name the host organisation.");
                None
            }
            None => Some(None),
        }
    }
}

/// A work mobile by its tag, or a number as it was typed: whether it is on the register is the trips service's to say.
fn work_mobile(view: &SchoolView, text: &str) -> Result<PhoneNumber, String> {
    let tag = AssetTag::parse(text.split([' ', '·']).next().unwrap_or(text)).ok();
    let tagged = tag.and_then(|tag| view.devices.by_tag(&tag)).and_then(|id| view.devices.device(id));
    match tagged {
        Some(device) => Ok(device.number.clone()),
        None => PhoneNumber::parse(text).map_err(|why| why.to_string()),
    }
}

/// `51.4545, -2.6033`.
fn point(text: &str) -> Result<Point, String> {
    let bad = || format!("latitude and longitude are needed, such as 51.4545, -2.6033, not {text:?}");
    let (lat, lon) = text.split_once(',').ok_or_else(bad)?;
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| bad());
    Point::new(degrees(lat)?, degrees(lon)?).map_err(|why| why.to_string())
}

/// A variant, by its name in the contract.
fn one_of<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, &'static str> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| "choose one of the list")
}
