//! How much memory the engine of one instance may have. An allocation that does not fit ends the turn: what a guest would make of
//! an error in the middle of it cannot be told.

use std::fmt;

use wasmtime::{Error, ResourceLimiter, Result};

/// Bytes that the engine's memory may have where the operator sets none. Reserved as addresses, used as it grows.
const MEMORY_BYTES: usize = 512 << 20;

/// The bound of one instance.
pub(crate) struct MemoryBound(usize);

impl MemoryBound {
    /// That of the operator, or our own.
    pub fn new(bytes: Option<usize>) -> MemoryBound {
        MemoryBound(bytes.unwrap_or(MEMORY_BYTES))
    }
}

impl ResourceLimiter for MemoryBound {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        if desired > self.0 {
            return Err(Error::new(MemoryExceeded));
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

/// The engine asked for more memory than its instance may have.
#[derive(Debug)]
pub(crate) struct MemoryExceeded;

impl fmt::Display for MemoryExceeded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the guest passed the memory that its instance may have")
    }
}

impl std::error::Error for MemoryExceeded {}
