//! A person of the cast who acts.

use chassis::client::BusClient;
use proto::envelope::{Actor, Outcome};
use proto::ids::{CommandId, PersonId, SchoolId};
use proto::refusal::RefusalBody;

use crate::asks::Asks;

/// How people's commands get in.
#[derive(Clone)]
pub struct Door {
    client: BusClient,
}

impl Door {
    pub(crate) fn new(client: BusClient) -> Self {
        Self { client }
    }

    pub(crate) fn client(&self) -> BusClient {
        self.client.clone()
    }
}

/// A refusal, as the person reads it.
pub type No = Box<RefusalBody>;

/// A person of the cast.
#[derive(Clone)]
pub struct Someone {
    door: Door,
    school: SchoolId,
    person: PersonId,
}

impl Someone {
    pub(crate) fn new(door: Door, school: SchoolId, person: PersonId) -> Self {
        Self { door, school, person }
    }

    /// Does it.
    ///
    /// # Panics
    /// If it is refused.
    pub async fn does<C: Asks>(&self, command: C) -> u64 {
        let (variant, data) = proto::wire::split(&command);
        let done = self.asks(command).await;
        done.unwrap_or_else(|no| panic!("{variant} {data} was refused: {no:#?}"))
    }

    /// Is told why not.
    ///
    /// # Panics
    /// If it is done.
    pub async fn is_refused<C: Asks>(&self, command: C) -> No {
        let (variant, data) = proto::wire::split(&command);
        match self.asks(command).await {
            Err(no) => no,
            Ok(sequence) => panic!("{variant} {data} was done ({sequence}), though a rule stands against it"),
        }
    }

    /// Asks.
    pub async fn asks<C: Asks>(&self, command: C) -> Result<u64, No> {
        self.asks_as(CommandId::new(), command).await
    }

    /// Asks with an id of one's own: asked again with it, nothing is done twice.
    ///
    /// # Panics
    /// If Homeward can't answer.
    pub async fn asks_as<C: Asks>(&self, id: CommandId, command: C) -> Result<u64, No> {
        let (variant, data) = proto::wire::split(&command);
        let actor = Some(Actor::Person(self.person));
        match self.door.client.ask_raw(&self.school, C::SERVICE, id, &variant, data, actor).await {
            Outcome::Accepted { sequence } => Ok(sequence),
            Outcome::Refused { refusal } => Err(refusal),
            Outcome::Faulted { message } => panic!("{variant} was not answered: {message}"),
        }
    }
}
