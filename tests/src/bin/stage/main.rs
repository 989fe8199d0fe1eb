//! The stage of the browser's stories: a [`World`] that is told what to do, a line at a time.
//!
//! It prints one line of JSON when all is ready, reads orders from its input (see `orders.rs`), and answers each with one
//! line: `{"id":1,"ok":…}`, or `{"id":1,"no":"why"}`. When its input ends, the play does: it stops all that it started.
//! So it can't outlive whoever started it.

mod ground;
mod neighbour;
mod orders;

use std::io::Write;
use std::panic::AssertUnwindSafe;

use end_to_end::{Extras, Plan, World};
use futures::FutureExt;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use orders::{Numbered, Stage};

/// The word that asks for a school in which there is nothing yet but an administrator.
const FROM_NOTHING: &str = "from-nothing";

/// What the address of a provider of accounts (OpenID Connect) begins with: people may log in with it.
const ISSUER: &str = "issuer=";

/// The word that asks for a file of maps as the ground under them.
const MAPPED: &str = "mapped";

/// The word that asks for a broker and a database beside it, and each service in a process of its own: of the binary that lies beside this one.
const APART: &str = "apart";

/// The word that asks for another school on the same Homeward.
const NEIGHBOUR: &str = "neighbour";

#[tokio::main]
async fn main() {
    let mut given: Vec<String> = std::env::args().skip(1).collect();
    let mut asked =
        |wanted: &str| given.iter().position(|word| word == wanted).map(|at| given.remove(at)).is_some();
    let (from_nothing, mapped, neighbour) = (asked(FROM_NOTHING), asked(MAPPED), asked(NEIGHBOUR));
    let plan = if asked(APART) { Plan::Apart(beside_this("homeward")) } else { Plan::Within };
    let issuer = given.iter().position(|word| word.starts_with(ISSUER)).map(|at| given.remove(at));
    let start = given.pop().unwrap_or_else(|| end_to_end::MORNING.to_owned());
    let ground = mapped.then(ground::written);
    let tables = ground
        .as_ref()
        .map(|file| format!("[map]\ntiles = \"{}\"\ncredit = \"Elmfield's own map\"\n", file.display()));
    let accounts = issuer.map(|word| accounts(word.trim_start_matches(ISSUER)));
    let beside = neighbour.then(|| neighbour::TABLE.to_owned());
    let tables = [tables, accounts, beside].into_iter().flatten().collect::<String>();
    let extras = Extras { from_nothing, tables, ..Extras::default() };
    let mut stage = Stage::new(World::start_with(&start, plan, extras).await);
    stage.give_log_ins(from_nothing).await;
    let mut program = stage.program();
    if neighbour {
        program["neighbour"] = neighbour::moves_in(&stage.world).await;
        stage.world.quiet().await;
    }
    say(&json!({ "ready": program }));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        say(&answer(&mut stage, &line).await);
    }
    stage.world.closes().await;
}

/// A program that lies beside this one.
fn beside_this(name: &str) -> &'static str {
    let here = std::env::current_exe().expect("it runs from a file");
    String::leak(here.with_file_name(name).display().to_string())
}

/// The DSL alone owes a second factor; the secret is the story's own.
fn accounts(issuer: &str) -> String {
    format!(
        "[log_in]\nsecond_factor_for = [\"dsl\"]\n[log_in.oidc.work]\nlabel = \"Elmfield accounts\"\nissuer = \"{issuer}\"\n\
         client_id = \"homeward\"\nclient_secret = \"a secret of the story alone\"\nprompt = \"login\"\n"
    )
}

/// What is asked may fail, by a panic too: it is answered, and the next one is taken.
async fn answer(stage: &mut Stage, line: &str) -> Value {
    let Numbered { id, order } = match serde_json::from_str(line) {
        Ok(numbered) => numbered,
        Err(bad) => return json!({ "no": format!("{line}: {bad}") }),
    };
    match AssertUnwindSafe(stage.does(order)).catch_unwind().await {
        Ok(ok) => json!({ "id": id, "ok": ok }),
        Err(panic) => {
            let why = panic.downcast_ref::<String>().cloned();
            let why = why.or_else(|| panic.downcast_ref::<&str>().map(|why| (*why).to_owned()));
            json!({ "id": id, "no": why.unwrap_or_else(|| "it failed".to_owned()) })
        }
    }
}

fn say(line: &Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("whoever started it reads");
}
