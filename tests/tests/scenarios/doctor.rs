//! `homeward doctor`, beside Homeward at work: of a place in order it says so, and of each thing that is not what to do about it.

use std::os::unix::fs::PermissionsExt;

use end_to_end::{MORNING, Plan, World};

use super::HOMEWARD;

/// What it looks at, each service being a process of its own, beside Mosquitto and PostgreSQL.
const LOOKED_AT: [&str; 11] = [
    "configuration",
    "secret",
    "disk",
    "back-up",
    "database",
    "journals",
    "snapshots",
    "log-ins",
    "at work",
    "broker",
    "provider",
];

/// Whether it says that this is well.
fn is_well(said: &str, what: &str) -> bool {
    said.lines()
        .any(|line| line.strip_prefix("well ").is_some_and(|rest| rest.trim_start().starts_with(what)))
}

/// HW-D6 until a back-up is made; then each thing is well, but for what a machine of tests lacks: a name in the world, and a time service.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_place_in_order_the_doctor_says_so_of_each_thing() {
    let world = World::start_as(MORNING, Plan::Apart(HOMEWARD)).await;
    world.gives_log_in("Pat", "pat", "seven seas and a lighthouse").await;
    let before = world.runs_errand(&["doctor"]).await;
    assert!(
        before.done && before.said.contains("HW-D6") && !is_well(&before.said, "back-up"),
        "{}",
        before.said
    );
    world.is_backed_up().await;
    let after = world.runs_errand(&["doctor"]).await;
    let not_well: Vec<_> = LOOKED_AT.into_iter().filter(|what| !is_well(&after.said, what)).collect();
    assert!(after.done && not_well.is_empty(), "{not_well:?}: {}", after.said);
    let to_look_at = |line: &&str| line.starts_with("LOOK") || line.starts_with("WRONG");
    for line in after.said.lines().filter(to_look_at) {
        assert!(line.contains("public base") || line.contains("clock"), "{line}");
    }
}

/// HW-P1: the provider does not take the credentials. HW-F2: the secret may be read by others, or is damaged. HW-J3: somebody wrote in a
/// journal by hand, which `verify` finds too. Of each it says what to do, and whether it works all the same.
#[tokio::test(flavor = "multi_thread")]
async fn of_each_thing_that_is_not_in_order_the_doctor_says_what_to_do() {
    let mut world = World::start_as(MORNING, Plan::Apart(HOMEWARD)).await;
    let refused =
        world.runs_errand_with("simulated-handsets-token", "somebody-elses-token", &["doctor"]).await;
    assert!(!refused.done && refused.said.contains("HW-P1"), "{}", refused.said);
    assert!(!is_well(&refused.said, "provider") && is_well(&refused.said, "broker"), "{}", refused.said);

    let secret = world.dir().join("secret.key");
    let permits =
        |mode| std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).expect("ours");
    permits(0o644);
    let open = world.runs_errand(&["doctor"]).await;
    assert!(open.done && open.said.contains("others on this machine may read"), "{}", open.said);
    assert!(open.said.contains("HW-F2: chmod 600"), "{}", open.said);
    permits(0o600);
    let whole = std::fs::read(&secret).expect("it is there");
    std::fs::write(&secret, &whole[..7]).expect("ours");
    let damaged = world.runs_errand(&["doctor"]).await;
    assert!(!damaged.done && damaged.said.contains("HW-F2: put its copy there"), "{}", damaged.said);
    std::fs::write(&secret, whole).expect("ours");

    assert!(world.runs_errand(&["verify"]).await.done, "nobody wrote by hand yet");
    world.by_hand("UPDATE people.entry SET kind = 'PersonLeft' WHERE seq = 1").await;
    for errand in ["doctor", "verify"] {
        let told = world.runs_errand(&[errand]).await;
        assert!(!told.done && told.said.contains("HW-J3"), "{errand}: {}", told.said);
        assert!(told.said.contains("people"), "{errand} names the journal: {}", told.said);
    }
}
