//! Sends a request, follows its redirects and reads the response to its last byte.

use std::{error::Error, sync::Arc};

use reqwest::{Client, Url, header::HeaderValue};
use serde_json::{Value, json};

use super::{
    AllowList, Request, Response,
    address::{self, GuardedResolver, NotAllowed},
    redirect,
};
use crate::{
    canonical,
    failure::{Code, Refusal},
    limits::Limits,
};

/// Idle connections to one origin that are kept: what a thousand held fetches opened is closed again.
const KEPT_CONNECTIONS: usize = 32;

/// The HTTP clients of one module. Their connections live on the runtime that first uses them.
pub(crate) struct Egress {
    /// Reaches public addresses only.
    guarded: Client,
    /// Reaches what the operator allowed.
    open: Client,
    allow: AllowList,
    /// Bytes of a response's body.
    response_bytes: usize,
    /// Redirects that one fetch follows.
    redirects: usize,
}

impl Egress {
    /// Clients that trust what the system trusts, with the module's bounds.
    pub fn new(allow: AllowList, tls: &rustls::ClientConfig, limits: &Limits) -> Egress {
        let client = || {
            Client::builder()
                .http1_only()
                .no_proxy()
                .referer(false)
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .pool_idle_timeout(None)
                .pool_max_idle_per_host(KEPT_CONNECTIONS)
                .tls_backend_preconfigured(tls.clone())
        };
        let built = "a client of these settings can be built";
        Egress {
            guarded: client().dns_resolver(Arc::new(GuardedResolver)).build().expect(built),
            open: client().build().expect(built),
            allow,
            response_bytes: limits.response_bytes,
            redirects: limits.redirects,
        }
    }

    /// Fetches. Refuses with `transport` what ends without a complete response, a special address among it, and with
    /// `limit` a body over the module's bound. To drop the future closes the connection.
    pub async fn fetch(&self, mut request: Request) -> Result<Response, Refusal> {
        for _ in 0..=self.redirects {
            let response = self.send(&request).await?;
            let mut next = request.clone();
            match redirect::follow(&mut next, response.status(), response.headers()) {
                Ok(false) => return read(&request.url, response, self.response_bytes).await,
                Ok(true) => request = next,
                Err(cause) => return Err(failed(&request.url, &cause)),
            }
        }
        Err(failed(&request.url, &format!("more than {} redirects", self.redirects)))
    }

    async fn send(&self, request: &Request) -> Result<reqwest::Response, Refusal> {
        let allowed = self.allow.names(&request.url);
        let special = address::literal(&request.url).filter(|&address| address::is_special(address));
        if let Some(address) = special.filter(|_| !allowed) {
            return Err(failed(&request.url, &NotAllowed(address).to_string()));
        }
        let client = if allowed { &self.open } else { &self.guarded };
        let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
        *outgoing.headers_mut() = request.headers.clone();
        if !request.body.is_empty() {
            *outgoing.body_mut() = Some(request.body.clone().into());
        }
        client
            .execute(outgoing)
            .await
            .map_err(|error| failed(&request.url, &innermost(&error)))
    }
}

/// What TLS of all modules shares. Without certificates of the system every https fetch fails as `transport`.
pub(crate) fn system_tls() -> rustls::ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("ring has the suites of TLS 1.2 and 1.3");
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
        Err(error) => {
            eprintln!("no certificate authorities found ({error}): https fetches will fail");
            builder
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth()
        }
    }
}

async fn read(url: &Url, mut response: reqwest::Response, limit: usize) -> Result<Response, Refusal> {
    let too_long = || {
        let message = format!("the response of {} passes {limit} bytes", origin(url));
        Refusal::new(Code::Limit, message)
    };
    // The length of an answer to HEAD is that of a body which does not come.
    let head = head(url, &response);
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| failed(url, &innermost(&error)))?
    {
        if body.len() + chunk.len() > limit {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { head, body })
}

fn head(url: &Url, response: &reqwest::Response) -> String {
    let status = response.status();
    // hyper keeps a reason phrase only where it is not the usual one.
    let reason = match response.extensions().get::<hyper::ext::ReasonPhrase>() {
        Some(reason) => from_latin1(reason.as_bytes()),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    let header = |(name, value): (&reqwest::header::HeaderName, &HeaderValue)| {
        json!([name.as_str(), from_latin1(value.as_bytes())])
    };
    let headers: Vec<Value> = response.headers().iter().map(header).collect();
    canonical::text(
        &json!({ "status": status.as_u16(), "statusText": reason, "headers": headers, "url": url.as_str() }),
    )
}

fn from_latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Scheme, host and port: the part of a URL that may stand in messages.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn failed(url: &Url, cause: &str) -> Refusal {
    Refusal::new(
        Code::Transport,
        format!("the fetch from {} failed: {cause}", origin(url)),
    )
}

/// The cause at the bottom of an error: the layers above it repeat the URL, query included.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(_) => "the HTTP library gave no cause".to_owned(),
        None => cause.to_string(),
    }
}
