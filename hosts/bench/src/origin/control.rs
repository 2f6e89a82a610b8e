//! The side of whoever runs the bench.
//!
//! - `GET /counts`: `{"held":…,"seen":…,"now":…}`, see [`Counts`](super::Counts)
//! - `GET /wait?held=N`, `?seen=N` or `?now=N`: the counts, once that one has reached N; 409 where everything was reset meanwhile
//! - `POST /release`, `/release?count=N`: releases all that is held, or the oldest N: `{"released":…}`
//! - `POST /reset`: cuts off what is held, ends waits, and counts from 0: the counts
//!
//! What is refused has a status of 400 or more and `{"error":…}`.

use std::{convert::Infallible, io};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, Response, StatusCode, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::json as value;
use tokio::net::TcpListener;

use super::{Books, Count, Counts, accept, json};

/// Serves connections until one cannot be accepted: gives that error.
pub async fn serve(listener: TcpListener, books: &Books) -> io::Result<()> {
    loop {
        let stream = accept(&listener).await?;
        let books = books.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let books = books.clone();
            async move {
                Ok::<_, Infallible>(match answer(&request, &books).await {
                    Ok(response) => response,
                    Err((status, error)) => json(status, value!({ "error": error }).to_string()),
                })
            }
        });
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            // Whoever breaks off a wait has no use for an answer.
            let _ = connection.await;
        });
    }
}

type Refused = (StatusCode, String);

async fn answer<B>(request: &Request<B>, books: &Books) -> Result<Response<Full<Bytes>>, Refused> {
    let (method, query) = (request.method(), request.uri().query());
    match request.uri().path() {
        "/counts" => {
            expect(method, Method::GET)?;
            Ok(told(books.counts()))
        }
        "/wait" => {
            expect(method, Method::GET)?;
            let (count, least) = wanted(query)?;
            let reset = "everything was reset while this waited".to_owned();
            let counts = books.reached(count, least).await;
            Ok(told(counts.map_err(|_| (StatusCode::CONFLICT, reset))?))
        }
        "/release" => {
            expect(method, Method::POST)?;
            let most = query.map_or(Ok(u64::MAX), |query| number(query, "count"))?;
            let released = value!({ "released": books.release(most) });
            Ok(json(StatusCode::OK, released.to_string()))
        }
        "/reset" => {
            expect(method, Method::POST)?;
            books.reset();
            Ok(told(books.counts()))
        }
        path => {
            let known = "there are /counts, /wait, /release and /reset here";
            Err((StatusCode::NOT_FOUND, format!("{path} is none: {known}")))
        }
    }
}

fn told(counts: Counts) -> Response<Full<Bytes>> {
    json(
        StatusCode::OK,
        serde_json::to_string(&counts).expect("three numbers are always JSON"),
    )
}

fn expect(method: &Method, expected: Method) -> Result<(), Refused> {
    if *method == expected {
        return Ok(());
    }
    let wrong = format!("it takes {expected}, not {method}");
    Err((StatusCode::METHOD_NOT_ALLOWED, wrong))
}

/// Which count is waited for, and how much of it.
fn wanted(query: Option<&str>) -> Result<(Count, u64), Refused> {
    let query = query.unwrap_or_default();
    let counts = [("held", Count::Held), ("seen", Count::Seen), ("now", Count::Now)];
    let found = counts
        .into_iter()
        .find(|(name, _)| query.split('=').next() == Some(name));
    match found {
        Some((name, count)) => Ok((count, number(query, name)?)),
        None => Err(unreadable(query, "held=N, seen=N or now=N")),
    }
}

/// The number of a query that is `name=number`.
fn number(query: &str, name: &str) -> Result<u64, Refused> {
    let value = query.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
    let number = value.and_then(|text| text.parse().ok());
    number.ok_or_else(|| unreadable(query, &format!("{name}=N")))
}

fn unreadable(query: &str, what: &str) -> Refused {
    let wrong = format!("the query is {query:?}; it takes {what}, N a whole number from 0");
    (StatusCode::BAD_REQUEST, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_a_reset_ends_is_refused() {
        let books = Books::default();
        let request = |method: Method, path: &str| Request::builder().method(method).uri(path).body(()).unwrap();
        let (wait, reset) = (request(Method::GET, "/wait?held=1"), request(Method::POST, "/reset"));
        let both = async { tokio::join!(answer(&wait, &books), answer(&reset, &books)) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (waited, reset) = runtime.block_on(both);
        assert_eq!(waited.unwrap_err().0, StatusCode::CONFLICT);
        assert_eq!(reset.unwrap().status(), StatusCode::OK);
    }
}
