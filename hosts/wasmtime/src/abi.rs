//! The shape of a guest: what it may import, what it must export. Each fault is named at load.

use wasmtime::{ExternType, Module, ValType};

/// The one namespace of imports.
pub(crate) const NAMESPACE: &str = "evenlane_1";

/// Names that the namespace holds.
const IMPORTS: [&str; 23] = [
    "payload_len",
    "take",
    "result",
    "fail",
    "abort",
    "context",
    "log",
    "tx_begin",
    "tx_commit",
    "tx_abort",
    "tx_point",
    "table_get",
    "table_insert",
    "table_update",
    "table_delete",
    "table_scan",
    "schedule",
    "schedule_every",
    "call_reducer",
    "tx_timestamp",
    "uuid",
    "http_fetch",
    "sleep_until",
];

/// Checks the module's imports and exports; the error names all that is wrong.
pub(crate) fn check(module: &Module) -> Result<(), String> {
    let mut faults = Vec::new();
    for import in module.imports() {
        if import.module() != NAMESPACE || !IMPORTS.contains(&import.name()) {
            faults.push(format!(
                "it imports `{}` from `{}`, which guest ABI 1 does not have",
                import.name(),
                import.module()
            ));
        }
    }
    match module.get_export("memory") {
        Some(ExternType::Memory(memory)) if !memory.is_shared() && !memory.is_64() => {}
        Some(_) => faults.push("its export `memory` is not a memory of 32-bit addresses for one thread".to_owned()),
        None => faults.push("it exports no `memory`".to_owned()),
    }
    check_function(module, "describe", 0, "() -> ()", &mut faults);
    check_function(module, "call", 2, "(i32, i32) -> ()", &mut faults);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(format!("the module is no guest: {}", faults.join("; ")))
    }
}

/// Checks that the guest's memory begins within its bound.
pub(crate) fn check_memory(module: &Module, bound: Option<usize>) -> Result<(), String> {
    let (Some(ExternType::Memory(memory)), Some(bound)) = (module.get_export("memory"), bound) else {
        return Ok(());
    };
    let bytes = memory.minimum().saturating_mul(memory.page_size());
    if bytes <= bound as u64 {
        return Ok(());
    }
    Err(format!(
        "the guest's memory begins with {bytes} bytes; its operator gives it {bound}"
    ))
}

fn check_function(module: &Module, name: &str, params: usize, expected: &str, faults: &mut Vec<String>) {
    let is_right = match module.get_export(name) {
        None => return faults.push(format!("it exports no `{name}`")),
        Some(ExternType::Func(function)) => {
            let all_i32 = function.params().all(|parameter| matches!(parameter, ValType::I32));
            all_i32 && function.params().len() == params && function.results().len() == 0
        }
        Some(_) => false,
    };
    if !is_right {
        faults.push(format!("its export `{name}` is not a function {expected}"));
    }
}
