//! A trip's form in words: what changed, and the form as it is read and printed.

use proto::v1::trips::{CheckInPlan, PlannedRecording, StaffOnForm, TripForm};
use proto::values::{Area, PhoneNumber};

use super::arrivals::on_form;
use super::shell::Looking;
use super::words;

/// `staff` as a person reads it.
fn field(name: &str) -> &str {
    match name {
        "delay_tolerance_secs" => "delay allowed",
        "window" => "departure and return",
        "pupil_phones" => "pupils with phones",
        "spare_devices" => "spare phones",
        "plan" => "check-in plan",
        "quiet" => "quiet windows",
        "emergency" => "emergency route",
        "risk_assessment" => "risk assessment",
        "consent" => "consents",
        "recording" => "recording",
        "placement" => "placement",
        "direct" => "pupils who travel directly",
        other => other,
    }
}

/// Several fields, listed.
pub(crate) fn fields(names: &[String]) -> String {
    names.iter().map(|name| field(name)).collect::<Vec<_>>().join(", ")
}

/// Labelled lines of a part of the form.
pub(crate) type Lines = Vec<(&'static str, String)>;

/// The form, part by part.
#[derive(Clone, Debug)]
pub(crate) struct FormWords {
    pub(crate) outing: Lines,
    pub(crate) staff: Vec<(String, String, String)>,
    /// What the school asks of staff's own phones, and where their families ring. [PERS-6]
    pub(crate) own_phones: Option<String>,
    pub(crate) reserves: Vec<(String, String, String)>,
    pub(crate) spares: Vec<String>,
    pub(crate) groups: Vec<(String, String, u32)>,
    pub(crate) pupil_phones: Vec<(String, String)>,
    /// Pupils who travel directly: who, and where to, when, who confirms it.
    pub(crate) direct: Vec<(String, String)>,
    pub(crate) volunteers: Vec<(String, bool)>,
    pub(crate) destinations: Vec<(String, String)>,
    pub(crate) plan: Lines,
    pub(crate) emergency: Lines,
}

impl FormWords {
    pub(crate) fn of(look: &Looking<'_>, form: &TripForm) -> Self {
        let view = look.view;
        Self {
            outing: outing(look, form),
            staff: staff(look, form, &form.staff),
            own_phones: own_phones(look),
            reserves: staff(look, form, &form.reserves),
            spares: form.spare_devices.iter().map(|device| view.device_tag(*device)).collect(),
            groups: form
                .groups
                .iter()
                .map(|g| (g.name.to_string(), view.person_name(g.adult), g.expected.get()))
                .collect(),
            pupil_phones: form.pupil_phones.iter().map(|p| (p.name.shown(), p.reason.shown())).collect(),
            direct: form.direct.iter().map(|one| on_form(look, one)).collect(),
            volunteers: form.volunteers.iter().map(|v| (v.name.shown(), v.accepted_rules)).collect(),
            destinations: form.destinations.iter().map(|d| (d.name.to_string(), times(look, d))).collect(),
            plan: plan(look, form),
            emergency: emergency(look, form),
        }
    }
}

impl FormWords {
    /// Part by part, a line for each thing: so that two forms can be laid side by side.
    pub(crate) fn flat(&self) -> Vec<(&'static str, Vec<String>)> {
        let labelled =
            |lines: &Lines| lines.iter().map(|(label, value)| format!("{label}: {value}")).collect();
        let people = |people: &[(String, String, String)]| {
            let one = |(name, part, number): &(String, String, String)| match part.as_str() {
                "" => format!("{name}, {number}"),
                part => format!("{name} ({part}), {number}"),
            };
            people.iter().map(one).collect()
        };
        let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(a, b)| format!("{a}: {b}")).collect();
        vec![
            ("The outing", labelled(&self.outing)),
            ("Staff and work mobiles", people(&self.staff)),
            ("Reserves", people(&self.reserves)),
            ("Spare phones", self.spares.clone()),
            (
                "Groups",
                self.groups.iter().map(|(name, adult, n)| format!("{name}: {n} pupils, {adult}")).collect(),
            ),
            ("Pupils with a basic phone", pairs(&self.pupil_phones)),
            ("Travelling directly", pairs(&self.direct)),
            ("Volunteers", self.volunteers.iter().map(|(name, _)| name.clone()).collect()),
            ("Destinations", pairs(&self.destinations)),
            ("Check-ins", labelled(&self.plan)),
            ("Emergency route", labelled(&self.emergency)),
        ]
    }
}

fn outing(look: &Looking<'_>, form: &TripForm) -> Lines {
    let mut lines = vec![
        ("When", look.when().window(form.window)),
        ("Delay allowed", words::count(u64::from(form.delay_tolerance_secs / 60), "minute", "minutes")),
        ("Kind", words::trip_kind(form.kind).to_owned()),
        ("Pupils", pupils(form)),
    ];
    let optional = [
        ("Purpose", form.purpose.as_ref().map(ToString::to_string)),
        ("Transport", form.transport.as_ref().map(ToString::to_string)),
        ("Risk assessment", form.risk_assessment.as_ref().map(ToString::to_string)),
        ("Recording", form.recording.as_ref().map(recording)),
        ("Consents", form.consent.as_ref().map(ToString::to_string)),
        ("Host", form.host.as_ref().map(|host| host.organisation.to_string())),
        (
            "Host's contact",
            form.host.as_ref().and_then(|host| host.contact.as_ref()).map(|name| name.shown()),
        ),
        (
            "Host told of devices",
            form.host
                .as_ref()
                .and_then(|host| host.informed_on)
                .map(|day| day.strftime("%-d %b %Y").to_string()),
        ),
        (
            "Placement's phone rules",
            form.placement
                .as_ref()
                .and_then(|placement| placement.rules_on_file.as_ref())
                .map(ToString::to_string),
        ),
        (
            "Student inducted",
            form.placement
                .as_ref()
                .and_then(|placement| placement.inducted_on)
                .map(|day| day.strftime("%-d %b %Y").to_string()),
        ),
        ("Host's number", form.host.as_ref().and_then(|host| host.number.as_ref()).map(ToString::to_string)),
    ];
    lines.extend(optional.into_iter().filter_map(|(label, value)| Some((label, value?))));
    if form.drill {
        lines.insert(0, ("Drill", "the whole trip, through real channels".to_owned()));
    }
    lines
}

/// Those who go with the party; those who travel directly are counted apart. [FORM-6]
fn pupils(form: &TripForm) -> String {
    match form.direct.len() {
        0 => form.pupils.to_string(),
        more => format!("{} with the party, and {more} directly to a provider", form.pupils),
    }
}

/// Recording that is planned, and the consents to it. [MEDIA-3]
fn recording(planned: &PlannedRecording) -> String {
    match &planned.consent {
        Some(consent) => format!("planned, with the consents {consent}"),
        None => "planned, and no consents are named".to_owned(),
    }
}

/// The office's numbers stand with it: the daytime contact of staff's families. [PERS-6]
fn own_phones(look: &Looking<'_>) -> Option<String> {
    let asked = look.view.school.policy.own_phones.words()?;
    let numbers = look.view.office_numbers();
    let numbers: Vec<String> = numbers.iter().map(PhoneNumber::national).collect();
    let ring = if numbers.is_empty() { "the office".to_owned() } else { numbers.join(" or ") };
    Some(format!("{asked} In the daytime families of staff ring {ring}."))
}

/// (name, part on the trip, number).
fn staff(look: &Looking<'_>, form: &TripForm, staff: &[StaffOnForm]) -> Vec<(String, String, String)> {
    let part = |entry: &StaffOnForm| match () {
        () if entry.person == form.leader => "leader",
        () if Some(entry.person) == form.deputy => "deputy",
        () => "",
    };
    let number = |entry: &StaffOnForm| {
        let number = entry.work_mobile.as_ref()?;
        let device = look.view.devices.by_number(number);
        let tag = device.map(|device| format!(" ({})", look.view.device_tag(device))).unwrap_or_default();
        Some(format!("{number}{tag}"))
    };
    let line = |entry: &StaffOnForm| {
        let number = number(entry).unwrap_or_else(|| "no number".to_owned());
        (look.view.person_name(entry.person), part(entry).to_owned(), number)
    };
    staff.iter().map(line).collect()
}

fn times(look: &Looking<'_>, destination: &proto::v1::trips::Destination) -> String {
    let when = look.when();
    let times = match (destination.arrive_at, destination.leave_at) {
        (Some(arrive), Some(leave)) => format!("{} to {}, ", when.at(arrive), when.at(leave)),
        (Some(arrive), None) => format!("from {}, ", when.at(arrive)),
        (None, Some(leave)) => format!("until {}, ", when.at(leave)),
        (None, None) => String::new(),
    };
    // Where it is, as the emergency services are told.
    let Area { centre, radius_m } = &destination.area;
    let alert = if destination.alert_off_area { " (alert if a staff phone leaves it)" } else { "" };
    format!("{times}at {:.4}, {:.4}, {radius_m:.0} m around{alert}", centre.lat, centre.lon)
}

fn plan(look: &Looking<'_>, form: &TripForm) -> Lines {
    let CheckInPlan { every_minutes, at, points, remind_before_secs, grace_secs } = &form.plan;
    let mut lines = Vec::new();
    if let Some(minutes) = every_minutes {
        lines.push(("Every", words::count(u64::from(*minutes), "minute", "minutes")));
    }
    if let Some(schedule) = at {
        lines
            .push((if schedule.is_times() { "At" } else { "By the schedule" }, schedule.as_str().to_owned()));
    }
    if !points.is_empty() {
        lines.push(("And", points.iter().map(|p| words::point(*p)).collect::<Vec<_>>().join(", ")));
    }
    lines.push((
        "Reminder",
        format!("{} before", words::count(u64::from(remind_before_secs / 60), "minute", "minutes")),
    ));
    lines.push(("Grace", words::count(u64::from(grace_secs / 60), "minute", "minutes")));
    for quiet in &form.quiet {
        let line = format!(
            "{}: {}; {}",
            look.when().window(quiet.window),
            words::quiet_reason(quiet.reason),
            quiet.fallback
        );
        lines.push(("No check-ins", line));
    }
    lines
}

fn emergency(look: &Looking<'_>, form: &TripForm) -> Lines {
    let plan = &form.emergency;
    let names = |people: &[proto::ids::PersonId]| look.view.person_names(people);
    let reached = |people: &[proto::ids::PersonId]| look.view.persons_reached(people);
    let lines = match look.view.office_numbers() {
        numbers if numbers.is_empty() => "the school's lines".to_owned(),
        numbers => {
            let numbers: Vec<String> = numbers.iter().map(PhoneNumber::national).collect();
            format!("the school's lines ({})", numbers.join(", "))
        }
    };
    let for_pupils = plan.tour_numbers.as_ref().map(|agreed| {
        let by = look.view.person_name(agreed.agreed_by);
        ("Numbers for pupils", format!("{}, as agreed by {by}", names(&agreed.whose)))
    });
    let mut rows = vec![
        ("Base", reached(&[plan.base_contact])),
        ("Office", format!("{lines}; {}", reached(&plan.office))),
        ("DSL", reached(&plan.dsl)),
        ("Senior leaders", reached(&plan.senior)),
        ("Parents are rung by", plan.parents_rung_by.to_string()),
        ("Records are kept", plan.records_kept_at.to_string()),
        (
            "Lost child: police after",
            words::count(u64::from(plan.lost_child_police_minutes), "minute", "minutes"),
        ),
    ];
    rows.extend(for_pupils);
    rows
}
