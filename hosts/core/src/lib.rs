//! What every Evenlane host shares: tables and transactions, egress, clock, limits, the host protocol and the driver
//! of the lane. No engine in it: an engine implements [`engine::Engine`] and hands itself to [`run`].

#[cfg(feature = "bench")]
pub mod bench_support;
pub mod call;
mod canonical;
mod clock;
pub mod egress;
pub mod engine;
pub mod failure;
pub mod files;
mod interface;
pub mod limits;
mod module;
pub mod options;
mod protocol;
mod queue;
pub mod random;
pub mod saboteur;
mod seed;
mod store;
#[cfg(test)]
mod testing;

use std::{io, panic, process, sync::Arc};

/// Speaks the host protocol on standard input and output until `shutdown` or the end of input, then ends the process
/// with status 0.
pub fn run(engine: impl engine::Engine) -> ! {
    let print = panic::take_hook();
    // A lane that died in silence would leave its callers waiting for ever.
    panic::set_hook(Box::new(move |info| {
        print(info);
        process::abort();
    }));
    files::raise_open_file_limit();
    let outbox = protocol::Outbox::start(io::stdout(), || exit_now());
    protocol::serve(Arc::new(engine), io::stdin().lock(), outbox);
    exit_now()
}

/// Ends the process as it stands: lanes may be in the middle of guest code, where an orderly end would tear down what
/// they use.
fn exit_now() -> ! {
    // SAFETY: ends the process; nothing runs after it.
    unsafe { libc::_exit(0) }
}
