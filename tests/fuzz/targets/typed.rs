//! Fields of forms as they are typed: each is read or its error names the field it stands in; rows that are empty are dropped, once is
//! enough, and none is beyond the most; hours and settings are typed as what reads as the same. The input: a form as a browser
//! sends it.
#![no_main]

use board::fuzzing::pages::{hours, setting};
use board::fuzzing::{each_read, rows};
use decider::policy::{Policy, SETTINGS};
use libfuzzer_sys::fuzz_target;
use proto::v1::policy::Settings;
use proto::values::SchoolZone;

fn of_rows(typed: &[(String, String)]) {
    let (shown, compact, left) = rows(typed.to_vec(), "staff");
    assert!(shown <= 2_000 && left <= typed.len(), "{shown} rows of {} fields", typed.len());
    let (again, twice, _) = rows(compact.clone(), "staff");
    assert_eq!((again, twice), (left, compact));
}

fn of_hours(text: &str) {
    match hours(text) {
        Ok((read, typed)) => assert_eq!(hours(&typed).expect("reads what it wrote").0, read, "{text:?}"),
        Err(why) => assert!(why.len() > 5),
    }
}

fn of_settings(name: &str, text: &str) {
    for (number, one) in SETTINGS.iter().enumerate() {
        // All of them for a field that names one; else one of them.
        if one.key != name && number != (name.len() * 7 + text.len()) % SETTINGS.len() {
            continue;
        }
        let (value, _) = setting(one.kind, text);
        match Policy::default().with(&Settings([(one.key.to_owned(), value)].into())) {
            Ok(policy) => {
                let noted = policy.value(one);
                let again = Policy::default().with(&Settings([(one.key.to_owned(), noted.clone())].into()));
                assert_eq!(again.expect("it stood"), policy, "{}: {noted}", one.key);
                assert!(one.words(&noted).len() < 100_000);
            }
            Err(bad) => assert!(bad.key == one.key && bad.why.len() > 5, "{bad:?}"),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(typed) = serde_urlencoded::from_bytes::<Vec<(String, String)>>(data) else { return };
    of_rows(&typed);
    for (name, value) in typed.iter().take(8) {
        of_hours(value);
        of_settings(name, value);
    }
    let few: Vec<_> = typed.into_iter().take(8).collect();
    let names: Vec<String> = few.iter().map(|(name, _)| name.clone()).collect();
    for (field, why) in each_read(few, &SchoolZone::london()) {
        assert!(why.len() > 4, "{field}: {why}");
        let of = |name: &String| field.starts_with(name.as_str());
        assert!(names.iter().any(of), "{field} was not sent");
    }
});
