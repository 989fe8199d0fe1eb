//! Looking at journals from outside: verify, replay, quarantine.

use std::ops::ControlFlow;

use chassis::engine::{Kept, read_event};
use chassis::journal::{Journal, VerifyFault};
use decider::Service;
use proto::ids::SchoolId;
use proto::topics::ServiceName;

use super::say;
use crate::config::Config;

pub(super) async fn open(config: &Config) -> Result<Journal, String> {
    Journal::open(&config.journal_url).await.map_err(|fault| fault.to_string())
}

pub(super) async fn verify(config: &Config) -> Result<(), String> {
    let journal = open(config).await?;
    let mut broken = 0;
    for service in ServiceName::ALL.into_iter().filter(|s| *s != ServiceName::Board) {
        for school in journal.schools(service).await.map_err(|fault| fault.to_string())? {
            match journal.verify(service, &school).await {
                Ok(verified) => say(&format!(
                    "{service} of {school}: {} entries hold, {} blanked",
                    verified.entries, verified.blanked
                )),
                Err(VerifyFault::Broken(link)) => {
                    broken += 1;
                    say(&format!("BROKEN: {link}"));
                }
                Err(VerifyFault::Journal(fault)) => return Err(fault.to_string()),
            }
        }
    }
    if broken == 0 {
        Ok(())
    } else {
        Err(format!("{broken} journals do not hold: see infra/runbooks/HW-J3.md"))
    }
}

pub(super) async fn replay(
    config: &Config,
    service: ServiceName,
    school: &SchoolId,
    at: Option<u64>,
) -> Result<(), String> {
    let journal = open(config).await?;
    let state = match service {
        ServiceName::People => state::<people::People>(&journal, school, at).await,
        ServiceName::Devices => state::<devices::Devices>(&journal, school, at).await,
        ServiceName::Trips => state::<trips::Trips>(&journal, school, at).await,
        ServiceName::Checkins => state::<checkins::Checkins>(&journal, school, at).await,
        ServiceName::Contacts => state::<contacts::Contacts>(&journal, school, at).await,
        ServiceName::Alerts => state::<alerts::Alerts>(&journal, school, at).await,
        ServiceName::Safeguarding => state::<safeguarding::Safeguarding>(&journal, school, at).await,
        ServiceName::Gateway => state::<gateway::Gateway>(&journal, school, at).await,
        ServiceName::Board => Err("the board keeps no journal".into()),
    }?;
    say(&state);
    Ok(())
}

async fn state<S: Service>(journal: &Journal, school: &SchoolId, at: Option<u64>) -> Result<String, String> {
    let (mut state, mut trouble, mut last) = (S::State::default(), None, 0);
    let until = at.unwrap_or(u64::MAX);
    journal
        .scan(S::NAME, school, 1, |entry| {
            if entry.seq > until {
                return ControlFlow::Break(());
            }
            match read_event::<S>(&entry) {
                Ok(Kept::Event(event)) => S::evolve(&mut state, &event),
                // It is no part of the state.
                Ok(Kept::Policy(_)) => {}
                Err(bad) => trouble = Some(bad.to_string()),
            }
            last = entry.seq;
            if trouble.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .await
        .map_err(|fault| fault.to_string())?;
    match (trouble, at) {
        (Some(bad), _) => Err(bad),
        (None, Some(wanted)) if last < wanted => Err(format!("the journal of {} ends at {last}", S::NAME)),
        // A state whose keys aren't texts prints as Rust writes it.
        (None, _) => Ok(serde_json::to_string_pretty(&state).unwrap_or_else(|_| format!("{state:#?}"))),
    }
}

pub(super) async fn quarantine(config: &Config, limit: usize) -> Result<(), String> {
    let journal = open(config).await?;
    let kept = journal.quarantine_list(limit).await.map_err(|fault| fault.to_string())?;
    for message in &kept {
        let payload = String::from_utf8_lossy(&message.payload);
        say(&format!(
            "{} {} {}\n  {}\n  {payload}",
            message.at, message.service, message.source, message.reason
        ));
    }
    say(&format!("{} messages", kept.len()));
    Ok(())
}
