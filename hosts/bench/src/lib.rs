//! What `evenlane bench` stands on beside the hosts: [`origin`], an HTTP server that is no bottleneck, and [`limit`], a host
//! that has no guest and so shows what the hosts that have one can reach at most.

pub mod limit;
pub mod origin;
