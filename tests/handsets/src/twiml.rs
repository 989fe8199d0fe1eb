//! Reads TwiML: the verbs that a school's phone line needs. What is unknown here is complained about, not skipped:
//! Twilio warns and goes on, and the mistake is found by the parent who rings.

use roxmltree::{Document, Node};

/// Where the words of a call come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Asked of the application.
    Url { url: String, get: bool },
    /// Given with the request.
    Inline(String),
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Say(String),
    Pause { secs: u64 },
    Play,
    Gather(Gather),
    Redirect { url: String, get: bool },
    Dial(Dial),
    Message(String),
    Reject { busy: bool },
    Hangup,
}

/// Listens for keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gather {
    pub(crate) prompts: Vec<Verb>,
    pub(crate) num_digits: Option<usize>,
    pub(crate) finish_on: Option<char>,
    pub(crate) timeout_secs: u64,
    pub(crate) action: Option<String>,
    pub(crate) get: bool,
    pub(crate) action_on_empty: bool,
}

/// Connects the caller with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dial {
    pub(crate) targets: Vec<Target>,
    pub(crate) sequential: bool,
    pub(crate) timeout_secs: u64,
    pub(crate) caller_id: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) get: bool,
}

/// One number to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) number: String,
    /// What the one who answers hears before they are connected.
    pub(crate) whisper: Option<String>,
    pub(crate) get: bool,
    pub(crate) status_callback: Option<String>,
    pub(crate) events: Vec<String>,
}

/// The verbs of a document, or what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Vec<Verb>, String> {
    let document = Document::parse(text.trim()).map_err(|error| format!("not XML: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(format!("<{}> where <Response> is expected", root.tag_name().name()));
    }
    verbs(root)
}

fn verbs(parent: Node<'_, '_>) -> Result<Vec<Verb>, String> {
    parent.children().filter(Node::is_element).map(verb).collect()
}

fn verb(node: Node<'_, '_>) -> Result<Verb, String> {
    match node.tag_name().name() {
        "Say" => {
            knows(node, &["voice", "language", "loop"])?;
            Ok(Verb::Say(words(node)))
        }
        "Pause" => {
            knows(node, &["length"])?;
            Ok(Verb::Pause { secs: number(node, "length", 1)? })
        }
        "Play" => {
            knows(node, &["loop", "digits"])?;
            Ok(Verb::Play)
        }
        "Gather" => gather(node).map(Verb::Gather),
        "Redirect" => {
            knows(node, &["method"])?;
            Ok(Verb::Redirect { url: words(node), get: is_get(node)? })
        }
        "Dial" => dial(node).map(Verb::Dial),
        "Message" => {
            knows(node, &["to", "from", "action", "method", "statusCallback"])?;
            Ok(Verb::Message(words(node)))
        }
        "Reject" => {
            knows(node, &["reason"])?;
            Ok(Verb::Reject { busy: node.attribute("reason") == Some("busy") })
        }
        "Hangup" => {
            knows(node, &[])?;
            Ok(Verb::Hangup)
        }
        other => Err(format!("<{other}> is not a verb known here")),
    }
}

fn gather(node: Node<'_, '_>) -> Result<Gather, String> {
    knows(
        node,
        &[
            "input",
            "numDigits",
            "finishOnKey",
            "timeout",
            "action",
            "method",
            "actionOnEmptyResult",
            "language",
        ],
    )?;
    if node.attribute("input").is_some_and(|input| input != "dtmf") {
        return Err("<Gather input>: only dtmf is known here".into());
    }
    let prompts = verbs(node)?;
    let only_heard = |verb: &Verb| matches!(verb, Verb::Say(_) | Verb::Pause { .. } | Verb::Play);
    if !prompts.iter().all(only_heard) {
        return Err("<Gather> takes Say, Play and Pause only".into());
    }
    let num_digits = node.attribute("numDigits").map(|_| number(node, "numDigits", 1)).transpose()?;
    Ok(Gather {
        prompts,
        num_digits: num_digits.map(|n| usize::try_from(n).unwrap_or(usize::MAX)),
        finish_on: node.attribute("finishOnKey").unwrap_or("#").chars().next(),
        timeout_secs: number(node, "timeout", 5)?,
        action: node.attribute("action").map(str::to_owned),
        get: is_get(node)?,
        action_on_empty: node.attribute("actionOnEmptyResult") == Some("true"),
    })
}

fn dial(node: Node<'_, '_>) -> Result<Dial, String> {
    knows(
        node,
        &[
            "action",
            "method",
            "timeout",
            "timeLimit",
            "callerId",
            "sequential",
            "answerOnBridge",
            "record",
            "hangupOnStar",
            "ringTone",
        ],
    )?;
    let mut targets = node.children().filter(Node::is_element).map(target).collect::<Result<Vec<_>, _>>()?;
    let plain = words(node);
    if targets.is_empty() && !plain.is_empty() {
        targets.push(Target {
            number: plain,
            whisper: None,
            get: false,
            status_callback: None,
            events: vec![],
        });
    }
    if targets.is_empty() {
        return Err("<Dial> without a number".into());
    }
    Ok(Dial {
        targets,
        sequential: node.attribute("sequential") == Some("true"),
        timeout_secs: number(node, "timeout", 30)?,
        caller_id: node.attribute("callerId").map(str::to_owned),
        action: node.attribute("action").map(str::to_owned),
        get: is_get(node)?,
    })
}

fn target(node: Node<'_, '_>) -> Result<Target, String> {
    if node.tag_name().name() != "Number" {
        return Err(format!("<{}> in <Dial> is not known here", node.tag_name().name()));
    }
    knows(
        node,
        &[
            "url",
            "method",
            "statusCallback",
            "statusCallbackEvent",
            "statusCallbackMethod",
            "sendDigits",
            "machineDetection",
            "machineDetectionTimeout",
        ],
    )?;
    let number = words(node);
    if !crate::server::is_e164(&number) {
        return Err(format!("<Number>{number}</Number> is not an E.164 number"));
    }
    Ok(Target {
        number,
        whisper: node.attribute("url").map(str::to_owned),
        get: is_get(node)?,
        status_callback: node.attribute("statusCallback").map(str::to_owned),
        events: node
            .attribute("statusCallbackEvent")
            .unwrap_or("completed")
            .split(' ')
            .map(str::to_owned)
            .collect(),
    })
}

/// All text inside, with single spaces.
fn words(node: Node<'_, '_>) -> String {
    let text: String = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn knows(node: Node<'_, '_>, attributes: &[&str]) -> Result<(), String> {
    match node.attributes().find(|attribute| !attributes.contains(&attribute.name())) {
        Some(unknown) => Err(format!("<{}> has no attribute {}", node.tag_name().name(), unknown.name())),
        None => Ok(()),
    }
}

fn number(node: Node<'_, '_>, attribute: &str, otherwise: u64) -> Result<u64, String> {
    let Some(text) = node.attribute(attribute) else { return Ok(otherwise) };
    text.parse().map_err(|_| format!("<{} {attribute}=\"{text}\"> is not a number", node.tag_name().name()))
}

fn is_get(node: Node<'_, '_>) -> Result<bool, String> {
    match node.attribute("method").unwrap_or("POST") {
        "POST" => Ok(false),
        "GET" => Ok(true),
        other => Err(format!("<{} method=\"{other}\">", node.tag_name().name())),
    }
}
