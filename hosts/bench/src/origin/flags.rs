//! The command line.

use std::net::{IpAddr, Ipv4Addr};

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
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Asked, String> {
    let mut options = Options {
        bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        control_port: 0,
    };
    let mut arguments = arguments.into_iter();
    while let Some(flag) = arguments.next() {
        let mut value = |what: &str| arguments.next().ok_or_else(|| format!("{flag} needs {what} after it"));
        match flag.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--bind" => options.bind = read(&flag, &value("an IP address")?, "an IP address")?,
            "--port" => options.port = read(&flag, &value("a port")?, PORT)?,
            "--control-port" => options.control_port = read(&flag, &value("a port")?, PORT)?,
            _ => return Err(format!("it does not know {flag}")),
        }
    }
    if options.port != 0 && options.port == options.control_port {
        return Err(format!("--port and --control-port are both {}", options.port));
    }
    Ok(Asked::Serve(options))
}

const PORT: &str = "a port, 0 to 65535";

fn read<T: std::str::FromStr>(flag: &str, value: &str, what: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{flag} {value}: it takes {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Asked, String> {
        parse(line.split_whitespace().map(str::to_owned))
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
            ("--prot 1", "--prot"),
            ("--port", "--port needs a port"),
            ("--port 65536", "--port 65536: it takes a port"),
            ("--bind localhost", "--bind localhost: it takes an IP address"),
            ("--port 5 --control-port 5", "both 5"),
            ("5", "does not know 5"),
        ] {
            let wrong = asked(line).unwrap_err();
            assert!(wrong.contains(expected), "{line}: {wrong}");
        }
    }
}
