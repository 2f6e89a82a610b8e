//! JSON-RPC error codes of the host protocol.

/// Why a request could not be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Parse = -32700,
    InvalidRequest = -32600,
    UnknownMethod = -32601,
    InvalidParams = -32602,
    ModuleRefused = -32000,
    UnknownName = -32001,
    NotNow = -32002,
    ConnectionRefused = -32003,
    DuplicateName = -32004,
}

impl Code {
    /// The code's number on the wire.
    pub fn number(self) -> i32 {
        self as i32
    }
}

/// A refusal of a request on its way to its reply.
pub(crate) type Refused = (Code, String);
