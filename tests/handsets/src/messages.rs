//! Texts: the REST resource, their way to a handset, and their way from one.
//!
//! queued → sent → delivered | undelivered; queued → failed; queued → canceled. Each change is called back.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    config::Kind,
    contract::{Form, Operation},
    failures::{TextBehaviour, words},
    pace::{Busy, Ticket},
    server::{
        App, Pairs, Refused, Values, after_accepting, answer, failing, in_range, keeps_contract, page_of,
        rfc2822, text_of,
    },
    twiml::{self, Verb},
    webhooks::{self, Answer, Order, Post, mail},
    world::{Shared, Text, TextStatus, World, new_sid},
};

const UNTIL_SENT: Duration = Duration::from_millis(350);
const UNTIL_DELIVERED: Duration = Duration::from_millis(900);

/// Characters of GSM 03.38, basic set; those of the extension count twice.
const GSM_7: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM_7_EXTENSION: &str = "^{}\\[~]|€\u{c}";

pub(crate) async fn create(State(shared): App, Pairs(form): Pairs) -> Response {
    let values = match keeps_contract(&shared, Operation::CreateMessage, &form) {
        Ok(values) => values,
        Err(refusal) => return refusal,
    };
    let failure = match failing(&shared) {
        Ok(failure) => failure,
        Err(refusal) => return refusal,
    };
    let text = match accept(&shared, &values) {
        Ok(text) => text,
        Err(refused) => return refused.into_response(),
    };
    let accepted = answer(&shared, Operation::CreateMessage, StatusCode::CREATED, resource(&shared, &text));
    set_out(&shared, text.sid);
    after_accepting(&shared, failure, accepted).await
}

fn accept(shared: &Shared, values: &Values) -> Result<Text, Refused> {
    let to = text_of(values, "To").unwrap_or_default();
    let from = text_of(values, "From").unwrap_or_else(|| shared.config.school_number.clone());
    if from != shared.config.school_number {
        return Err(Refused::code(21606));
    }
    let body = text_of(values, "Body").unwrap_or_default();
    let text =
        Text { status_callback: text_of(values, "StatusCallback"), ..outbound(shared, &from, &to, body) };
    shared.change(|world| {
        let phone = world.phone(&to);
        if let TextBehaviour::Refused(code) = phone.texts {
            return Err(Refused::code(code));
        }
        if phone.phone.kind == Kind::Landline {
            return Err(Refused::code(21614));
        }
        if phone.opted_out {
            return Err(Refused::code(21610));
        }
        world.texts.push(text.clone());
        Ok(text)
    })
}

fn outbound(shared: &Shared, from: &str, to: &str, body: String) -> Text {
    let now = shared.now();
    Text {
        sid: new_sid("SM"),
        from: from.into(),
        to: to.into(),
        body,
        status: TextStatus::Queued,
        error_code: None,
        created: now,
        sent: None,
        updated: now,
        inbound: false,
        arrived: false,
        from_carrier: false,
        reply: false,
        expected: false,
        status_callback: None,
    }
}

pub(crate) async fn list(State(shared): App, Pairs(form): Pairs) -> Response {
    let values = match keeps_contract(&shared, Operation::ListMessage, &form) {
        Ok(values) => values,
        Err(refusal) => return refusal,
    };
    let passes = |key: &str, is: &str| text_of(&values, key).is_none_or(|wanted| wanted == is);
    let found = shared.see(|world| {
        let matching = |text: &&Text| {
            let dated = text.sent.or(Some(text.created));
            passes("To", &text.to) && passes("From", &text.from) && in_range(&values, "DateSent", dated)
        };
        world.texts.iter().rev().filter(matching).map(|text| resource(&shared, text)).collect()
    });
    let page = page_of(&shared, "messages", &values, found);
    answer(&shared, Operation::ListMessage, StatusCode::OK, page)
}

pub(crate) async fn fetch(State(shared): App, Path(file): Path<String>) -> Response {
    let found =
        shared.see(|world| world.text(file.trim_end_matches(".json")).map(|text| resource(&shared, text)));
    match found {
        Some(text) => answer(&shared, Operation::FetchMessage, StatusCode::OK, text),
        None => Refused::not_found().into_response(),
    }
}

/// Takes a text back (`Status=canceled`) or blanks it (`Body=`).
pub(crate) async fn update(State(shared): App, Path(file): Path<String>, Pairs(form): Pairs) -> Response {
    let values = match keeps_contract(&shared, Operation::UpdateMessage, &form) {
        Ok(values) => values,
        Err(refusal) => return refusal,
    };
    let now = shared.now();
    let updated = shared.change(|world| {
        let text = world.text_mut(file.trim_end_matches(".json")).ok_or(Refused::not_found())?;
        if values.contains_key("Status") {
            if text.status != TextStatus::Queued {
                return Err(Refused::code(30409));
            }
            text.status = TextStatus::Canceled;
        }
        if let Some(body) = text_of(&values, "Body") {
            text.body = body;
        }
        text.updated = now;
        Ok(text.clone())
    });
    match updated {
        Ok(text) => answer(&shared, Operation::UpdateMessage, StatusCode::OK, resource(&shared, &text)),
        Err(refused) => refused.into_response(),
    }
}

/// The text as the document describes it.
fn resource(shared: &Shared, text: &Text) -> Value {
    let account = &shared.config.account_sid;
    let direction = match (text.inbound, text.reply) {
        (true, _) => "inbound",
        (false, true) => "outbound-reply",
        (false, false) => "outbound-api",
    };
    json!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": rfc2822(text.created),
        "date_sent": text.sent.map(rfc2822),
        "date_updated": rfc2822(text.updated),
        "direction": direction,
        "error_code": text.error_code,
        "error_message": text.error_code.map(words),
        "from": text.from,
        "messaging_service_sid": null,
        "num_media": "0",
        "num_segments": segments(&text.body).to_string(),
        "price": null,
        "price_unit": "GBP",
        "sid": text.sid,
        "status": text.status.word(),
        "subresource_uris": {"media": format!("/2010-04-01/Accounts/{account}/Messages/{}/Media.json", text.sid)},
        "to": text.to,
        "uri": format!("/2010-04-01/Accounts/{account}/Messages/{}.json", text.sid),
    })
}

/// How many parts a text takes: GSM-7 160, then 153 each; UCS-2 70, then 67 each.
fn segments(body: &str) -> usize {
    let weight = |c: char| {
        if GSM_7.contains(c) { Some(1) } else { GSM_7_EXTENSION.contains(c).then_some(2) }
    };
    let (length, single, each) = match body.chars().map(weight).sum::<Option<usize>>() {
        Some(septets) => (septets, 160, 153),
        None => (body.encode_utf16().count(), 70, 67),
    };
    if length <= single { 1 } else { length.div_ceil(each) }
}

/// Starts a queued text on its way. The first step stands in line before this returns.
fn set_out(shared: &Arc<Shared>, sid: String) {
    let first = Ticket::new(shared, UNTIL_SENT);
    let world = shared.clone();
    shared.spawn(async move {
        travel(&world, &sid, first).await;
    });
}

async fn travel(shared: &Arc<Shared>, sid: &str, first: Ticket) -> Option<()> {
    let busy = first.wait().await?;
    let to = shared.see(|world| world.text(sid).map(|text| text.to.clone()))?;
    let behaviour = shared.change(|world| world.phone(&to).texts);
    if let TextBehaviour::Failed(code) = behaviour {
        return step(shared, sid, TextStatus::Failed, Some(code)).await;
    }
    step(shared, sid, TextStatus::Sent, None).await?;
    let next = Ticket::new(shared, UNTIL_DELIVERED);
    drop(busy);
    let _busy = next.wait().await?;
    match behaviour {
        TextBehaviour::Undelivered(code) => step(shared, sid, TextStatus::Undelivered, Some(code)).await,
        TextBehaviour::NoReceipt => shared.change(|world| arrive(world, sid)),
        TextBehaviour::Delivered | TextBehaviour::Failed(_) | TextBehaviour::Refused(_) => {
            shared.change(|world| arrive(world, sid));
            step(shared, sid, TextStatus::Delivered, None).await
        }
    }
}

fn arrive(world: &mut World, sid: &str) -> Option<()> {
    world.text_mut(sid)?.arrived = true;
    Some(())
}

/// Notes the new status and calls back. `None` if the text was taken back meanwhile.
async fn step(shared: &Arc<Shared>, sid: &str, status: TextStatus, error_code: Option<u32>) -> Option<()> {
    let now = shared.now();
    let text = shared.change(|world| {
        let text = world.text_mut(sid).filter(|text| text.status != TextStatus::Canceled)?;
        text.status = status;
        text.error_code = error_code;
        text.updated = now;
        if status == TextStatus::Sent {
            text.sent = Some(now);
        }
        Some(text.clone())
    })?;
    if let Some(url) = &text.status_callback {
        mail(shared, Post::StatusCallbacks, url, status_form(shared, &text)).await;
    }
    Some(())
}

fn status_form(shared: &Shared, text: &Text) -> Form {
    let mut form = vec![
        ("MessageSid".into(), text.sid.clone()),
        ("MessageStatus".into(), text.status.word().into()),
        ("SmsSid".into(), text.sid.clone()),
        ("SmsStatus".into(), text.status.word().into()),
        ("To".into(), text.to.clone()),
        ("From".into(), text.from.clone()),
        ("AccountSid".into(), shared.config.account_sid.clone()),
        ("ApiVersion".into(), "2010-04-01".into()),
    ];
    if let Some(code) = text.error_code {
        form.push(("ErrorCode".into(), code.to_string()));
    }
    form
}

/// A handset texts the school: the carrier minds its own words first, then the application is told.
/// Gives the text's id and what the application answered to each post (none while held).
pub(crate) async fn send_from(
    shared: &Arc<Shared>,
    number: &str,
    body: &str,
) -> (String, Vec<Result<u16, String>>) {
    let _busy = Busy::new(shared);
    let now = shared.now();
    let text = Text {
        status: TextStatus::Received,
        inbound: true,
        sent: Some(now),
        arrived: true,
        expected: true,
        ..outbound(shared, number, &shared.config.school_number, body.into())
    };
    let url = shared.change(|world| {
        world.phone(number);
        world.texts.push(text.clone());
        world.text_url.clone()
    });
    carrier_words(shared, &text);
    let outcomes = post(shared, url, &text).await;
    (text.sid, outcomes)
}

/// A text from a handset is posted once more, as it was.
pub(crate) async fn post_again(shared: &Arc<Shared>, sid: &str) -> Vec<Result<u16, String>> {
    let _busy = Busy::new(shared);
    match shared.see(|world| Some((world.text_url.clone(), world.text(sid)?.clone()))) {
        Some((url, text)) => post(shared, url, &text).await,
        None => vec![Err("there is no such text".into())],
    }
}

async fn post(shared: &Arc<Shared>, url: Option<String>, text: &Text) -> Vec<Result<u16, String>> {
    let Some(url) = url else { return vec![Err("no webhook is set".into())] };
    let form = inbound_form(shared, text);
    let mut outcomes = Vec::new();
    for outcome in mail(shared, Post::InboundTexts, &url, form).await {
        if let Ok(answer) = &outcome {
            read_replies(shared, &text.from, answer);
        }
        outcomes.push(outcome.map(|answer| answer.status.as_u16()));
    }
    outcomes
}

fn inbound_form(shared: &Shared, text: &Text) -> Form {
    [
        ("ToCountry", "GB"),
        ("SmsMessageSid", &text.sid),
        ("NumMedia", "0"),
        ("SmsSid", &text.sid),
        ("SmsStatus", "received"),
        ("Body", &text.body),
        ("FromCountry", "GB"),
        ("To", &text.to),
        ("NumSegments", &segments(&text.body).to_string()),
        ("MessageSid", &text.sid),
        ("AccountSid", &shared.config.account_sid),
        ("From", &text.from),
        ("ApiVersion", "2010-04-01"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .to_vec()
}

/// STOP and its like opt out, START and its like opt in, HELP is answered by the carrier. All are passed on too.
fn carrier_words(shared: &Shared, text: &Text) {
    let (opted_out, reply) = match text.body.trim().to_uppercase().as_str() {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" => (
            Some(true),
            "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
        ),
        "START" | "YES" | "UNSTOP" => {
            (Some(false), "You have successfully been re-subscribed to messages from this number.")
        }
        "HELP" | "INFO" => (None, "Reply STOP to unsubscribe. Msg&Data Rates May Apply."),
        _ => return,
    };
    let from_carrier = Text {
        status: TextStatus::Delivered,
        arrived: true,
        from_carrier: true,
        expected: true,
        sent: Some(text.created),
        ..outbound(shared, &text.to, &text.from, reply.into())
    };
    shared.change(|world| {
        let phone = world.phone(&text.from);
        phone.opted_out = opted_out.unwrap_or(phone.opted_out);
        world.texts.push(from_carrier);
    });
}

/// Posts what was held; a text among it may be answered.
pub(crate) async fn release(shared: &Arc<Shared>, order: Order) {
    let _busy = Busy::new(shared);
    for (form, answer) in webhooks::release(shared, order).await {
        let from = |(key, value): &(String, String)| (key == "From").then(|| value.clone());
        let inbound = form.iter().any(|(_, value)| value == "received");
        if let (true, Some(number), Ok(answer)) = (inbound, form.iter().find_map(from), answer) {
            read_replies(shared, &number, &answer);
        }
    }
}

/// An application may answer a text in TwiML: `<Message>` goes back to the handset.
fn read_replies(shared: &Arc<Shared>, number: &str, answer: &Answer) {
    if !answer.status.is_success() || answer.body.trim().is_empty() {
        return;
    }
    let verbs = match twiml::parse(&answer.body) {
        Ok(verbs) => verbs,
        Err(complaint) => return crate::line::twiml_complaint(shared, complaint),
    };
    for verb in verbs {
        if let Verb::Message(body) = verb {
            let text = Text { reply: true, ..outbound(shared, &shared.config.school_number, number, body) };
            let sid = text.sid.clone();
            shared.change(|world| world.texts.push(text));
            set_out(shared, sid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_text_is_counted_in_parts_as_the_carrier_counts() {
        assert_eq!(segments(&"a".repeat(160)), 1);
        assert_eq!(segments(&"a".repeat(161)), 2);
        assert_eq!(segments(&"€".repeat(80)), 1);
        assert_eq!(segments(&"€".repeat(81)), 2);
        assert_eq!(segments(&"á".repeat(70)), 1);
        assert_eq!(segments(&"á".repeat(71)), 2);
    }
}
