//! The command line.

use std::{
    ffi::OsString,
    fmt::Display,
    net::{IpAddr, Ipv4Addr},
    str::FromStr,
};

use lexopt::{Arg, Parser, ValueExt};

/// Where the origin listens. A port of 0 is any that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The address of both ports.
    pub bind: IpAddr,
    /// Of the load.
    pub port: u16,
    /// Of the control side.
    pub control_port: u16,
}

/// What a command line asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To serve.
    Serve(Options),
    /// To be told how it is used.
    Help,
}

/// Reads the arguments; the error says which is wrong and what it should be.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, lexopt::Error> {
    let mut options = Options {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        control_port: 0,
    };
    let mut parser = Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("bind") => options.bind = value(&mut parser, "--bind")?,
            Arg::Long("port") => options.port = value(&mut parser, "--port")?,
            Arg::Long("control-port") => options.control_port = value(&mut parser, "--control-port")?,
            Arg::Long("help") | Arg::Short('h') => return Ok(Asked::Help),
            _ => return Err(argument.unexpected()),
        }
    }
    if options.port != 0 && options.port == options.control_port {
        return Err(format!("--port and --control-port are both {}", options.port).into());
    }
    Ok(Asked::Serve(options))
}

fn value<T: FromStr<Err: Display>>(parser: &mut Parser, flag: &str) -> Result<T, lexopt::Error> {
    let text = parser.value()?.string()?;
    text.parse().map_err(|wrong| format!("{flag} {text}: {wrong}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    #[test]
    fn ports_and_address_are_taken() {
        let expected = Options {
            bind: "::1".parse().unwrap(),
            port: 1,
            control_port: 2,
        };
        let found = asked("--bind ::1 --port 1 --control-port 2");
        assert_eq!(found, Ok(Asked::Serve(expected)));
        assert_eq!(asked("--port 1 --help"), Ok(Asked::Help));
    }

    #[test]
    fn each_fault_is_named() {
        for (line, expected) in [
            ("--prot 1", "'--prot'"),
            ("--port", "'--port'"),
            ("--port 65536", "--port 65536: number too large"),
            ("--bind localhost", "--bind localhost: invalid IP"),
            ("--port 5 --control-port 5", "both 5"),
            ("5", "\"5\""),
        ] {
            let wrong = asked(line).unwrap_err();
            assert!(wrong.contains(expected), "{line}: {wrong}");
        }
    }
}
