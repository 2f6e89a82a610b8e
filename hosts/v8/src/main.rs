//! The Evenlane host on V8.

use evenlane_host_core::options::Options;
use evenlane_host_v8::V8Engine;

fn main() {
    let options = Options::of_process("evenlane-host-v8");
    evenlane_host_core::run(V8Engine::new().with(options))
}
