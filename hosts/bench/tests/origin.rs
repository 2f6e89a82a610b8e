//! The origin as a program: over HTTP, with nothing but events to wait for.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

struct Origin {
    process: Child,
    port: u16,
    control: u16,
}

impl Origin {
    fn start() -> Origin {
        let mut process = command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ports: Value = serde_json::from_str(&line).unwrap();
        let port = |name: &str| u16::try_from(ports[name].as_u64().unwrap()).unwrap();
        Origin {
            port: port("port"),
            control: port("control"),
            process,
        }
    }

    fn load(&self) -> Connection {
        Connection::open(self.port)
    }

    /// Asks the control side; the status and what it said.
    fn ask(&self, method: &str, path: &str) -> (u16, Value) {
        let mut connection = Connection::open(self.control);
        connection.send(method, path);
        connection.response().unwrap()
    }

    fn wait(&self, query: &str) -> Value {
        let (status, counts) = self.ask("GET", &format!("/wait?{query}"));
        assert_eq!(status, 200, "{counts}");
        counts
    }

    fn post(&self, path: &str) -> Value {
        let (status, said) = self.ask("POST", path);
        assert_eq!(status, 200, "{said}");
        said
    }

    fn ends_with_its_input(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_evenlane-bench-origin"))
}

/// A connection that is kept.
struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(port: u16) -> Connection {
        Connection(BufReader::new(TcpStream::connect(("127.0.0.1", port)).unwrap()))
    }

    fn send(&mut self, method: &str, path: &str) {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: origin\r\n\r\n");
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
    }

    /// The next response; none where the connection was closed without one.
    fn response(&mut self) -> Option<(u16, Value)> {
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            } else if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        Some((status, serde_json::from_slice(&body).unwrap()))
    }
}

#[test]
fn now_is_answered_at_once_on_a_connection_that_is_kept() {
    let origin = Origin::start();
    let mut load = origin.load();
    for path in ["/now", "/now/with/more?and=this", "/now"] {
        load.send("GET", path);
        assert_eq!(load.response(), Some((200, json!({ "ok": true }))));
    }
    load.send("GET", "/nowhere");
    assert_eq!(load.response().unwrap().0, 404);
    assert_eq!(origin.wait("now=3"), json!({ "held": 0, "seen": 0, "now": 3 }));
    origin.ends_with_its_input();
}

#[test]
fn held_requests_are_waited_for_and_released_in_their_order() {
    let origin = Origin::start();
    let mut loads: Vec<Connection> = (0..3).map(|_| origin.load()).collect();
    for (n, load) in loads.iter_mut().enumerate() {
        load.send("GET", &format!("/held/{n}"));
        assert_eq!(origin.wait(&format!("held={}", n + 1))["seen"], n + 1);
    }
    assert_eq!(origin.post("/release?count=2"), json!({ "released": 2 }));
    for load in &mut loads[..2] {
        assert_eq!(load.response(), Some((200, json!({ "ok": true }))));
    }
    let counts = origin.ask("GET", "/counts").1;
    assert_eq!(counts, json!({ "held": 1, "seen": 3, "now": 0 }));
    assert_eq!(origin.post("/release"), json!({ "released": 1 }));
    assert_eq!(loads[2].response().unwrap().0, 200);
    assert_eq!(origin.post("/release"), json!({ "released": 0 }));
    origin.ends_with_its_input();
}

#[test]
fn a_wait_is_answered_when_its_count_is_reached_and_not_before() {
    let origin = Origin::start();
    let mut wait = Connection::open(origin.control);
    wait.send("GET", "/wait?seen=2");
    let mut loads = [origin.load(), origin.load()];
    loads[0].send("GET", "/held/0");
    origin.wait("held=1");
    origin.post("/release");
    assert_eq!(loads[0].response().unwrap().0, 200);
    wait.0.get_ref().set_nonblocking(true).unwrap();
    assert!(wait.0.fill_buf().is_err(), "one was seen: an answer is there already");
    wait.0.get_ref().set_nonblocking(false).unwrap();
    loads[1].send("GET", "/held/1");
    assert_eq!(wait.response(), Some((200, json!({ "held": 1, "seen": 2, "now": 0 }))));
}

#[test]
fn many_are_held_at_once() {
    /// Each takes two open files of this machine, one here and one in the origin: a common hard limit is far above.
    const N: u64 = 400;
    let origin = Origin::start();
    let mut loads: Vec<Connection> = (0..N).map(|_| origin.load()).collect();
    for (n, load) in loads.iter_mut().enumerate() {
        load.send("GET", &format!("/held/{n}"));
    }
    origin.wait(&format!("held={N}"));
    assert_eq!(origin.post("/release"), json!({ "released": N }));
    assert!(
        loads
            .iter_mut()
            .all(|load| load.response().is_some_and(|(status, _)| status == 200))
    );
}

#[test]
fn a_client_that_goes_is_held_no_more() {
    let origin = Origin::start();
    let (mut gone, mut stays) = (origin.load(), origin.load());
    gone.send("GET", "/held/gone");
    origin.wait("held=1");
    drop(gone);
    stays.send("GET", "/held/stays");
    origin.wait("seen=2");
    // Whichever the origin notices first: where both are held still, the release takes the one that has gone as well.
    assert!(origin.post("/release")["released"].as_u64().unwrap() >= 1);
    assert_eq!(stays.response().unwrap().0, 200);
    assert_eq!(origin.ask("GET", "/counts").1["held"], 0);
}

#[test]
fn a_reset_cuts_off_what_is_held_and_counts_from_0() {
    let origin = Origin::start();
    let mut load = origin.load();
    load.send("GET", "/held/0");
    origin.wait("held=1");
    assert_eq!(origin.post("/reset"), json!({ "held": 0, "seen": 0, "now": 0 }));
    assert_eq!(load.response(), None);
    let mut next = origin.load();
    next.send("GET", "/held/1");
    assert_eq!(origin.wait("seen=1")["held"], 1);
}

#[test]
fn what_the_control_side_does_not_take_is_refused_with_the_reason() {
    let origin = Origin::start();
    for (method, path, status, says) in [
        ("GET", "/wait", 400, "held=N"),
        ("GET", "/wait?held=-1", 400, "held=-1"),
        ("GET", "/wait?colour=1", 400, "colour"),
        ("POST", "/release?n=1", 400, "count=N"),
        ("GET", "/release", 405, "POST"),
        ("POST", "/counts", 405, "GET"),
        ("GET", "/held/1", 404, "/held/1"),
    ] {
        let (found, said) = origin.ask(method, path);
        assert_eq!(found, status, "{method} {path}");
        assert!(said["error"].as_str().unwrap().contains(says), "{said}");
    }
}

#[test]
fn a_wrong_command_line_is_told_and_ends_with_2() {
    for (arguments, says) in [
        (&["--port", "x"][..], "--port x"),
        (&["--hold"], "--hold"),
        (&["--bind"], "missing argument for option '--bind'"),
    ] {
        let ended = command().args(arguments).output().unwrap();
        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.contains(says) && said.contains("usage:"), "{said}");
    }
    let help = command().arg("--help").output().unwrap();
    assert!(help.status.success() && String::from_utf8(help.stdout).unwrap().contains("/wait?held=N"));
}

#[test]
fn a_port_that_is_taken_is_told() {
    let origin = Origin::start();
    let ended = command().args(["--port", &origin.port.to_string()]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains(&format!("127.0.0.1:{}", origin.port)), "{said}");
}
