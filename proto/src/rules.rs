//! The ids of the rules the product keeps (shared text: RULES.md), each with its rule in one sentence.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! rules {
    ($($name:ident = $id:literal, $always:literal, $text:literal;)*) => {
        /// A rule, by its id.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, JsonSchema)]
        pub enum Rule {
            $(#[doc = $text] #[serde(rename = $id)] $name,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The id as it stands on screen: `FORM-1`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The rule in one sentence.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether it holds in every preset and can't be switched off.
            pub fn always_holds(self) -> bool {
                match self { $(Self::$name => $always,)* }
            }
        }
    };
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

rules! {
    Form1 = "FORM-1", true, "The number of every staff member's work mobile is on the trip form.";
    Form2 = "FORM-2", true, "A senior member of staff, of the school or of its trust or council, authorises the form before anyone leaves the premises.";
    Form3 = "FORM-3", true, "A number on the form is that of a registered work mobile in service";
    Form4 = "FORM-4", true, "Changing staff, numbers, destination, times, check-in plan or emergency route after authorising voids it; using a reserve adult or a spare device listed on the form, or a delay within the form's tolerance, doesn't.";
    Form5 = "FORM-5", false, "The host organisation knows beforehand that devices will be used, and its concerns are resolved.";
    Form6 = "FORM-6", false, "Pupils who travel directly to an external provider are listed, and the provider's arrangement for personal devices is noted.";
    Form7 = "FORM-7", false, "For a work placement, the placement's own phone rules are on file and the student was inducted in them.";
    Form8 = "FORM-8", true, "The emergency route covers the whole trip";
    Form9 = "FORM-9", true, "Refusal never stops the watch.";
    Dev1 = "DEV-1", true, "Every school device is protected by a passcode.";
    Dev2 = "DEV-2", true, "Only authorised staff have a work mobile.";
    Dev3 = "DEV-3", true, "Before a first issue the holder accepted the user agreement, which says that use is monitored.";
    Dev4 = "DEV-4", true, "Devices not in use are stored securely.";
    Dev5 = "DEV-5", true, "All staff on an off-site trip carry a work mobile.";
    Dev6 = "DEV-6", false, "There are enough work mobiles for all who go off site; base's own back-up phone is reserved first.";
    Dev7 = "DEV-7", true, "A pupil who may need a phone for safety is given a basic school phone, with the reason.";
    Dev8 = "DEV-8", true, "One holder at a time; every change of hands is recorded.";
    Dev9 = "DEV-9", true, "A trip stays open, and its check-ins go on, until every device is returned (or, by a named person, declared lost, with the police, or kept overnight as agreed by a senior; on permanent issue the holder's word suffices) and a person has accounted for everyone";
    Dev10 = "DEV-10", false, "Visits and home visits carry the form's emergency toolkit, the work mobile among it.";
    Pers1 = "PERS-1", false, "Pupils' own devices stay at school during a trip";
    Pers2 = "PERS-2", false, "An exception (medical need, say) is agreed beforehand by the headteacher, with advice noted, and agreed by pupil or parent; it has an end date.";
    Pers3 = "PERS-3", false, "Post-16 students may keep theirs off site only under an approach signed by the regional director.";
    Pers4 = "PERS-4", false, "Which year groups may bring a phone at all, and who may allow another (senior leaders).";
    Pers5 = "PERS-5", false, "A staff member's special arrangement (sign-in codes, medical monitoring, own child's school, ill dependant) is agreed case by case by the headteacher or line manager.";
    Pers6 = "PERS-6", false, "Staff's own phones are away, and off or silent as the setting says; their daytime contact for family is the office number.";
    Pers7 = "PERS-7", false, "Volunteers, visitors and contractors on a trip follow the staff rules.";
    Cont1 = "CONT-1", true, "A landline is connected at all times and staffed in office hours; its health is known.";
    Cont2 = "CONT-2", true, "A work mobile is the back-up when the landline is unavailable, and outside office hours.";
    Cont3 = "CONT-3", true, "Parents and carers reach pupils and staff through the office.";
    Cont4 = "CONT-4", true, "No personal number of staff is stored as a way to reach anyone, shown to anyone, or called.";
    Cont5 = "CONT-5", false, "Pupils aren't given work mobile numbers, save where agreed as the emergency arrangement of a tour.";
    Cont6 = "CONT-6", true, "Staff off site can always reach base, and base can reach them";
    Cont8 = "CONT-8", true, "Parents are rung from school phones only.";
    Cont7 = "CONT-7", false, "Personal calls on a work mobile only in agreed circumstances; in an emergency, yes.";
    Check1 = "CHECK-1", true, "From departure until the last device is back, a next check-in is always due at a known time.";
    Check2 = "CHECK-2", true, "A missed check-in raises an alert by itself, once, and goes up the ladder until a person owns it.";
    Check3 = "CHECK-3", true, "A restart, a lost connection or a clock change never loses an alert, nor raises a false one.";
    Check4 = "CHECK-4", true, "A position is evidence of a device, not of people.";
    Check5 = "CHECK-5", true, "A headcount that differs from the number expected of that group";
    Check6 = "CHECK-6", true, "A call for help goes to everyone on the ladder at once and can't be suppressed.";
    Check8 = "CHECK-8", true, "A lost child";
    Check7 = "CHECK-7", false, "Pupils' devices are not located.";
    Use1 = "USE-1", true, "All use of a work mobile is recorded, and monitored by the DSL.";
    Media1 = "MEDIA-1", true, "Recordings on any school device go to a works computer, and onward only as consented (family, host).";
    Media2 = "MEDIA-2", false, "They are sent on and deleted from the device the same day, witnessed where possible; on tour, cleared nightly in the holder's hands.";
    Media3 = "MEDIA-3", true, "No images, video or audio without prior written consent; never on a personal device.";
    Inc1 = "INC-1", true, "The DSL (or deputy) is told of an incident at once, in person";
    Inc2 = "INC-2", true, "Serious ones go to the outside bodies the setting names within one working day.";
    Inc3 = "INC-3", true, "A device that may hold evidence of an offence is confiscated and handed to the police, unsearched.";
    Inc4 = "INC-4", true, "Afterwards";
    Inc5 = "INC-5", true, "Searches only by the headteacher or someone authorised, of a device with the pupil's or a parent's consent; recorded; the DSL told.";
    Inc6 = "INC-6", true, "Immediate danger";
    Inc7 = "INC-7", true, "A concern about an adult is hidden from that adult; one about the head goes to the chair or proprietor.";
    Rev1 = "REV-1", true, "The policy is reviewed at least once a year.";
}
