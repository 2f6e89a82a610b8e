//! What the language tells a JavaScript guest of time and chance.

use crate::support::Host;
use serde_json::{Value, json};

/// Demands that all of a call's clocks show that time.
fn shows(seen: &Value, timestamp: u64) {
    assert_eq!(seen["context"]["timestamp"], timestamp, "{seen}");
    assert_eq!(seen["times"], json!([timestamp, timestamp, timestamp]), "{seen}");
}

/// The numbers of sfc32 over the seed in that context, by the formula of the guest ABI.
fn numbers(context: &Value, count: usize) -> Vec<u32> {
    let seed: [u32; 4] = serde_json::from_value(context["seed"].clone()).unwrap();
    let [mut a, mut b, mut c, mut d] = seed;
    let mut number = || {
        let result = a.wrapping_add(b).wrapping_add(d);
        d = d.wrapping_add(1);
        a = b ^ (b >> 9);
        b = c.wrapping_add(c << 3);
        c = c.rotate_left(21).wrapping_add(result);
        result
    };
    (0..count).map(|_| number()).collect()
}

#[test]
fn date_and_random_are_those_of_the_call() {
    let mut host = Host::javascript();
    let held = host.hold("c1", "clockAcrossFetch", "held", json!({}));
    host.kit.request("clock/advance", json!({ "to": 8000 })).unwrap();
    let reducer = host.value("c2", "clockInReducer", json!({}));
    let blocking = host.value("c3", "clockBlocking", json!({}));
    host.origin.release("held", "");
    let lane = host.kit.answer(held).unwrap()["value"].clone();

    for (seen, timestamp) in [(&lane[0], 1000), (&lane[1], 1000), (&reducer, 8000), (&blocking, 8000)] {
        shows(seen, timestamp);
    }
    let context = &lane[0]["context"];
    let drawn = [&lane[0]["random"], &lane[1]["random"]].map(|random| random.as_array().unwrap().clone());
    assert_eq!(json!(drawn.concat()), json!(numbers(context, 4)));
    for seen in [&reducer, &blocking] {
        assert_eq!(seen["random"], json!(numbers(&seen["context"], 2)));
    }
}

#[test]
fn all_else_of_date_is_as_the_language_has_it() {
    let value = Host::javascript().value("c1", "dates", json!({}));
    assert_eq!(
        value,
        json!({
            "made": [5, 86_400_000, 1000, 7],
            "invalid": true,
            "below": [true, true, true],
            "shape": ["Date", 7, false, true],
            "constructors": ["TypeError", "TypeError"],
            "keys": [],
            "replaced": true,
        })
    );
}
