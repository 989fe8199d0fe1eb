//! A state that was written down, its checksum right: whatever it says it is taken or refused, and what is taken is written down again, and read
//! again as the same. The input: what stands behind the checksum.
#![no_main]

use std::sync::{Arc, LazyLock};

use chassis::engine::Engine;
use chassis::entry::Chain;
use chassis::school::School;
use checkins::Checkins;
use decider::policy::Policy;
use libfuzzer_sys::fuzz_target;
use proto::Timestamp;
use proto::envelope::Hash;
use proto::ids::SchoolId;
use proto::topics::ServiceName;
use proto::values::{SchoolZone, allow_drama_numbers};
use uuid::Uuid;

static SCHOOL: LazyLock<Arc<School>> = LazyLock::new(|| {
    allow_drama_numbers();
    Arc::new(School {
        id: SchoolId::parse("elmfield").expect("a slug"),
        name: "Elmfield".parse().expect("a label"),
        zone: SchoolZone::london(),
        policy: Policy::default(),
    })
});

fn engine() -> Engine<Checkins> {
    let chain = Chain::empty(ServiceName::Checkins, SCHOOL.id.clone(), Uuid::nil());
    Engine::rebuild(SCHOOL.clone(), chain, &[], Timestamp::UNIX_EPOCH, Box::new(|| [0; 16]))
}

fuzz_target!(|data: &[u8]| {
    let checksum = |body: &[u8]| blake3::hash(body).as_bytes().to_vec();
    let mut taken = engine();
    if taken.thaw(7, Hash::ZERO, &[checksum(data), data.to_vec()].concat()).is_err() {
        return;
    }
    let written = taken.freeze().expect("nothing is under way");
    let mut again = engine();
    again.thaw(7, Hash::ZERO, &written).expect("it was written just now");
    assert_eq!(again.freeze().expect("nothing is under way"), written);
    // What falls due by it is judged, or not.
    again.tick(Timestamp::UNIX_EPOCH);
});
