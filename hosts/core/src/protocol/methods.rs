//! What this host can be asked: the methods of the protocol, and its optional capabilities.

use crate::engine::Engine;

/// Every method but `initialize`.
const METHODS: [&str; 19] = [
    "module/load",
    "module/update",
    "module/unload",
    "connection/open",
    "connection/close",
    "call",
    "call/cancel",
    "table/read",
    "table/subscribe",
    "table/unsubscribe",
    "quiesce",
    "lane/pause",
    "lane/step",
    "lane/resume",
    "tx/continue",
    "store/fail",
    "clock/advance",
    "stats",
    "shutdown",
];

/// Every capability of the protocol.
const CAPABILITIES: [&str; 11] = [
    "quiesce",
    "stepping",
    "clock",
    "cancel",
    "txPoints",
    "failpoints",
    "limits",
    "memoryLimit",
    "subscriptions",
    "update",
    "durable",
];

/// The methods of a host on that engine.
pub(super) fn methods(engine: &dyn Engine) -> impl Iterator<Item = &'static str> {
    METHODS
        .into_iter()
        .filter(move |method| *method != "tx/continue" || can_park(engine))
}

/// The capabilities of a host on that engine.
pub(super) fn capabilities(engine: &dyn Engine) -> Vec<&'static str> {
    CAPABILITIES
        .into_iter()
        .filter(|capability| *capability != "txPoints" || can_park(engine))
        .collect()
}

/// A call parks on the blocking path alone.
fn can_park(engine: &dyn Engine) -> bool {
    engine.blocking_pool().is_some()
}
