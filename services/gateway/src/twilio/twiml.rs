//! What a call says and does: TwiML.

use std::fmt::Write as _;

use proto::values::RingSecs;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// How often the menu of an alert call is said.
pub const MENU_TIMES: usize = 3;

/// How long a key is waited for after each time, in seconds.
const KEY_SECS: u8 = 8;

/// How long whoever is rung has for their key, in seconds.
const WHISPER_SECS: u8 = 10;

/// The longest that two people are joined, in seconds.
const TALK_SECS: u32 = 3600;

/// Nothing to do.
pub fn empty() -> String {
    format!("{HEAD}<Response/>")
}

/// Says something, then hangs up.
pub fn say_and_hang_up(text: &str) -> String {
    format!("{HEAD}<Response>{}<Hangup/></Response>", say(text))
}

/// The menu of an alert call: said thrice, one key taken at any moment of it.
pub fn alert_menu(text: &str, action: &str) -> String {
    let gather = format!(
        "<Gather input=\"dtmf\" numDigits=\"1\" timeout=\"{KEY_SECS}\" finishOnKey=\"\" action=\"{}\" method=\"POST\">{}</Gather>",
        escaped(action),
        say(text),
    );
    let menu = gather.repeat(MENU_TIMES);
    format!(
        "{HEAD}<Response>{menu}{}<Hangup/></Response>",
        say("No key was pressed. Somebody else is called now.")
    )
}

/// Hangs up.
pub fn hang_up() -> String {
    format!("{HEAD}<Response><Hangup/></Response>")
}

/// Says something, and takes one key; none at all is told too.
pub fn one_key(text: &str, action: &str, secs: u8) -> String {
    let how = format!("numDigits=\"1\" timeout=\"{secs}\" finishOnKey=\"\"");
    format!("{HEAD}<Response>{}</Response>", gather(&how, text, action))
}

/// Says something, and takes keys up to `#`, or until none comes any more; none at all is told too.
pub fn keys(text: &str, action: &str, secs: u8) -> String {
    let how = format!("timeout=\"{secs}\" finishOnKey=\"#\"");
    format!("{HEAD}<Response>{}</Response>", gather(&how, text, action))
}

/// What whoever is rung for a caller hears: 1 takes the call, anything else doesn't.
pub fn whisper(text: &str, action: &str) -> String {
    let how = format!("numDigits=\"1\" timeout=\"{WHISPER_SECS}\"");
    format!("{HEAD}<Response>{}<Hangup/></Response>", gather(&how, text, action))
}

fn gather(how: &str, text: &str, action: &str) -> String {
    format!(
        "<Gather input=\"dtmf\" {how} action=\"{}\" method=\"POST\" actionOnEmptyResult=\"true\">{}</Gather>",
        escaped(action),
        say(text)
    )
}

/// One phone that a caller is put through to.
#[derive(Clone, Copy, Debug)]
pub struct Dial<'a> {
    /// Where to ask what follows; none: nothing does.
    pub action: Option<&'a str>,
    /// How long it rings.
    pub ring: RingSecs,
    /// What whoever is rung sees as the caller's number.
    pub caller_id: &'a str,
    /// Where to ask what whoever is rung hears first.
    pub whisper: Option<&'a str>,
    /// Its number.
    pub number: &'a str,
}

/// Says something to the caller, and puts them through.
pub fn say_and_dial(text: &str, to: &Dial<'_>) -> String {
    format!("{HEAD}<Response>{}{}</Response>", say(text), dial(to))
}

fn dial(to: &Dial<'_>) -> String {
    let action =
        to.action.map(|url| format!("action=\"{}\" method=\"POST\" ", escaped(url))).unwrap_or_default();
    let whisper =
        to.whisper.map(|url| format!(" url=\"{}\" method=\"POST\"", escaped(url))).unwrap_or_default();
    format!(
        "<Dial {action}timeout=\"{}\" timeLimit=\"{TALK_SECS}\" callerId=\"{}\" answerOnBridge=\"true\" record=\"do-not-record\"><Number{whisper}>{}</Number></Dial>",
        to.ring,
        escaped(to.caller_id),
        escaped(to.number)
    )
}

fn say(text: &str) -> String {
    format!("<Say language=\"en-GB\">{}</Say>", escaped(text))
}

/// Text as it stands in XML. Characters that XML 1.0 can't hold go.
pub fn escaped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{FFFE}' | '\u{FFFF}' => {}
            c => {
                // Writing to a string can't fail.
                let _ = write!(out, "{c}");
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden(name: &str) -> String {
        let all: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/twiml_golden.json")).expect("TwiML");
        all["twiml"][name].as_str().expect("a document").to_owned()
    }

    #[test]
    fn what_the_official_builder_writes_is_what_we_write() {
        assert_eq!(empty(), golden("sms_empty"));
        assert_eq!(say_and_hang_up("Thank you. Acknowledged."), golden("ack_ok"));
        let menu = alert_menu("Text", "https://trips.school.example/twilio/voice/alert/ack?attempt=abc");
        let tag = |xml: &str| {
            xml.split_once("<Gather").and_then(|(_, rest)| rest.split_once('>')).map(|(t, _)| t.to_owned())
        };
        let theirs =
            tag(&golden("alert_call_gather")).expect("a menu").replace(" actionOnEmptyResult=\"true\"", "");
        assert_eq!(tag(&menu).expect("a menu"), theirs);
        assert_eq!(menu.matches("<Gather").count(), 3);
    }

    /// A golden document without the attributes that we leave out.
    fn golden_without(name: &str, attributes: &[&str]) -> String {
        attributes.iter().fold(golden(name), |xml, attribute| {
            let (before, rest) = xml.split_once(&format!(" {attribute}=\"")).expect("the attribute");
            format!("{before}{}", rest.split_once('"').expect("its end").1)
        })
    }

    /// CONT-3: one target after another, the school's own number shown, a key as proof, nothing recorded.
    #[test]
    fn a_caller_is_put_through_as_the_official_builder_writes_it() {
        let leg = ["statusCallback", "statusCallbackEvent", "statusCallbackMethod"];
        let ours = dial(&Dial {
            action: Some("https://trips.school.example/twilio/voice/next?step=1&call=abc"),
            ring: RingSecs::LINE,
            caller_id: "+441632960000",
            whisper: Some("https://trips.school.example/twilio/voice/whisper?call=abc"),
            number: "+441632960111",
        });
        let ours = format!("{HEAD}<Response>{ours}</Response>");
        assert_eq!(ours, golden_without("emergency_step1_landline", &leg));
        let ours = whisper(
            "Emergency call about a school trip & its pupils. Press 1 to accept.",
            "https://trips.school.example/twilio/voice/whisper-answer?call=abc",
        );
        assert_eq!(ours, golden_without("whisper_press_1", &["voice"]));
        assert_eq!(empty(), golden("whisper_accepted_empty"));
    }

    /// CHECK-5: a count ends with the hash key or by silence, and silence is told too.
    #[test]
    fn keys_are_taken_up_to_the_hash_key() {
        let one = one_key("Press 1.", "https://a.example/k?turn=1", 6);
        assert!(one.contains("numDigits=\"1\" timeout=\"6\" finishOnKey=\"\""), "{one}");
        let many = keys("Key it in.", "https://a.example/k?turn=2", 6);
        assert!(many.contains("<Gather input=\"dtmf\" timeout=\"6\" finishOnKey=\"#\""), "{many}");
        for xml in [one, many] {
            assert!(xml.contains("actionOnEmptyResult=\"true\""), "{xml}");
        }
    }

    #[test]
    fn nothing_said_can_break_out_of_the_document() {
        let xml = alert_menu("</Say><Dial>+1</Dial> & \"'\u{7}", "https://a.example/?a=1&b=<2>");
        assert!(!xml.contains("<Dial>") && xml.contains("&amp;b=&lt;2&gt;"), "{xml}");
    }
}
