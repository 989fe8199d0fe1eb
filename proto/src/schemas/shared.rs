//! The types of all services in one place: a name that means the same everywhere stands there once, every other one
//! with its service before it (`checkins.Word`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::service::{Contract, names};
use crate::topics::ServiceName;

/// Every type of every contract under a name of its own; references go by these names.
pub(super) struct SharedTypes {
    shared: BTreeMap<String, Value>,
    from: String,
    to: String,
}

impl SharedTypes {
    /// Finds the types that mean the same wherever they stand. `from` and `to` begin a reference, before and after.
    pub(super) fn of(contracts: &[Contract], from: &str, to: &str) -> Self {
        let mut shared: BTreeMap<String, Value> = BTreeMap::new();
        let mut differ: Vec<String> = Vec::new();
        for (name, schema) in contracts.iter().flat_map(|contract| &contract.types) {
            match shared.get(name) {
                Some(known) if known != schema => differ.push(name.clone()),
                Some(_) => {}
                None => drop(shared.insert(name.clone(), schema.clone())),
            }
        }
        // What refers to a type that differs is not the same either.
        while let Some(name) = differ.pop() {
            if shared.remove(&name).is_some() {
                let users = shared.iter().filter(|(_, schema)| names(schema, from).contains(&name));
                differ.extend(users.map(|(user, _)| user.clone()));
            }
        }
        Self { shared, from: from.to_owned(), to: to.to_owned() }
    }

    /// The name under which a service's type stands.
    fn name(&self, service: ServiceName, name: &str) -> String {
        if self.shared.contains_key(name) { name.to_owned() } else { format!("{service}.{name}") }
    }

    /// All types of the contracts.
    pub(super) fn all(&self, contracts: &[Contract]) -> BTreeMap<String, Value> {
        let of = |contract: &Contract| -> Vec<(String, Value)> {
            let named = |(name, schema): (&String, &Value)| {
                (self.name(contract.service, name), self.renamed(contract.service, schema))
            };
            contract.types.iter().map(named).collect()
        };
        contracts.iter().flat_map(of).collect()
    }

    /// A schema with its references changed.
    pub(super) fn renamed(&self, service: ServiceName, json: &Value) -> Value {
        match json {
            Value::Object(fields) => {
                let field = |(key, value): (&String, &Value)| {
                    let name =
                        value.as_str().filter(|_| key == "$ref").and_then(|to| to.strip_prefix(&self.from));
                    let value = match name {
                        Some(name) => Value::String(format!("{}{}", self.to, self.name(service, name))),
                        None => self.renamed(service, value),
                    };
                    (key.clone(), value)
                };
                Value::Object(fields.iter().map(field).collect::<Map<_, _>>())
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.renamed(service, item)).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => json.clone(),
        }
    }
}
