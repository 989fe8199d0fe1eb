//! What is looked up often, kept in order beside the cases. It follows from them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proto::ids::{CaseId, DeviceId, PersonId};
use proto::v1::alerts::{Reason, Severity};
use serde::{Deserialize, Serialize};

use crate::case::OpenCase;
use crate::topic::CaseTopic;

/// Looked up often.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Index {
    #[serde(with = "pairs")]
    topics: BTreeMap<CaseTopic, CaseId>,
    /// When time alone will next change a case.
    pub(crate) due: BTreeSet<(Timestamp, CaseId)>,
    /// Cases about lost or overdue devices.
    devices: BTreeMap<DeviceId, BTreeSet<CaseId>>,
    /// In whose hands a phone is.
    pub(crate) holders: BTreeMap<DeviceId, PersonId>,
    /// Cases of a warning or more that nobody owns: the alarm is on while there is one.
    pub(crate) alarming: BTreeSet<(Severity, CaseId)>,
    /// The same by age.
    pub(crate) alarming_since: BTreeSet<(Timestamp, CaseId)>,
}

impl Index {
    pub(crate) fn about(&self, topic: &CaseTopic) -> Option<CaseId> {
        self.topics.get(topic).copied()
    }

    /// Cases in which that device is lost or overdue.
    pub(crate) fn about_device(&self, device: DeviceId) -> impl Iterator<Item = CaseId> + '_ {
        self.devices.get(&device).into_iter().flatten().copied()
    }

    pub(crate) fn add(&mut self, case: &OpenCase) {
        self.topics.insert(case.topic, case.case);
        self.due.extend(case.next_due().map(|at| (at, case.case)));
        for device in devices(case) {
            self.devices.entry(device).or_default().insert(case.case);
        }
        if is_alarming(case) {
            self.alarming.insert((case.pressing(), case.case));
            self.alarming_since.insert((case.opened_at, case.case));
        }
    }

    pub(crate) fn remove(&mut self, case: &OpenCase) {
        self.topics.remove(&case.topic);
        if let Some(at) = case.next_due() {
            self.due.remove(&(at, case.case));
        }
        for device in devices(case) {
            if let Some(cases) = self.devices.get_mut(&device) {
                cases.remove(&case.case);
                if cases.is_empty() {
                    self.devices.remove(&device);
                }
            }
        }
        if is_alarming(case) {
            self.alarming.remove(&(case.pressing(), case.case));
            self.alarming_since.remove(&(case.opened_at, case.case));
        }
    }

    /// Phones change hands.
    pub(crate) fn in_hands(
        &mut self,
        person: PersonId,
        before: &BTreeSet<DeviceId>,
        now: &BTreeSet<DeviceId>,
    ) {
        for gone in before.difference(now) {
            if self.holders.get(gone) == Some(&person) {
                self.holders.remove(gone);
            }
        }
        self.holders.extend(now.iter().map(|device| (*device, person)));
    }
}

fn is_alarming(case: &OpenCase) -> bool {
    // A lamp in the office must not tell of what the office may not know. [INC-7]
    case.readers().is_none() && case.owner().is_none() && case.pressing() >= Severity::Warning
}

fn devices(case: &OpenCase) -> BTreeSet<DeviceId> {
    let mut found = BTreeSet::new();
    for (reason, _) in &case.reasons {
        if let Reason::DeviceLost { device } = reason {
            found.insert(*device);
        }
        if let Reason::ReturnOverdue { devices, .. } = reason {
            found.extend(devices);
        }
    }
    found
}

/// A map whose keys aren't texts, as a list: in JSON keys are texts.
mod pairs {
    use std::collections::BTreeMap;

    use proto::ids::CaseId;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::topic::CaseTopic;

    pub(super) fn serialize<S: Serializer>(
        map: &BTreeMap<CaseTopic, CaseId>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<CaseTopic, CaseId>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
