//! HTTP requests that guests make: HTTP/1.1, no decompression, no time limit and no retry of the HTTP library's.

mod address;
mod client;
mod redirect;
mod request;
mod responses;

pub(crate) use address::AllowList;
pub(crate) use client::{Egress, system_tls};
pub(crate) use request::Request;
pub use responses::Responses;

/// A whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status, reason phrase, headers (names in lower case, repeats in order) and final URL, as the guest ABI's JSON.
    pub head: String,
    /// The body, byte for byte as it was received: never decompressed.
    pub body: Vec<u8>,
}

impl Response {
    /// The payload that a wasm guest reads: the head's length (32 bits, little-endian), the head, the body.
    pub fn into_payload(self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(4 + self.head.len() + self.body.len());
        payload.extend_from_slice(&(self.head.len() as u32).to_le_bytes());
        payload.extend_from_slice(self.head.as_bytes());
        payload.extend_from_slice(&self.body);
        payload
    }
}

#[cfg(test)]
mod tests;
