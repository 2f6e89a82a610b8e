//! Responses that a call has been given, until its guest has taken their parts.

use std::collections::HashMap;

use super::Response;
use crate::failure::{Code, Refusal};

/// The responses of one call, by handles that are never used twice.
#[derive(Debug, Default)]
pub struct Responses {
    parts: HashMap<u32, Parts>,
    next_handle: u32,
}

/// What of a response the guest has not taken yet.
#[derive(Debug)]
struct Parts {
    head: Option<String>,
    body: Option<Vec<u8>>,
}

impl Responses {
    /// Keeps a response; gives the handle that the guest takes its parts with.
    pub fn keep(&mut self, response: Response) -> u32 {
        let handle = self.next_handle;
        self.next_handle += 1;
        let parts = Parts {
            head: Some(response.head),
            body: Some(response.body),
        };
        self.parts.insert(handle, parts);
        handle
    }

    /// The head of a kept response, once. `None` names no response.
    pub fn take_head(&mut self, handle: Option<u32>) -> Result<String, Refusal> {
        self.take(handle, "takeHead", |parts| parts.head.take())
    }

    /// The body of a kept response, once. `None` names no response.
    pub fn take_body(&mut self, handle: Option<u32>) -> Result<Vec<u8>, Refusal> {
        self.take(handle, "takeBody", |parts| parts.body.take())
    }

    fn take<T>(
        &mut self,
        handle: Option<u32>,
        method: &str,
        part: impl FnOnce(&mut Parts) -> Option<T>,
    ) -> Result<T, Refusal> {
        let closed = || {
            Refusal::new(
                Code::HandleClosed,
                format!("{method}: no such response of this call, or taken before"),
            )
        };
        let handle = handle.ok_or_else(closed)?;
        let parts = self.parts.get_mut(&handle).ok_or_else(closed)?;
        let taken = part(parts).ok_or_else(closed)?;
        if parts.head.is_none() && parts.body.is_none() {
            self.parts.remove(&handle);
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_taken_once() {
        let mut responses = Responses::default();
        let [first, second] = ["one", "two"].map(|head| {
            responses.keep(Response {
                head: head.to_owned(),
                body: head.as_bytes().to_vec(),
            })
        });
        assert_eq!(responses.take_body(Some(second)).unwrap(), b"two");
        assert_eq!(responses.take_head(Some(first)).unwrap(), "one");
        assert_eq!(responses.take_head(Some(second)).unwrap(), "two");
        for (handle, again) in [(Some(first), "before"), (Some(second), "before"), (None, "no such")] {
            let refusal = responses.take_head(handle).unwrap_err();
            assert_eq!(refusal.code, Code::HandleClosed);
            assert!(refusal.message.contains(again), "{refusal}");
        }
    }
}
