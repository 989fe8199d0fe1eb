//! The provider's error codes: which ones are for good. (Twilio's error dictionary.)

/// The number opted out with STOP.
pub const OPTED_OUT: u32 = 21610;

/// Those that another try can mend.
const RETRYABLE: [u32; 4] = [20429, 30001, 30003, 30008];

/// Whether a failure with this code, or with none, is for good. Unknown codes are: trying again costs money and time.
pub fn is_permanent(code: Option<u32>) -> bool {
    code.is_some_and(|code| !RETRYABLE.contains(&code))
}

/// Whether it says something about our account there rather than about the message: another provider may do it.
pub fn is_of_the_account(code: u32) -> bool {
    matches!(code, 20003 | 21408 | 21606)
}

/// What a code means, in plain words.
pub fn meaning(code: u32) -> &'static str {
    match code {
        20003 => "the provider refuses our log-in",
        20429 => "the provider asks us to wait",
        21211 => "there is no such number",
        21408 => "the account may not send to that country",
        21606 => "the account may not send from our number",
        OPTED_OUT => "this phone opted out of texts",
        21614 => "the number is not a mobile",
        30001 => "the provider's queue is full",
        30003 => "the phone is switched off or out of reach",
        30004 => "the text was blocked",
        30005 => "the phone is not known",
        30006 => "the number is a landline, or its carrier can't be reached",
        30007 => "the carrier filtered the text",
        30008 => "the carrier gave no reason",
        _ => "the provider refused it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_try_can_mend_is_not_for_good() {
        for code in [21211, 21408, 21606, 21610, 21614, 30004, 30005, 30006, 30007, 12345] {
            assert!(is_permanent(Some(code)), "{code}");
        }
        for code in [20429, 30001, 30003, 30008] {
            assert!(!is_permanent(Some(code)), "{code}");
        }
        assert!(!is_permanent(None), "busy, no answer");
    }
}
