//! Values that parse once, at the edge, and can't be wrong afterwards. Every limit has a name.

mod asset_tag;
mod charge;
mod duress;
mod headcount;
mod imei;
mod personal;
mod phone;
mod place;
mod ring;
mod schedule;
mod text;
mod time;

pub use asset_tag::{AssetTag, BadAssetTag};
pub use charge::{BadCharge, Charge};
pub use duress::DuressHash;
pub use headcount::{BadHeadcount, Headcount};
pub use imei::{BadImei, Imei};
pub use personal::{Personal, erasable, erasable_option, personal_or_fact};
pub use phone::{BadPhoneNumber, NumberKind, PhoneNumber, allow_drama_numbers};
pub use place::{Area, BadPosition, Point, Position};
pub use ring::{BadRingSecs, RingSecs};
pub use schedule::{BadSchedule, CronSchedule};
pub use text::{BadText, BoundedText, Label, Name, Note};
pub use time::{BadWindow, ClockTime, DailyHours, SchoolZone, Weekday, WeeklyHours, Window};
