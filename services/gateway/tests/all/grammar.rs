//! What texts say: a table. CHECK-5: a headcount is never guessed.

use gateway::grammar::read;
use proto::v1::alerts::ReplyCode;
use proto::v1::checkins::Word;
use proto::v1::gateway::Meaning;
use proto::values::Headcount;

fn says(word: Word, count: impl Into<Option<u32>>) -> Meaning {
    Meaning::Says { word, headcount: count.into().map(|n| Headcount::new(n).unwrap()) }
}

fn check(table: &[(&str, Meaning)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(text, expected)| {
            let found = read(text, |code| code == ReplyCode(417));
            (found != *expected).then(|| format!("{text:?}: {found:?}, not {expected:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn check_in_words_are_read_in_every_dress() {
    let ok = |n| says(Word::Ok, n);
    check(&[
        ("OK", ok(None)),
        ("ok 31", ok(Some(31))),
        ("Ok31", ok(Some(31))),
        ("OK - 31!", ok(Some(31))),
        ("  o.k. ", ok(None)),
        ("0K 31", ok(Some(31))),
        ("okay", ok(None)),
        ("\u{1F44D} ok \u{1F600}", ok(None)),
        ("all ok here thanks", ok(None)),
        ("31 ok", ok(Some(31))),
        ("ok, all 31 here", ok(Some(31))),
        ("We are OK with 31 pupils.", ok(Some(31))),
        ("OK 0", ok(Some(0))),
        ("ok 2000", ok(Some(2000))),
        ("ARRIVED 31", says(Word::Arrived, 31)),
        ("arived 31", says(Word::Arrived, 31)),
        ("Arrvied, 31", says(Word::Arrived, 31)),
        ("ok arrived 31", says(Word::Arrived, 31)),
        ("BOARDED 30", says(Word::Boarded, 30)),
        ("borded30", says(Word::Boarded, 30)),
        ("LEAVING 31", says(Word::Leaving, 31)),
        ("leavign 31", says(Word::Leaving, 31)),
        ("BACK 31", says(Word::Back, 31)),
        ("Back at school 31", says(Word::Back, 31)),
        ("arrived back 31", says(Word::Back, 31)),
        ("handed over 4", says(Word::HandedOver, 4)),
        ("arrived", says(Word::Arrived, None)),
        ("LATE 20", says(Word::Late { minutes: 20 }, None)),
        ("running late, 20 mins", says(Word::Late { minutes: 20 }, None)),
        ("20 late", says(Word::Late { minutes: 20 }, None)),
        ("ok late 1 hour", says(Word::Late { minutes: 60 }, None)),
        ("LAET 15", says(Word::Late { minutes: 15 }, None)),
        ("late 600", says(Word::Late { minutes: 600 }, None)),
    ]);
}

/// CHECK-5: two numbers, a time, a unit, a number far away: no count at all.
#[test]
fn a_headcount_is_never_guessed() {
    let none = says(Word::Ok, None);
    check(&[
        ("ok 31 or 32", none.clone()),
        ("ok 10:30", none.clone()),
        ("ok at 3", none.clone()),
        ("ok but 2 sick", none.clone()),
        ("ok 31 kids 4 adults", none.clone()),
        ("ok back by 3", none.clone()),
        ("ok thirty one", none.clone()),
        ("ok so the coach broke down near junction 12", none),
    ]);
}

/// CHECK-5: somebody counted, and slipped: the count is asked for, and nothing is taken as if none had been given.
#[test]
fn a_number_that_can_be_no_headcount_is_a_miscount() {
    let miscounted = |word| Meaning::Miscounted { word };
    check(&[
        ("ok 2001", miscounted(Word::Ok)),
        ("OK 99999", miscounted(Word::Ok)),
        ("ok99999999999", miscounted(Word::Ok)),
        ("all ok, 3131 here", miscounted(Word::Ok)),
        ("ARRIVED 24242", miscounted(Word::Arrived)),
        ("back 999999", miscounted(Word::Back)),
        ("late 99999999999", Meaning::Unclear {}),
        ("99999999999", Meaning::Unclear {}),
    ]);
}

#[test]
fn what_could_mean_something_else_is_unclear() {
    let texts = [
        "",
        "?",
        "not ok",
        "NOT OK 31",
        "isn't ok",
        "is it ok?",
        "ok to leave at 3?",
        "hello",
        "31",
        "thank you",
        "late",
        "late 0",
        "late 601",
        "late 20 31",
        "back on the coach 31",
        "call me back",
        "will be back 31",
        "arrived leaving 31",
        "leaving soon",
        "when we arrived",
        "leading 31 up the hill",
        "later 20",
        "\u{1F44D}",
        "on 31",
        "no",
    ];
    check(&texts.map(|text| (text, Meaning::Unclear {})));
}

/// CHECK-6, CHECK-8: believed wherever it stands.
#[test]
fn calls_for_help_come_before_anything_else() {
    let help = [
        "SOS",
        "sos!!",
        "S.O.S",
        "help",
        "HELP",
        "Hlep",
        "please help us",
        "ok help",
        "help 417",
        "no help here come now",
        "emergency at the pond",
        "ambulance called",
        "called 999",
        "999",
    ];
    check(&help.map(|text| (text, Meaning::Help {})));
    let lost = ["LOST", "lost a child", "ok 30, lost one", "we lost Ben?"];
    check(&lost.map(|text| (text, Meaning::Lost {})));
    check(&[
        ("thanks for your help, all ok", says(Word::Ok, None)),
        ("lost signal for a while, ok 31", says(Word::Ok, 31)),
        ("last 31", Meaning::Unclear {}),
    ]);
    assert_eq!(read("own 999", |code| code == ReplyCode(999)), Meaning::Owns { code: ReplyCode(999) });
}

#[test]
fn reply_codes_own_and_an_open_code_after_a_word_is_either() {
    let owns = |code| Meaning::Owns { code: ReplyCode(code) };
    check(&[
        ("417", owns(417)),
        (" 417. ", owns(417)),
        ("own 417", owns(417)),
        ("OWN417", owns(417)),
        ("I own 417", owns(417)),
        ("own 500", owns(500)),
        ("500", owns(500)),
        ("ok 417", Meaning::Either { word: Word::Ok, code: ReplyCode(417) }),
        ("arrived 417", Meaning::Either { word: Word::Arrived, code: ReplyCode(417) }),
        ("ok 418", says(Word::Ok, 418)),
        ("own", Meaning::Unclear {}),
        ("own 41", Meaning::Unclear {}),
        ("don't own 417", Meaning::Unclear {}),
        ("1000", Meaning::Unclear {}),
    ]);
}

#[test]
fn the_carriers_words_stand_alone() {
    for word in ["STOP", "stopall", "Unsubscribe", "CANCEL", "end", "quit"] {
        assert_eq!(read(word, |_| false), Meaning::OptOut {}, "{word}");
    }
    for word in ["START", "yes", "UNSTOP"] {
        assert_eq!(read(word, |_| false), Meaning::OptIn {}, "{word}");
    }
    assert_eq!(read("we had to stop, all ok", |_| false), says(Word::Ok, None));
}

#[test]
fn no_text_brings_it_down() {
    for text in
        ["\u{0}", "ok \u{202e}31", &"ok ".repeat(2000), &"9".repeat(4000), "İ ŉ ß 31 ok", "\u{FEFF}ok"]
    {
        let _ = read(text, |_| true);
    }
}
