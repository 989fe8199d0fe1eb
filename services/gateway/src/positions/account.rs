//! A device's own account: its name, its password, and the key with which its messages may be encrypted besides. Both
//! secrets follow from the installation's: nothing of them is stored.

use chassis::broker::Phones;
use chassis::broker::acl::{Account, AccountKind};
use chassis::bus::Password;
use chassis::school::School;
use proto::ids::{ClientId, DeviceId, SchoolId};
use proto::values::AssetTag;
use subtle::ConstantTimeEq as _;

use crate::State;
use crate::door::{Door, Inner};

/// The password of a device's own account.
pub fn device_password(key: &[u8; 32], school: &SchoolId, device: DeviceId) -> String {
    derived(key, b"homeward owntracks password v1", school, device)[..24].to_owned()
}

/// The key with which a device's messages may be encrypted: 32 characters.
pub fn encryption_key(key: &[u8; 32], school: &SchoolId, device: DeviceId) -> String {
    derived(key, b"homeward owntracks encryption v1", school, device)[..32].to_owned()
}

fn derived(key: &[u8; 32], purpose: &[u8], school: &SchoolId, device: DeviceId) -> String {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(purpose);
    hasher.update(school.as_str().as_bytes());
    hasher.update(device.0.as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// The name of a device's account at a broker: `elmfield-wm-014`.
pub fn broker_account(school: &SchoolId, tag: &AssetTag) -> String {
    format!("{school}-{}", tag.as_str()).to_ascii_lowercase()
}

/// The phones that have an account at a broker now: work mobiles that may be located. [CHECK-7]
impl Phones for Door {
    fn account(&self, name: &str) -> Option<(Account, Password)> {
        let inner = &self.inner;
        let phones = inner.view.each(|school, state| {
            let mut phones = state.devices.iter().filter(|(_, device)| device.may_be_located());
            let (id, device) = phones.find(|(_, device)| broker_account(&school.id, &device.tag) == name)?;
            let kind = AccountKind::Device { school: school.id.clone(), tag: device.tag.clone() };
            let password = device_password(&inner.config.owntracks_key, &school.id, *id);
            Some((Account { name: ClientId::parse(name).ok()?, kind }, Password::new(password)))
        });
        phones.into_iter().flatten().next()
    }
}

/// The device that logs in with this name and password. The name is the asset tag or the device's id, `school/tag` where
/// there are several schools.
pub(crate) fn log_in(inner: &Inner, user: &str, password: &str) -> Option<(SchoolId, DeviceId)> {
    let (school, name) = match user.split_once('/') {
        Some((school, name)) => (Some(SchoolId::parse(school).ok()?), name),
        None => (None, user),
    };
    let (tag, id) = (AssetTag::parse(name).ok(), name.parse::<DeviceId>().ok());
    let device_of = |state: &State| {
        let by_tag = || tag.as_ref().and_then(|tag| state.device_of_tag(tag)).map(|(id, _)| id);
        id.filter(|id| state.devices.contains_key(id)).or_else(by_tag)
    };
    let of_school = |known: &School, state: &State| Some((known.id.clone(), device_of(state)?));
    // Of thousands of schools only the one that is named is looked at.
    let candidates = match &school {
        Some(named) => vec![inner.view.read(named, of_school).flatten()],
        None => inner.view.each(of_school),
    };
    let key = &inner.config.owntracks_key;
    let right = |(school, device): &(SchoolId, DeviceId)| -> bool {
        device_password(key, school, *device).as_bytes().ct_eq(password.as_bytes()).into()
    };
    candidates.into_iter().flatten().find(right)
}
