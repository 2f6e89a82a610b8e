//! Parameters of each request. A field that stands in none of these is an error of the kit's, named in the answer.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    time::Duration,
};

use serde::{Deserialize, Deserializer, de::DeserializeOwned, de::Error};
use serde_json::value::RawValue;

use super::codes::{Code, Refused};
use crate::{engine::Guest, limits::Limits};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Initialize {
    pub protocol: u64,
    #[serde(deserialize_with = "label")]
    pub nonce: String,
    pub seed: String,
    pub clock: ClockMode,
    pub allow: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "mode", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum ClockMode {
    Virtual { now: f64 },
    Real {},
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Load {
    pub guest: GuestName,
    #[serde(deserialize_with = "label")]
    pub path: String,
    #[serde(deserialize_with = "sha256")]
    pub sha256: String,
    #[serde(default, deserialize_with = "limits")]
    pub limits: Limits,
    #[serde(default, deserialize_with = "label_or_none")]
    pub data: Option<String>,
}

/// Bounds that the operator sets for one module; what is absent is as for every module.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LimitsOfModule {
    turn_ms: Option<NonZeroU64>,
    call_ms: Option<NonZeroU64>,
    memory_bytes: Option<NonZeroUsize>,
    in_flight: Option<NonZeroUsize>,
    queued: Option<usize>,
    response_bytes: Option<NonZeroUsize>,
    redirects: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Update {
    #[serde(deserialize_with = "label")]
    pub module: String,
    #[serde(deserialize_with = "label")]
    pub path: String,
    #[serde(deserialize_with = "sha256")]
    pub sha256: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GuestName {
    Ts,
    As,
}

impl From<GuestName> for Guest {
    fn from(name: GuestName) -> Guest {
        match name {
            GuestName::Ts => Guest::Ts,
            GuestName::As => Guest::As,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfModule {
    #[serde(deserialize_with = "label")]
    pub module: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenConnection {
    #[serde(deserialize_with = "label")]
    pub module: String,
    #[serde(deserialize_with = "label")]
    pub connection: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseConnection {
    #[serde(deserialize_with = "label")]
    pub connection: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MakeCall {
    #[serde(deserialize_with = "label")]
    pub call: String,
    #[serde(deserialize_with = "label")]
    pub connection: String,
    pub function: String,
    /// An object's text: what it nests is for the module to judge.
    #[serde(deserialize_with = "object")]
    pub args: Box<RawValue>,
    #[serde(default, deserialize_with = "only_true")]
    pub park: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfCall {
    #[serde(deserialize_with = "label")]
    pub call: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfModulesCall {
    #[serde(deserialize_with = "label")]
    pub module: String,
    #[serde(deserialize_with = "label")]
    pub call: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailCommits {
    #[serde(deserialize_with = "label")]
    pub module: String,
    #[serde(deserialize_with = "label")]
    pub call: String,
    pub commits: NonZeroU64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadTable {
    #[serde(deserialize_with = "label")]
    pub module: String,
    pub table: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscribe {
    #[serde(deserialize_with = "label")]
    pub module: String,
    pub table: String,
    #[serde(deserialize_with = "label")]
    pub subscription: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfSubscription {
    #[serde(deserialize_with = "label")]
    pub subscription: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quiesce {
    #[serde(deserialize_with = "label")]
    pub module: String,
    pub outcomes: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    pub to: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// Reads the parameters' text of one method; the refusal names the field.
pub(crate) fn read<T: DeserializeOwned>(method: &str, params: &str) -> Result<T, Refused> {
    serde_json::from_str(params).map_err(|error| (Code::InvalidParams, format!("params of {method}: {error}")))
}

/// A name: any text but the empty one.
fn label<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.is_empty() {
        Err(D::Error::custom("a name or path is empty"))
    } else {
        Ok(text)
    }
}

fn label_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    label(from).map(Some)
}

fn object<'de, D: Deserializer<'de>>(from: D) -> Result<Box<RawValue>, D::Error> {
    let text = Box::<RawValue>::deserialize(from)?;
    if text.get().starts_with('{') {
        Ok(text)
    } else {
        Err(D::Error::custom("`args` is not an object"))
    }
}

fn only_true<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    if bool::deserialize(from)? {
        Ok(true)
    } else {
        Err(D::Error::custom("`park` is `true` or absent"))
    }
}

fn limits<'de, D: Deserializer<'de>>(from: D) -> Result<Limits, D::Error> {
    let set = LimitsOfModule::deserialize(from)?;
    let usual = Limits::default();
    Ok(Limits {
        turn: set
            .turn_ms
            .map_or(usual.turn, |millis| Duration::from_millis(millis.get())),
        memory_bytes: set.memory_bytes.map(NonZeroUsize::get),
        // Exact: the kit's whole numbers are below 2^53.
        call_millis: set.call_ms.map(|millis| millis.get() as f64),
        in_flight: set.in_flight.map(NonZeroUsize::get),
        queued: set.queued,
        response_bytes: set.response_bytes.map_or(usual.response_bytes, NonZeroUsize::get),
        redirects: set.redirects.unwrap_or(usual.redirects),
    })
}

fn sha256<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Ok(text);
    }
    Err(D::Error::custom("`sha256` is not 64 lower-case hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_unknown_field_is_named() {
        let right =
            json!({ "protocol": 1, "nonce": "n", "seed": "", "clock": { "mode": "virtual", "now": 0 }, "allow": [] });
        assert!(read::<Initialize>("initialize", &right.clone().to_string()).is_ok());
        for at in ["/extra", "/clock/extra"] {
            let mut wrong = right.clone();
            let parent = wrong.pointer_mut(&at[..at.len() - 6]).unwrap();
            parent["extra"] = json!(1);
            let (code, message) = read::<Initialize>("initialize", &wrong.to_string()).err().unwrap();
            assert_eq!(code, Code::InvalidParams);
            assert!(message.contains("unknown field `extra`"), "{message}");
        }
        let (_, message) = read::<Nothing>("stats", &json!({ "module": "m" }).to_string())
            .err()
            .unwrap();
        assert!(message.contains("params of stats: unknown field `module`"), "{message}");
    }

    #[test]
    fn missing_and_ill_typed_fields_are_named() {
        let message = |params: Value| read::<Load>("module/load", &params.to_string()).err().unwrap().1;
        assert!(message(json!({ "guest": "as", "path": "p" })).contains("missing field `sha256`"));
        assert!(message(json!({ "guest": "as", "path": "p", "sha256": "ABC" })).contains("`sha256`"));
        assert!(message(json!({ "guest": "py", "path": "p", "sha256": "" })).contains("unknown variant `py`"));
        assert!(read::<Quiesce>("quiesce", &json!({ "module": "m", "outcomes": -1 }).to_string()).is_err());
        assert!(read::<OfModule>("lane/pause", &json!({ "module": "" }).to_string()).is_err());
        let message = |commits: Value| {
            let params = json!({ "module": "m", "call": "c", "commits": commits });
            read::<FailCommits>("store/fail", &params.to_string())
                .err()
                .map(|refused| refused.1)
        };
        assert_eq!(message(json!(1)), None);
        assert!(message(json!(0)).unwrap().contains("nonzero"));
        assert!(message(json!(1.5)).is_some());
    }

    #[test]
    fn limits_are_whole_numbers_and_those_that_are_known() {
        let read = |limits: Value| {
            let params = json!({ "guest": "as", "path": "p", "sha256": "0".repeat(64), "limits": limits });
            read::<Load>("module/load", &params.to_string()).map(|load| load.limits)
        };
        let set = read(json!({ "turnMs": 5, "callMs": 7, "inFlight": 1, "queued": 0, "redirects": 0 }))
            .ok()
            .unwrap();
        assert_eq!((set.turn, set.call_millis), (Duration::from_millis(5), Some(7.0)));
        assert_eq!((set.in_flight, set.queued, set.redirects), (Some(1), Some(0), 0));
        assert_eq!((set.memory_bytes, set.response_bytes), (None, 32 << 20));
        for wrong in [
            json!(null),
            json!({ "turnMs": 0 }),
            json!({ "callMs": 1.5 }),
            json!({ "memoryBytes": "1" }),
            json!({ "queued": -1 }),
            json!({ "threads": 1 }),
        ] {
            assert_eq!(read(wrong.clone()).err().unwrap().0, Code::InvalidParams, "{wrong}");
        }
    }

    #[test]
    fn to_park_is_asked_for_with_true_alone() {
        let park = |park: Option<Value>| {
            let mut params = json!({ "call": "c", "connection": "k", "function": "f", "args": {} });
            if let Some(park) = park {
                params["park"] = park;
            }
            read::<MakeCall>("call", &params.to_string()).map(|call| call.park)
        };
        assert_eq!(park(None).ok(), Some(false));
        assert_eq!(park(Some(json!(true))).ok(), Some(true));
        for wrong in [json!(false), json!(null), json!(1)] {
            assert_eq!(park(Some(wrong)).err().unwrap().0, Code::InvalidParams);
        }
    }
}
