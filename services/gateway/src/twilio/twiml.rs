//! What a call says and does: TwiML.

use std::fmt::Write as _;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// How often the menu of an alert call is said.
pub const MENU_TIMES: usize = 3;

/// How long a key is waited for after each time, in seconds.
const KEY_SECS: u8 = 8;

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

    #[test]
    fn nothing_said_can_break_out_of_the_document() {
        let xml = alert_menu("</Say><Dial>+1</Dial> & \"'\u{7}", "https://a.example/?a=1&b=<2>");
        assert!(!xml.contains("<Dial>") && xml.contains("&amp;b=&lt;2&gt;"), "{xml}");
    }
}
