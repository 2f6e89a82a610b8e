//! The side that hosts fetch from.

use std::{fmt, io};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::{Books, accept, json};

/// Bytes of hyper's buffer for one connection, the least that it takes: requests are small, connections many.
const BUFFER_BYTES: usize = 8192;
/// What each response holds: small and always the same, so that its cost is that of a response.
const BODY: &[u8] = br#"{"ok":true}"#;

/// Serves connections until one cannot be accepted: gives that error.
pub async fn serve(listener: TcpListener, books: &Books) -> io::Result<()> {
    let mut http = http1::Builder::new();
    // No timer is set, so that no connection is ever closed for being slow or idle.
    http.max_buf_size(BUFFER_BYTES).auto_date_header(false);
    loop {
        let stream = accept(&listener).await?;
        let books = books.clone();
        let connection = http.serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| answer(request, books.clone())),
        );
        tokio::spawn(async move {
            // A client that breaks off, or was cut off, is no news.
            let _ = connection.await;
        });
    }
}

/// Ends a connection without a response.
#[derive(Debug)]
struct CutOff;

impl fmt::Display for CutOff {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the request was cut off by a reset")
    }
}

impl std::error::Error for CutOff {}

async fn answer(request: Request<Incoming>, books: Books) -> Result<Response<Full<Bytes>>, CutOff> {
    let path = request.uri().path();
    if path == "/now" || path.starts_with("/now/") {
        books.note_now();
    } else if path.starts_with("/held/") {
        // Its headers keep hyper's buffer from being used again: a held request has no need of them.
        drop(request);
        books.hold().released().await.map_err(|_| CutOff)?;
    } else {
        return Ok(json(
            StatusCode::NOT_FOUND,
            r#"{"error":"there are /now and /held/… here"}"#,
        ));
    }
    Ok(json(StatusCode::OK, Bytes::from_static(BODY)))
}
