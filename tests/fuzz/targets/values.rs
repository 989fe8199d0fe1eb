//! Values as they are typed or sent: what is read is written and read as the same, within its limits; what can't be read says why.
//! The input: the text.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use gateway::channels::MessageId;
use libfuzzer_sys::fuzz_target;
use proto::envelope::{Actor, Hash, Source};
use proto::ids::{ClientId, PersonId, ProviderName, SchoolId};
use proto::topics::ServiceName;
use proto::values::{
    Area, AssetTag, BoundedText, ClockTime, Imei, Note, PhoneNumber, RingSecs, SchoolZone, WeeklyHours,
    Window, allow_drama_numbers,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Read from a text, it is shown as what reads as the same.
fn shown<T: Display + PartialEq + Debug, E: Display>(text: &str, read: impl Fn(&str) -> Result<T, E>) {
    match read(text) {
        Ok(value) => {
            let shown = value.to_string();
            match read(&shown) {
                Ok(again) => assert_eq!(again, value, "{text:?}"),
                Err(why) => panic!("{text:?} is shown as {shown:?}: {why}"),
            }
        }
        Err(why) => assert!(why.to_string().len() > 5, "{text:?}: {why}"),
    }
}

fn parsed<T: FromStr<Err: Display> + Display + PartialEq + Debug>(text: &str) {
    shown(text, |text| text.parse::<T>());
}

/// Read from JSON, or from a text as JSON has it, it is written as what reads as the same.
fn written<T: Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    let quoted = serde_json::to_string(text).expect("a text");
    for json in [text, quoted.as_str()] {
        let Ok(value) = serde_json::from_str::<T>(json) else { continue };
        let again = serde_json::to_string(&value).expect("is written");
        assert_eq!(serde_json::from_str::<T>(&again).expect("reads what it wrote"), value, "{json}");
    }
}

fn of_texts(text: &str) {
    shown(text, BoundedText::<40>::parse);
    shown(text, Note::parse);
    if let Ok(short) = BoundedText::<40>::parse(text) {
        assert!(short.as_str().chars().count() <= 40 && !short.as_str().contains(char::is_control));
    }
    let clipped = BoundedText::<40>::clipped(text);
    assert!(clipped.is_none_or(|clipped| clipped.as_str().chars().count() <= 40));
}

fn of_numbers(text: &str) {
    let Ok(number) = PhoneNumber::parse(text) else { return };
    let e164 = number.e164();
    // The library takes some countries' numbers that are longer than the fifteen digits of E.164: nobody is reached by those.
    assert!(
        e164.starts_with('+') && e164.len() <= 21 && e164[1..].bytes().all(|byte| byte.is_ascii_digit()),
        "{e164}"
    );
    assert_eq!(PhoneNumber::parse(e164).as_ref(), Ok(&number), "{text:?}");
    assert_eq!(PhoneNumber::parse(&number.national()).as_ref(), Ok(&number), "{text:?}");
}

fuzz_target!(|text: &str| {
    allow_drama_numbers();
    of_texts(text);
    of_numbers(text);
    shown(text, AssetTag::parse);
    if let Ok(imei) = Imei::parse(text) {
        assert_eq!(Imei::parse(imei.as_str()), Ok(imei));
    }
    parsed::<ClockTime>(text);
    parsed::<RingSecs>(text);
    parsed::<SchoolId>(text);
    parsed::<ClientId>(text);
    parsed::<ProviderName>(text);
    parsed::<PersonId>(text);
    parsed::<Actor>(text);
    parsed::<Hash>(text);
    parsed::<ServiceName>(text);
    written::<Source>(text);
    written::<Window>(text);
    written::<WeeklyHours>(text);
    written::<Area>(text);
    if let Some(id) = MessageId::parse(text) {
        assert_eq!(MessageId::parse(&id.to_string()), Some(id));
    }
    let _ = SchoolZone::parse(text);
});
