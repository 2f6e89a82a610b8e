//! The origin of a bench: see [`evenlane_bench::origin`]. Ends when its standard input does.

use std::{env, process::ExitCode};

use evenlane_bench::origin::{Asked, parse, run};

const USAGE: &str = "usage: evenlane-bench-origin [--bind ADDRESS] [--port PORT] [--control-port PORT]
An HTTP server for benches. Writes {\"port\":…,\"control\":…} to standard output when it listens; ends when its standard input ends.
  --bind ADDRESS       the IP address that both ports listen at (127.0.0.1)
  --port PORT          where the load goes: /now is answered at once, /held/… when it is released (0: any free port)
  --control-port PORT  GET /counts; GET /wait?held=N, ?seen=N or ?now=N; POST /release or /release?count=N; POST /reset (0)";

fn main() -> ExitCode {
    let options = match parse(env::args_os().skip(1)) {
        Ok(Asked::Serve(options)) => options,
        Ok(Asked::Help) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("evenlane-bench-origin: {wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("evenlane-bench-origin: {error}");
            ExitCode::FAILURE
        }
    }
}
