//! Where a redirect leads, as the Fetch standard's `follow` has it.

use reqwest::{
    Method, StatusCode, Url,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION,
    },
};

use super::Request;

/// Turns `request` into the one that the response asks for. Gives false where the response is no redirect, and an
/// error where it leads nowhere that can be fetched.
pub(crate) fn follow(request: &mut Request, status: StatusCode, headers: &HeaderMap) -> Result<bool, String> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(false);
    }
    let Some(location) = headers.get(LOCATION) else {
        return Ok(false);
    };
    let target = std::str::from_utf8(location.as_bytes())
        .ok()
        .and_then(|text| request.url.join(text).ok());
    let mut target = target.ok_or("the redirect's location is not a URL")?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(format!("the redirect leads to the scheme `{}`", target.scheme()));
    }
    if !target.username().is_empty() || target.password().is_some() {
        return Err("the redirect's location holds credentials".to_owned());
    }
    target.set_fragment(None);
    let becomes_get = match status.as_u16() {
        301 | 302 => request.method == Method::POST,
        303 => request.method != Method::GET && request.method != Method::HEAD,
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body.clear();
        for name in [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_TYPE] {
            request.headers.remove(name);
        }
    }
    if !same_origin(&request.url, &target) {
        request.headers.remove(AUTHORIZATION);
        request.headers.remove(COOKIE);
    }
    request.url = target;
    Ok(true)
}

fn same_origin(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}
