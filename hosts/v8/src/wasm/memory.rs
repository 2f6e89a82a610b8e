//! The bound of a guest's memory. V8 has one for the whole process, so that of a module is written into the module: as
//! the maximum of its memory, which no `memory.grow` passes.

use std::borrow::Cow;

use wasm_encoder::{MemorySection, MemoryType, Module, RawSection};
use wasmparser::{MemorySectionReader, Parser, Payload};

/// Bytes of a page, where a memory declares no other size.
const PAGE_BYTES: u64 = 1 << 16;

/// The module, its memory bounded to so many bytes. Refuses one whose memory begins with more.
pub fn bounded(module: &[u8], bytes: Option<usize>) -> Result<Cow<'_, [u8]>, String> {
    let Some(bytes) = bytes else {
        return Ok(Cow::Borrowed(module));
    };
    let invalid = |error: wasmparser::BinaryReaderError| format!("it is no valid wasm module: {error}");
    let mut bounded = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(invalid)? {
            Payload::MemorySection(section) => {
                let memories = memories(section, bytes as u64).map_err(invalid)?;
                bounded.section(&memories?);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let data = &module[range];
                    bounded.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(Cow::Owned(bounded.finish()))
}

fn memories(section: MemorySectionReader<'_>, bytes: u64) -> wasmparser::Result<Result<MemorySection, String>> {
    let mut memories = MemorySection::new();
    for memory in section {
        let memory = memory?;
        let page_bytes = memory.page_size_log2.map_or(PAGE_BYTES, |log2| 1 << log2);
        let pages = bytes / page_bytes;
        if memory.initial > pages {
            let begins = memory.initial.saturating_mul(page_bytes);
            let message = format!("its memory begins with {begins} bytes; its operator gives it {bytes}");
            return Ok(Err(message));
        }
        memories.memory(MemoryType {
            minimum: memory.initial,
            maximum: Some(memory.maximum.map_or(pages, |maximum| maximum.min(pages))),
            memory64: memory.memory64,
            shared: memory.shared,
            page_size_log2: memory.page_size_log2,
        });
    }
    Ok(Ok(memories))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(memory: &str) -> Vec<u8> {
        let text =
            format!(r#"(module (memory (export "memory") {memory}) (func (export "f")) (data (i32.const 0) "x"))"#);
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn a_memory_gets_the_lesser_maximum_and_all_else_stays() {
        for (memory, bytes, expected) in [
            ("2", 196_608, "2 3"),
            ("2", 262_143, "2 3"),
            ("1 2", 1 << 30, "1 2"),
            ("0 9", 1, "0 0"),
        ] {
            let bounded = bounded(&module(memory), Some(bytes)).unwrap().into_owned();
            assert_eq!(bounded, module(expected), "{memory} within {bytes}");
        }
        assert!(matches!(bounded(&module("2"), None), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn a_memory_that_begins_past_its_bound_is_refused() {
        let error = bounded(&module("2"), Some(131_071)).unwrap_err();
        assert!(error.contains("131072") && error.contains("131071"), "{error}");
    }
}
