//! A server on the loopback interface that answers a request only when the test releases it.

use std::{
    collections::{HashMap, HashSet},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// Requests are known by their paths; each path arrives once.
pub struct Origin {
    pub address: SocketAddr,
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Default)]
struct Seen {
    held: HashMap<String, TcpStream>,
    closed: HashSet<String>,
}

impl Origin {
    pub fn start() -> Origin {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Arc::new(Gate::default());
        let accepting = Arc::clone(&gate);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let gate = Arc::clone(&accepting);
                thread::spawn(move || gate.take_requests(stream.unwrap()));
            }
        });
        Origin { address, gate }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// Waits until the request has arrived.
    pub fn arrived(&self, path: &str) {
        let held = |seen: &mut Seen| !seen.held.contains_key(path);
        drop(
            self.gate
                .changed
                .wait_while(self.gate.seen.lock().unwrap(), held)
                .unwrap(),
        );
    }

    /// Answers a request once it has arrived.
    pub fn release(&self, path: &str, body: &str) {
        self.arrived(path);
        let mut stream = self.gate.seen.lock().unwrap().held.remove(path).unwrap();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    }

    /// Waits until the host has closed the connection of a held request.
    pub fn closed(&self, path: &str) {
        let open = |seen: &mut Seen| !seen.closed.contains(path);
        drop(
            self.gate
                .changed
                .wait_while(self.gate.seen.lock().unwrap(), open)
                .unwrap(),
        );
    }

    /// Requests that wait for their release.
    #[allow(dead_code, reason = "this file is shared by the tests of several crates")]
    pub fn held(&self) -> usize {
        self.gate.seen.lock().unwrap().held.len()
    }
}

impl Gate {
    fn take_requests(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut paths = Vec::new();
        while let Some(path) = read_path(&mut reader) {
            self.seen
                .lock()
                .unwrap()
                .held
                .insert(path.clone(), stream.try_clone().unwrap());
            self.changed.notify_all();
            paths.push(path);
        }
        self.seen.lock().unwrap().closed.extend(paths);
        self.changed.notify_all();
    }
}

/// Reads one request and its body; nothing where the connection has ended.
fn read_path(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let (mut path, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line if path.is_none() => path = line.split(' ').nth(1).map(|path| path[1..].to_owned()),
            line => {
                length = line
                    .strip_prefix("content-length: ")
                    .map_or(length, |text| text.parse().unwrap())
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    path
}
