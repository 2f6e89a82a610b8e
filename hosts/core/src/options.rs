//! The command line of a host. The kit starts hosts without arguments; an operator may size the blocking path.

use std::{ffi::OsString, process};

use lexopt::{Arg, Parser, ValueExt};

/// The most threads of a module's blocking path that can be asked for: each has an instance of the engine.
const MOST_THREADS: usize = 10_000;

/// What an operator sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How many synchronous procedures of a module run at once; the engine's own number where absent.
    pub blocking_pool: Option<usize>,
}

impl Options {
    /// Those of the process's command line. Where it cannot be read, says so on standard error and ends the process with
    /// status 2; `--help` ends it with 0.
    pub fn of_process(program: &str) -> Options {
        match parse(std::env::args_os().skip(1)) {
            Ok(Some(options)) => options,
            Ok(None) => {
                println!("{}", usage(program));
                process::exit(0)
            }
            Err(wrong) => {
                eprintln!("{program}: {wrong}\n{}", usage(program));
                process::exit(2)
            }
        }
    }
}

fn usage(program: &str) -> String {
    format!(
        "usage: {program} [--blocking-pool N]\n\
         Speaks the host protocol on standard input and output until `shutdown` or the end of input.\n  \
         --blocking-pool N  synchronous procedures of a module that run at once, each on a thread and in an instance of its own \
         (4)"
    )
}

/// Reads arguments; `None` where help is asked for.
fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options::default();
    let mut parser = Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("blocking-pool") => {
                let text = parser.value()?.string()?;
                let threads = text.parse().ok().filter(|threads| (1..=MOST_THREADS).contains(threads));
                let wrong = || format!("--blocking-pool {text}: it takes 1 to {MOST_THREADS}");
                options.blocking_pool = Some(threads.ok_or_else(wrong)?);
            }
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Option<Options>, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_blocking_path_is_sized() {
        assert_eq!(asked(""), Ok(Some(Options::default())));
        let blocking_pool = Some(64);
        assert_eq!(asked("--blocking-pool 64"), Ok(Some(Options { blocking_pool })));
        assert_eq!(asked("--blocking-pool=64"), Ok(Some(Options { blocking_pool })));
        assert_eq!(asked("--blocking-pool 64 --help"), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, expected) in [
            ("--blocking-pool", "blocking-pool"),
            ("--blocking-pool many", "--blocking-pool many: it takes"),
            ("--blocking-pool 0", "it takes 1 to 10000"),
            ("--blocking-pool 10001", "it takes 1 to 10000"),
            ("--pool 4", "--pool"),
            ("4", "4"),
        ] {
            let wrong = asked(line).unwrap_err();
            assert!(wrong.contains(expected), "{line}: {wrong}");
        }
    }
}
