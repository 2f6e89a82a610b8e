//! New code while calls are held.

use serde_json::json;

use crate::running;

#[test]
fn a_fiber_ends_by_the_code_that_it_began_with() {
    let mut host = running();
    let old = host.fetch("old", "held", "old");
    host.origin.arrived("old");
    let guest = include_str!("../guest.wat").replace("byHand", "byFoot");
    let updated = host
        .with_code("module/update", &guest, json!({ "module": "m1" }))
        .unwrap();
    assert_eq!(updated["interface"]["name"], "byFoot");
    let new = host.fetch("new", "held", "new");
    host.origin.arrived("new");
    let stats = |host: &mut crate::Host| host.kit.request("stats", json!({})).unwrap()["modules"][0].take();
    assert_eq!(stats(&mut host)["instances"], 2);
    host.origin.release("old", "11");
    assert_eq!(host.kit.answer(old).unwrap()["value"], 11);
    host.origin.release("new", "22");
    assert_eq!(host.kit.answer(new).unwrap()["value"], 22);
    assert_eq!(host.kit.rows("log"), json!([["11", 11], ["22", 22]]));
    host.kit.quiesce(2);
    assert_eq!(stats(&mut host)["instances"], 1, "the old code's instance is gone");
    host.ends_well();
}
