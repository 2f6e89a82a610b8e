//! Wasm guests inside V8.

use crate::support::{Host, failure};
use serde_json::json;

#[test]
fn a_hundred_suspended_calls_keep_their_own_values() {
    let mut host = Host::wasm();
    // Twice: the second time on the instances, and stacks, of the first.
    for round in 0..2 {
        let paths: Vec<String> = (0..100).map(|n| format!("r{round}n{n}")).collect();
        let args: Vec<_> = paths
            .iter()
            .enumerate()
            .map(|(n, path)| json!({ "url": host.origin.url(path), "value": n }))
            .collect();
        let calls: Vec<u64> = args
            .iter()
            .zip(&paths)
            .map(|(args, path)| host.kit.call(path, "keep", args.clone()))
            .collect();
        paths.iter().for_each(|path| host.origin.arrived(path));
        host.value(&format!("meanwhile{round}"), "calls", json!({}));
        for n in (0..100).rev() {
            host.origin.release(&paths[n], "body");
            assert_eq!(host.kit.answer(calls[n]).unwrap()["value"], args[n]);
        }
    }
}

#[test]
fn reducers_and_procedures_write() {
    let mut host = Host::wasm();
    assert_eq!(host.value("c1", "insert", json!({})), 0);
    assert_eq!(host.value("c2", "write", json!({})), 0);
    assert_eq!(host.kit.rows("log"), json!([["l", 7], ["log", 8]]));
}

#[test]
fn a_reducer_cannot_suspend() {
    let mut host = Host::wasm();
    assert_eq!(host.value("c1", "notAllowed", json!({})), 4);
}

#[test]
fn an_answer_is_taken_into_memory_that_has_grown() {
    let mut host = Host::wasm();
    let url = host.origin.url("grow");
    let call = host.kit.call("c1", "grow", json!({ "url": url }));
    host.origin.release("grow", "body");
    assert_eq!(host.kit.answer(call).unwrap()["value"]["status"], 200);
}

#[test]
fn an_instance_is_used_again_after_a_clean_end_only() {
    let mut host = Host::wasm();
    assert_eq!(host.value("c1", "reuse", json!({})), 1);
    assert_eq!(host.value("c2", "reuse", json!({})), 2);
    assert_eq!(
        host.failure("c3", "trap", json!({})),
        ("guest-error".into(), "unreachable".into())
    );
    assert_eq!(host.value("c4", "reuse", json!({})), 1);
    assert_eq!(host.failure("c5", "deep", json!({})).0, "guest-error");
    assert_eq!(
        host.failure("c6", "fails", json!({})),
        ("bad-value".into(), "said so".into())
    );
    assert_eq!(host.failure("c7", "aborts", json!({})).1, "said so");
    let (category, message) = host.failure("c8", "outside", json!({}));
    assert_eq!(category, "guest-error");
    assert!(message.contains("out of bounds"), "{message}");
    assert_eq!(host.value("c9", "calls", json!({})), 1);
    assert_eq!(host.value("c10", "calls", json!({})), 2);
}

#[test]
fn an_endless_loop_is_stopped() {
    let mut host = Host::wasm_within(json!({ "turnMs": 400 }));
    let held = host.hold("held", "keep", "held", json!({ "value": 1 }));
    assert_eq!(host.failure("culprit", "loop", json!({})).0, "budget");
    assert_eq!(failure(&host.kit.answer(held).unwrap()).0, "lane-lost");
    host.origin.closed("held");
    assert_eq!(host.value("again", "reuse", json!({})), 1);
}

#[test]
fn a_module_that_is_no_guest_is_refused_with_the_reason() {
    let mut host = Host::start();
    let exports = r#"(memory (export "memory") 1) (func (export "describe")) (func (export "call") (param i32 i32))"#;
    let cases = [
        (
            format!(r#"(module (import "wasi" "exit" (func)) {exports})"#),
            "compile",
            "\"wasi\"",
        ),
        (
            format!(r#"(module (import "evenlane_1" "nothing" (func)) {exports})"#),
            "compile",
            "\"nothing\"",
        ),
        (
            format!(r#"(module (import "evenlane_1" "take" (func (param i64))) {exports})"#),
            "compile",
            "(i32) -> ()",
        ),
        (
            r#"(module (memory (export "memory") 1))"#.to_owned(),
            "compile",
            "\"describe\"",
        ),
        (
            format!(r#"(module {})"#, exports.replace("(memory (export \"memory\") 1)", "")),
            "compile",
            "memory",
        ),
        (
            format!(
                r#"(module {})"#,
                exports.replace("\"describe\")", "\"describe\") unreachable")
            ),
            "describe",
            "unreachable",
        ),
        (format!(r#"(module {exports})"#), "interface", ""),
    ];
    for (source, reason, names) in cases {
        let (found, message) = host.refusal("as", &wat::parse_str(&source).unwrap());
        assert_eq!(found, reason, "{source}: {message}");
        assert!(message.contains(names), "{source}: {message}");
    }
    let (reason, message) = host.refusal("as", b"\0asm\x01\0\0\0\xff");
    assert_eq!(reason, "compile", "{message}");
}

#[test]
fn an_operator_bounds_the_memory_of_an_instance() {
    // Two pages, and two more: the guest grows by eight and then takes the answer where the memory has ended.
    let mut host = Host::wasm_within(json!({ "memoryBytes": 262_144 }));
    let url = host.origin.url("grow");
    let call = host.kit.call("c1", "grow", json!({ "url": url }));
    host.origin.release("grow", "body");
    let (category, message) = failure(&host.kit.answer(call).unwrap());
    assert_eq!(category, "guest-error");
    assert!(message.contains("out of bounds"), "{message}");
    assert_eq!(host.value("c2", "calls", json!({})), 1);
    let guest = wat::parse_str(include_str!("guest.wat")).unwrap();
    let (reason, message) = host.refusal_within("as", &guest, json!({ "memoryBytes": 131_071 }));
    assert_eq!(reason, "compile");
    assert!(message.contains("131071"), "{message}");
}
