//! Against a real server on the loopback interface, which answers each connection with the next of its scripted bytes.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::mpsc,
    thread,
};

use serde_json::{Value, json};

use super::*;
use crate::{
    failure::{Code, Refusal},
    limits::Limits,
};

struct Server {
    address: SocketAddr,
    requests: mpsc::Receiver<String>,
}

fn serve(answers: Vec<Vec<u8>>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, requests) = mpsc::channel();
    thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            seen.send(read_request(&mut stream)).unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    Server { address, requests }
}

/// Head and body, one character a byte.
fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with("\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        text.push(char::from(byte[0]));
    }
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    text.extend(body.into_iter().map(char::from));
    text
}

fn fetch(allow: &[String], request: &Value, body: &[u8]) -> Result<Response, Refusal> {
    fetch_within(&Limits::default(), allow, request, body)
}

fn fetch_within(limits: &Limits, allow: &[String], request: &Value, body: &[u8]) -> Result<Response, Refusal> {
    let egress = Egress::new(AllowList::parse(allow).unwrap(), &system_tls(), limits);
    let request = Request::parse(&request.to_string(), body.to_vec()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(egress.fetch(request))
}

fn answer(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn head(response: &Response) -> Value {
    serde_json::from_str(&response.head).unwrap()
}

#[test]
fn a_request_and_its_response_go_through_unchanged() {
    let mut bytes = answer(
        "HTTP/1.1 299 Fine By Me\r\nX-A: 1\r\nSet-Cookie: a\r\nx-a: \u{1}2\r\nSet-Cookie: b\r\nContent-Length: 4\r\n\r\n",
    );
    bytes.retain(|byte| *byte != 1);
    bytes.extend([0, 255, 13, 10]);
    let server = serve(vec![bytes]);
    let url = format!("http://{}/a/b?q=1#fragment", server.address);
    let request = json!({ "url": url, "method": "put", "headers": [["X-B", "1"], ["x-b", "ü"]] });
    let response = fetch(&[server.address.to_string()], &request, b"body\0").unwrap();
    assert_eq!(response.body, [0, 255, 13, 10]);
    let head = head(&response);
    assert_eq!(
        (&head["status"], &head["statusText"]),
        (&json!(299), &json!("Fine By Me"))
    );
    assert_eq!(head["url"], json!(format!("http://{}/a/b?q=1", server.address)));
    let of = |name: &str| -> Vec<&Value> {
        head["headers"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|header| header[0] == name)
            .map(|header| &header[1])
            .collect()
    };
    assert_eq!(of("x-a"), ["1", "2"]);
    assert_eq!(of("set-cookie"), ["a", "b"]);
    let seen = server.requests.recv().unwrap();
    assert!(seen.starts_with("PUT /a/b?q=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("x-b: 1\r\nx-b: ü\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\nbody\0"), "{seen}");
    let mut names: Vec<&str> = seen
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .map(|(name, _)| name)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["accept", "content-length", "host", "x-b", "x-b"],
        "what the host adds"
    );
}

#[test]
fn a_usual_reason_and_an_empty_one_are_told_apart() {
    let server = serve(vec![
        answer("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"),
        answer("HTTP/1.1 500 \r\ncontent-length: 0\r\n\r\n"),
    ]);
    let allow = [server.address.to_string()];
    let request = json!({ "url": format!("http://{}/", server.address) });
    assert_eq!(head(&fetch(&allow, &request, b"").unwrap())["statusText"], "Not Found");
    assert_eq!(head(&fetch(&allow, &request, b"").unwrap())["statusText"], "");
}

#[test]
fn bodies_are_not_decompressed() {
    let server = serve(vec![answer(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    )]);
    let response = fetch(
        &[server.address.to_string()],
        &json!({ "url": format!("http://{}/", server.address) }),
        b"",
    )
    .unwrap();
    assert_eq!(response.body, b"abc");
}

#[test]
fn what_is_no_complete_response_is_a_transport_error_without_the_query() {
    let truncated = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";
    for bytes in [truncated, chunked, "HTTP/1.1 200 OK\r\nX", "", "gibberish\r\n\r\n"] {
        let server = serve(vec![answer(bytes)]);
        let url = format!("http://{}/?secret", server.address);
        let refusal = fetch(&[server.address.to_string()], &json!({ "url": url }), b"").unwrap_err();
        assert_eq!(refusal.code, Code::Transport, "{bytes}: {refusal}");
        assert!(!refusal.message.contains("secret"), "{refusal}");
    }
}

#[test]
fn nobody_listening_is_a_transport_error() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refusal = fetch(
        &[address.to_string()],
        &json!({ "url": format!("http://{address}/?secret") }),
        b"",
    )
    .unwrap_err();
    assert_eq!(refusal.code, Code::Transport);
    assert!(
        refusal.message.contains("refused") && !refusal.message.contains("secret"),
        "{refusal}"
    );
}

#[test]
fn a_body_over_the_bound_is_a_limit() {
    let mut bytes = answer("HTTP/1.1 200 OK\r\n\r\n");
    bytes.resize(bytes.len() + crate::limits::RESPONSE_BODY_BYTES, b'x');
    let server = serve(vec![bytes.clone()]);
    let request = |server: &Server| json!({ "url": format!("http://{}/", server.address) });
    let response = fetch(&[server.address.to_string()], &request(&server), b"").unwrap();
    assert_eq!(response.body.len(), crate::limits::RESPONSE_BODY_BYTES);
    bytes.push(b'x');
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let writer = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        // The client hangs up before the end.
        let _ = stream.write_all(&bytes);
    });
    let refusal = fetch(
        &[address.to_string()],
        &json!({ "url": format!("http://{address}/") }),
        b"",
    )
    .unwrap_err();
    assert_eq!(refusal.code, Code::Limit);
    writer.join().unwrap();
}

#[test]
fn redirects_are_followed_as_fetch_does() {
    let target = serve(vec![answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]);
    let there = format!("http://{}/there#part", target.address);
    let first = serve(vec![answer(&format!(
        "HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
    ))]);
    let allow = [first.address.to_string(), target.address.to_string()];
    let headers = [["authorization", "x"], ["content-type", "text/plain"], ["x-kept", "1"]];
    let request = json!({ "url": format!("http://{}/", first.address), "method": "POST", "headers": headers });
    let response = fetch(&allow, &request, b"body").unwrap();
    assert_eq!(
        head(&response)["url"],
        json!(format!("http://{}/there", target.address))
    );
    let seen = target.requests.recv().unwrap();
    assert!(
        seen.starts_with("GET /there HTTP/1.1\r\n") && seen.contains("x-kept: 1"),
        "{seen}"
    );
    assert!(
        !seen.contains("authorization") && !seen.contains("content-type") && !seen.contains("body"),
        "{seen}"
    );
}

#[test]
fn a_307_keeps_method_and_body() {
    let server = serve(vec![
        answer("HTTP/1.1 307 X\r\nLocation: /b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
        answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ]);
    let request = json!({ "url": format!("http://{}/a", server.address), "method": "POST" });
    fetch(&[server.address.to_string()], &request, b"body").unwrap();
    server.requests.recv().unwrap();
    let seen = server.requests.recv().unwrap();
    assert!(
        seen.starts_with("POST /b HTTP/1.1\r\n") && seen.ends_with("body"),
        "{seen}"
    );
}

#[test]
fn ten_redirects_are_followed_and_no_more() {
    let again = || answer("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let mut answers: Vec<Vec<u8>> = (0..10).map(|_| again()).collect();
    answers.push(answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    let server = serve(answers);
    let request = |server: &Server| json!({ "url": format!("http://{}/", server.address) });
    assert!(fetch(&[server.address.to_string()], &request(&server), b"").is_ok());
    let server = serve((0..11).map(|_| again()).collect());
    let refusal = fetch(&[server.address.to_string()], &request(&server), b"").unwrap_err();
    assert_eq!(refusal.code, Code::Transport);
    assert!(refusal.message.contains("more than 10 redirects"), "{refusal}");
}

#[test]
fn special_addresses_are_refused_in_every_form() {
    let forbidden = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = forbidden.local_addr().unwrap().port();
    let gate = serve(vec![answer(&format!(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
    ))]);
    let allow = [gate.address.to_string()];
    let urls = [
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://localhost:{}/", gate.address.port()),
        format!("http://{}/", gate.address),
    ];
    for url in urls {
        let refusal = fetch(&allow, &json!({ "url": url }), b"").unwrap_err();
        assert_eq!(refusal.code, Code::Transport, "{url}");
        assert!(
            refusal.message.contains("the address") && refusal.message.contains("is not allowed"),
            "{url}: {refusal}"
        );
    }
    forbidden.set_nonblocking(true).unwrap();
    assert!(forbidden.accept().is_err(), "nothing arrived");
}

#[test]
fn an_operator_bounds_bodies_and_redirects() {
    let limits = Limits {
        response_bytes: 4,
        redirects: 0,
        ..Limits::default()
    };
    let within = |answers: &str| {
        let server = serve(vec![answer(answers)]);
        let request = json!({ "url": format!("http://{}/", server.address) });
        fetch_within(&limits, &[server.address.to_string()], &request, b"").map_err(|refusal| refusal.code)
    };
    assert_eq!(
        within("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour").unwrap().body,
        b"four"
    );
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    assert_eq!(within(chunked), Err(Code::Limit));
    let redirect = "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(within(redirect), Err(Code::Transport));
}
