//! Checks a wasm guest's imports and exports against the guest ABI. V8 would let a JavaScript function stand for an
//! import of any type.

use evenlane_host_core::engine::LoadError;
use wasmparser::{ExternalKind, FuncType, MemoryType, Parser, Payload, TypeRef, ValType};

/// The one namespace that a guest may import from.
pub const NAMESPACE: &str = "evenlane_1";

const I32: ValType = ValType::I32;
const F64: ValType = ValType::F64;

/// The functions of the namespace: name, parameters, results.
const IMPORTS: &[(&str, &[ValType], &[ValType])] = &[
    ("payload_len", &[], &[I32]),
    ("take", &[I32], &[]),
    ("result", &[I32; 2], &[]),
    ("fail", &[I32; 3], &[]),
    ("abort", &[I32; 4], &[]),
    ("context", &[], &[I32]),
    ("log", &[I32; 3], &[]),
    ("tx_begin", &[], &[I32]),
    ("tx_commit", &[], &[I32]),
    ("tx_abort", &[], &[I32]),
    ("tx_point", &[I32; 2], &[I32]),
    ("table_get", &[I32; 4], &[I32]),
    ("table_insert", &[I32; 6], &[I32]),
    ("table_update", &[I32; 6], &[I32]),
    ("table_delete", &[I32; 4], &[I32]),
    ("table_scan", &[I32; 6], &[I32]),
    ("schedule", &[I32, I32, I32, I32, F64], &[I32]),
    ("schedule_every", &[I32, I32, I32, I32, F64, F64], &[I32]),
    ("call_reducer", &[I32; 4], &[I32]),
    ("tx_timestamp", &[], &[F64]),
    ("uuid", &[], &[I32]),
    ("http_fetch", &[I32; 4], &[I32]),
    ("sleep_until", &[F64], &[I32]),
];

/// The functions that a guest has to export.
const EXPORTS: &[(&str, &[ValType], &[ValType])] = &[("describe", &[], &[]), ("call", &[I32; 2], &[])];

/// Refuses a module whose imports or exports are not those of the ABI.
pub fn check(name: &str, bytes: &[u8]) -> Result<(), LoadError> {
    let shape = Shape::read(bytes)
        .map_err(|error| LoadError::Compile(format!("{name}: it is no valid wasm module: {error}")))?;
    shape
        .check()
        .map_err(|message| LoadError::Compile(format!("{name}: {message}")))
}

#[derive(Default)]
struct Shape {
    types: Vec<FuncType>,
    /// Type of each function, imported ones first.
    functions: Vec<u32>,
    /// Namespace, name, and type where it is a function.
    imports: Vec<(String, String, Option<u32>)>,
    exports: Vec<(String, ExternalKind, u32)>,
    memories: Vec<MemoryType>,
}

impl Shape {
    fn read(bytes: &[u8]) -> wasmparser::Result<Shape> {
        let mut shape = Shape::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    shape.types = section.into_iter_err_on_gc_types().collect::<wasmparser::Result<_>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let index = match import.ty {
                            TypeRef::Func(index) | TypeRef::FuncExact(index) => Some(index),
                            _ => None,
                        };
                        shape.functions.extend(index);
                        shape
                            .imports
                            .push((import.module.to_owned(), import.name.to_owned(), index));
                    }
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        shape.functions.push(index?);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        shape.memories.push(memory?);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        shape.exports.push((export.name.to_owned(), export.kind, export.index));
                    }
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn check(&self) -> Result<(), String> {
        for (namespace, name, index) in &self.imports {
            let known = IMPORTS
                .iter()
                .find(|(known, ..)| known == name)
                .filter(|_| namespace == NAMESPACE);
            let Some((_, params, results)) = known else {
                return Err(format!(
                    "it imports {namespace:?}.{name:?}: a guest imports the functions of {NAMESPACE:?} and nothing else"
                ));
            };
            if !index.is_some_and(|index| self.is_type(index, params, results)) {
                return Err(format!(
                    "its import {name:?} must be a function {}",
                    written(params, results)
                ));
            }
        }
        for (name, params, results) in EXPORTS {
            let index = self
                .export(name, ExternalKind::Func)
                .and_then(|index| self.functions.get(index as usize));
            if !index.is_some_and(|index| self.is_type(*index, params, results)) {
                return Err(format!(
                    "it must export a function {name:?} {}",
                    written(params, results)
                ));
            }
        }
        let memory = self
            .export("memory", ExternalKind::Memory)
            .and_then(|index| self.memories.get(index as usize));
        match memory {
            Some(memory) if !memory.shared && !memory.memory64 => Ok(()),
            Some(_) => Err("its memory must have 32-bit addresses and belong to one thread".to_owned()),
            None => Err("it must export its memory as \"memory\"".to_owned()),
        }
    }

    fn export(&self, name: &str, kind: ExternalKind) -> Option<u32> {
        self.exports
            .iter()
            .find(|export| export.0 == name && export.1 == kind)
            .map(|export| export.2)
    }

    fn is_type(&self, index: u32, params: &[ValType], results: &[ValType]) -> bool {
        self.types
            .get(index as usize)
            .is_some_and(|ty| ty.params() == params && ty.results() == results)
    }
}

fn written(params: &[ValType], results: &[ValType]) -> String {
    let list = |types: &[ValType]| types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("({}) -> ({})", list(params), list(results))
}
