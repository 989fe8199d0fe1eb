//! Who has an account at the broker: each service, what a process does beside them, and the phones.

use std::sync::{Arc, OnceLock};

use chassis::broker::acl::{Account, AccountKind};
use chassis::broker::{Accounts, Phones};
use chassis::bus::Password;
use chassis::host::instance_client;
use gateway::Door;
use proto::ids::ClientId;
use proto::topics::ServiceName;

/// The account of whoever watches or checks in over MQTT on this machine.
pub const LOCAL_CLIENT: &str = "local-client";

/// The account with which `init` and the demonstration command services, as the board does.
pub const SETUP_CLIENT: &str = "board-setup";

/// The account with which the gateway takes OwnTracks positions: its session outlives a restart.
pub const POSITIONS_CLIENT: &str = "gateway-positions";

/// The account with which Home Assistant is told of the alarm.
pub const DISCOVERY_CLIENT: &str = "alerts-discovery";

/// What the key is for, from which the passwords of phones follow.
pub const PHONES_KEY: &str = "owntracks passwords";

/// The phones, once the gateway knows them: the broker starts first.
#[derive(Default)]
pub(crate) struct LatePhones(pub(crate) OnceLock<Door>);

impl Phones for LatePhones {
    fn account(&self, name: &str) -> Option<(Account, Password)> {
        self.0.get()?.account(name)
    }
}

/// A client of ours.
pub(crate) fn client(name: &str) -> ClientId {
    ClientId::parse(name).expect("a slug")
}

/// The account of an instance of a service.
pub fn account_of(service: ServiceName, instance: u16) -> Account {
    let kind = if service == ServiceName::Board { AccountKind::Board } else { AccountKind::Service(service) };
    Account { name: instance_client(service, instance), kind }
}

/// Those of a process that is its own broker, and the password of who watches on this machine.
pub(crate) fn of_one_process(services: &[ServiceName], phones: &Arc<LatePhones>) -> (Accounts, Password) {
    let mut accounts = Accounts::new().with_phones(Arc::clone(phones) as _);
    for account in services.iter().map(|service| account_of(*service, 1)).chain(beside_services(1)) {
        accounts.add(account);
    }
    let watches = AccountKind::Client { school: None, reads_events: true };
    let local = accounts.add(Account { name: client(LOCAL_CLIENT), kind: watches });
    (accounts, local)
}

/// What an instance does beside its services, under a name of its own: the first one's is the plain one.
pub(crate) fn beside(name: &str, instance: u16) -> ClientId {
    match instance {
        1 => client(name),
        other => client(&format!("{name}-{other}")),
    }
}

/// The accounts of what an instance does beside its services.
pub(crate) fn beside_services(instance: u16) -> Vec<Account> {
    let account = |name, kind| Account { name: beside(name, instance), kind };
    let mut accounts = vec![
        account(POSITIONS_CLIENT, AccountKind::Service(ServiceName::Gateway)),
        account(DISCOVERY_CLIENT, AccountKind::Service(ServiceName::Alerts)),
    ];
    if instance == 1 {
        accounts.push(account(SETUP_CLIENT, AccountKind::Board));
    }
    accounts
}
