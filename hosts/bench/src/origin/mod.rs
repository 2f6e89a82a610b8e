//! An HTTP/1.1 server whose cost is small beside a host's: `/now` is answered at once, `/held/…` once it is released. One
//! thread; a connection costs a task and hyper's two buffers.
//!
//! What is held is counted and released by a control side on a port of its own: guests may be allowed the load's port alone, a
//! wait is not behind thousands of connections in the queue of those that were not accepted yet, and what it asks is in no
//! count.

mod books;
mod control;
mod flags;
mod load;

use std::{
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    thread,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, StatusCode, header};
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime::Builder,
    select,
    sync::oneshot,
};

pub use books::{Books, Count, Counts, Reset, Ticket};
pub use flags::{Asked, Options, parse};

/// Connections that the system keeps until they are accepted: as many as it lets. A bench opens thousands at once.
const BACKLOG: u32 = 65_535;

/// Listens, writes one line of JSON that says where, and serves until the standard input ends. Errors are the system's: a
/// port that is taken, no open files left.
pub fn run(options: Options) -> io::Result<()> {
    evenlane_host_core::files::raise_open_file_limit();
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let served = runtime.block_on(serve(options));
    runtime.shutdown_background();
    served
}

async fn serve(options: Options) -> io::Result<()> {
    let load = listen(options.bind, options.port)?;
    let control = listen(options.bind, options.control_port)?;
    let (port, control_port) = (load.local_addr()?.port(), control.local_addr()?.port());
    writeln!(io::stdout(), r#"{{"port":{port},"control":{control_port}}}"#)?;
    let books = Books::default();
    select! {
        failed = load::serve(load, &books) => failed,
        failed = control::serve(control, &books) => failed,
        ended = end_of_input() => ended,
    }
}

fn listen(address: IpAddr, port: u16) -> io::Result<TcpListener> {
    let address = SocketAddr::new(address, port);
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A bench that follows another may take the same port although the system still remembers its connections.
    socket.set_reuseaddr(true)?;
    let listening = socket.bind(address).and_then(|()| socket.listen(BACKLOG));
    listening.map_err(|error| io::Error::new(error.kind(), format!("cannot listen at {address}: {error}")))
}

/// Waits until whoever started the origin closes its standard input, or ends. A thread reads it: the runtime has none to
/// spare for what blocks.
async fn end_of_input() -> io::Result<()> {
    let (tell, ended) = oneshot::channel();
    thread::Builder::new().name("stdin".to_owned()).spawn(move || {
        let read = io::copy(&mut io::stdin().lock(), &mut io::sink());
        // Nobody listens where a listener has failed first.
        let _ = tell.send(read.map(drop));
    })?;
    ended.await.unwrap_or(Ok(()))
}

/// The next connection. Errors that are one connection's own are passed over; without open files nothing can be measured.
async fn accept(listener: &TcpListener) -> io::Result<tokio::net::TcpStream> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // A response is one small packet: it must not wait for another.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                let what = format!("cannot accept a connection: {error}; raise the limit of open files (ulimit -Hn)");
                return Err(io::Error::new(error.kind(), what));
            }
        }
    }
}

/// A response of JSON text.
fn json(status: StatusCode, text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(text.into()));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
