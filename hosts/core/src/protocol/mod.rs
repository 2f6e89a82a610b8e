//! The host protocol: JSON-RPC 2.0, one message a line.

mod codes;
mod connections;
mod envelope;
#[cfg(feature = "bench")]
mod frames;
mod host;
mod methods;
mod outbox;
mod params;
mod registry;
mod tables;

use std::{
    io::{self, BufRead, Read},
    sync::Arc,
};

#[cfg(feature = "bench")]
pub use frames::Frames;
pub(crate) use outbox::Outbox;

use crate::engine::Engine;
use codes::Code;
use host::{Flow, Host};

/// Bytes of one line of the kit's, the line feed not counted.
const LINE_BYTES: usize = 64 << 20;

/// Takes requests until `shutdown` or the end of input; then everything is answered and written.
pub(crate) fn serve(engine: Arc<dyn Engine>, mut input: impl BufRead, outbox: Outbox) {
    let mut host = Host::new(engine, outbox.clone());
    loop {
        match read_line(&mut input) {
            Ok(Some(Ok(line))) => match envelope::read(&line) {
                Ok(request) => {
                    if host.take(request) == Flow::End {
                        return;
                    }
                }
                Err((id, (code, message))) => match id.and_then(|id| outbox.reply(id)) {
                    Some(reply) => reply.refuse(code, &message),
                    None => outbox.refuse_line(code, &message),
                },
            },
            Ok(Some(Err(TooLong))) => {
                outbox.refuse_line(Code::Parse, &format!("a line has more than {LINE_BYTES} bytes"))
            }
            Ok(None) => break,
            Err(error) => {
                eprintln!("standard input cannot be read any more: {error}");
                break;
            }
        }
    }
    host.shut_down(None);
}

/// A line passed the bound; it was skipped.
struct TooLong;

fn read_line(input: &mut impl BufRead) -> io::Result<Option<Result<Vec<u8>, TooLong>>> {
    let mut line = Vec::new();
    let bound = LINE_BYTES as u64 + 1;
    if input.by_ref().take(bound).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LINE_BYTES {
        input.skip_until(b'\n')?;
        return Ok(Some(Err(TooLong)));
    }
    Ok(Some(Ok(line)))
}

#[cfg(test)]
mod tests;
