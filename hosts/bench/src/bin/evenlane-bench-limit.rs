//! The limit: a host without a guest. See [`evenlane_bench::limit`].

use std::{env, process};

use evenlane_bench::limit::LimitEngine;

fn main() {
    if let Some(argument) = env::args().nth(1) {
        eprintln!(
            "evenlane-bench-limit: it takes no arguments, and was given {argument:?}: it speaks the host protocol on its \
             standard input and output"
        );
        process::exit(2);
    }
    evenlane_host_core::run(LimitEngine)
}
