//! The Evenlane host on V8.

fn main() {
    evenlane_host_core::run(evenlane_host_v8::V8Engine::new())
}
