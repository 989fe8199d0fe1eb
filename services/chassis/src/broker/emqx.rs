//! The rules of [`super::acl`] as EMQX's `acl.conf`: written from its documentation, run by no test.

use std::fmt::Write as _;

use super::acl::{Account, Grants};

/// The file's text. EMQX matches a subscription's filter as if it were a topic, so that a pattern's last `+` lets `#` through, too:
/// nothing of ours lies deeper. What isn't granted is refused by the last line.
pub fn rules(accounts: &[Account]) -> String {
    let mut text = String::from("%% Written by Homeward: what isn't granted here is refused.\n");
    for account in accounts {
        let grants = Grants::of(account);
        let rules = [("publish", grants.publish()), ("subscribe", grants.subscribe())];
        text.push('\n');
        for (what, patterns) in rules {
            let _ = writeln!(text, "{{allow, {{user, \"{}\"}}, {what}, {patterns:?}}}.", account.name);
        }
    }
    text.push_str("\n{deny, all}.\n");
    text
}

#[cfg(test)]
mod tests {
    use proto::values::AssetTag;

    use super::*;
    use crate::broker::acl::AccountKind;

    #[test]
    fn emqx_gets_the_same_rules() {
        let (school, tag) =
            ("elmfield".parse().expect("a school"), AssetTag::parse("WM-014").expect("a tag"));
        let phone = Account {
            name: "elmfield-wm-014".parse().expect("a name"),
            kind: AccountKind::Device { school, tag },
        };
        assert_eq!(
            rules(&[phone]),
            "%% Written by Homeward: what isn't granted here is refused.\n\
             \n{allow, {user, \"elmfield-wm-014\"}, publish, [\"owntracks/elmfield/WM-014/event\", \"owntracks/elmfield/WM-014\"]}.\n\
             {allow, {user, \"elmfield-wm-014\"}, subscribe, [\"owntracks/elmfield/WM-014/cmd\"]}.\n\
             \n{deny, all}.\n"
        );
    }
}
