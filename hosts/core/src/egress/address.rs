//! Addresses that a guest may not reach: those that mean the host's own machine or network, or no single machine.

use std::{
    collections::HashSet,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// Exact `host:port` entries that guests may reach although the address is special.
#[derive(Clone, Debug, Default)]
pub(crate) struct AllowList(HashSet<String>);

impl AllowList {
    /// Takes the operator's entries; the error names the first that is no `host:port`.
    pub fn parse(entries: &[String]) -> Result<AllowList, String> {
        let parsed = entries.iter().map(|entry| {
            let invalid = || format!("`{entry}` in `allow` is not `host:port`");
            let (host, port) = entry.rsplit_once(':').ok_or_else(invalid)?;
            let port: u16 = port.parse().map_err(|_| invalid())?;
            let url = Url::parse(&format!("http://{host}:{port}/")).map_err(|_| invalid())?;
            let plain = url.path() == "/" && url.username().is_empty() && url.query().is_none();
            if plain {
                authority(&url).ok_or_else(invalid)
            } else {
                Err(invalid())
            }
        });
        parsed.collect::<Result<_, _>>().map(AllowList)
    }

    /// Whether the operator named this URL's host and port.
    pub fn names(&self, url: &Url) -> bool {
        authority(url).is_some_and(|authority| self.0.contains(&authority))
    }
}

/// `host:port` of a URL, the port also where it is the scheme's own.
pub(crate) fn authority(url: &Url) -> Option<String> {
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

/// The address that a URL's host spells out, if it does.
pub(crate) fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// An address that a guest may not reach.
#[derive(Debug)]
pub(crate) struct NotAllowed(pub IpAddr);

impl fmt::Display for NotAllowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the address {} is not allowed", self.0)
    }
}

impl std::error::Error for NotAllowed {}

/// Resolves names through the system and keeps back special addresses.
pub(crate) struct GuardedResolver;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let (special, public): (Vec<_>, Vec<_>) = found.into_iter().partition(|address| is_special(address.ip()));
            match (public.is_empty(), special.first()) {
                (true, Some(address)) => Err(NotAllowed(address.ip()).into()),
                _ => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether an address is anything but one machine on the public internet.
pub(crate) fn is_special(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_special_v4(address),
        IpAddr::V6(address) => is_special_v6(address),
    }
}

fn is_special_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // shared by carriers (RFC 6598)
        || (a == 192 && b == 0 && c == 0) // protocol assignments (RFC 6890)
        || (a == 192 && b == 88 && c == 99) // 6to4 relays (RFC 7526)
        || (a == 198 && (b == 18 || b == 19)) // benchmarks (RFC 2544)
}

fn is_special_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        // Mapped, compatible (loopback and unspecified among them), translated (RFC 6052) and 6to4: what counts is the address inside.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => is_special_v4(v4(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_special_v4(v4(high, low)),
        [0x2002, high, low, ..] => is_special_v4(v4(high, low)),
        // Everything else outside of global unicast, and in it Teredo, ORCHID and documentation.
        [first, second, ..] => {
            first & 0xe000 != 0x2000
                || (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
                || (first == 0x3fff && second < 0x1000)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_addresses_are_known() {
        let special = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "100::1",
            "3fff::1",
        ];
        for address in special {
            assert!(is_special(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(!is_special(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn entries_are_exact() {
        let entries = ["127.0.0.1:80", "LocalHost:8080", "[::1]:9"].map(str::to_owned);
        let allow = AllowList::parse(&entries).unwrap();
        let names = |url: &str| allow.names(&Url::parse(url).unwrap());
        assert!(names("http://127.0.0.1/x") && names("http://localhost:8080/?q") && names("http://[::1]:9/"));
        assert!(
            names("http://0x7f.1:80/"),
            "the URL standard reads another spelling of the same address"
        );
        assert!(!names("http://127.0.0.1:81/") && !names("http://localhost/") && !names("https://127.0.0.1/"));
        for entry in ["x", "x:", ":1", "x:99999", "u@x:1", "x/y:1", "x?y:1"] {
            assert!(
                AllowList::parse(&[entry.to_owned()]).unwrap_err().contains(entry),
                "{entry}"
            );
        }
    }
}
