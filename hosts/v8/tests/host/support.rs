//! The host as the kit sees it, over standard input and output. Shared with the tests of other hosts that run JavaScript guests: the root
//! of each says which host it is.

#[path = "../../../core/src/testing/client.rs"]
pub mod client;
#[path = "../../../core/src/testing/origin.rs"]
pub mod origin;

use std::{
    io::Write,
    process::{Child, Command, Stdio},
};

use client::Client;
use origin::Origin;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The JavaScript guest of these tests: one module, in parts.
pub const JAVASCRIPT_GUEST: &str = concat!(
    include_str!("guest/common.js"),
    include_str!("guest/reducers.js"),
    include_str!("guest/lane.js"),
    include_str!("guest/blocking.js"),
    include_str!("guest/runaways.js"),
    include_str!("guest/module.js"),
);

/// A host process, the kit's side of its protocol and the origin that its guests may reach.
pub struct Host {
    pub kit: Client,
    pub origin: Origin,
    process: Child,
}

impl Host {
    /// A host that is initialized.
    pub fn start() -> Host {
        let mut command = Command::new(crate::BINARY);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut host = Host {
            kit: Client::new(input, output),
            origin: Origin::start(),
            process,
        };
        let answer = host.kit.initialize(&[host.origin.address.to_string()]);
        crate::check_engines(&answer["engines"]);
        host
    }

    /// A host with that guest loaded as `m1` within those limits, and the connection `k` open.
    pub fn running(guest: &str, source: &[u8], limits: Value) -> Host {
        let mut host = Host::start();
        host.load_within(guest, source, limits).unwrap();
        host.kit.connect();
        host
    }

    /// The same with the JavaScript guest of these tests.
    pub fn javascript_within(limits: Value) -> Host {
        Host::running("ts", JAVASCRIPT_GUEST.as_bytes(), limits)
    }

    /// The same with the limits of the product.
    pub fn javascript() -> Host {
        Host::javascript_within(json!({}))
    }

    /// The same with the wasm guest of these tests.
    pub fn wasm_within(limits: Value) -> Host {
        Host::running("as", &wat::parse_str(include_str!("guest.wat")).unwrap(), limits)
    }

    /// The same with the limits of the product.
    pub fn wasm() -> Host {
        Host::wasm_within(json!({}))
    }

    fn load_within(&mut self, guest: &str, source: &[u8], limits: Value) -> Result<Value, Value> {
        self.with_code("module/load", source, json!({ "guest": guest, "limits": limits }))
    }

    /// Makes a request that names a module's code.
    pub fn with_code(&mut self, method: &str, source: &[u8], mut params: Value) -> Result<Value, Value> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(source).unwrap();
        let sha256: String = Sha256::digest(source)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        params["path"] = json!(file.path());
        params["sha256"] = json!(sha256);
        self.kit.request(method, params)
    }

    /// Why a module is refused: the reason and the message.
    pub fn refusal(&mut self, guest: &str, source: &[u8]) -> (String, String) {
        self.refusal_within(guest, source, json!({}))
    }

    /// The same for a module that is loaded within those limits.
    pub fn refusal_within(&mut self, guest: &str, source: &[u8], limits: Value) -> (String, String) {
        let error = self.load_within(guest, source, limits).unwrap_err();
        assert_eq!(error["code"], -32000);
        (
            error["data"]["reason"].as_str().unwrap().to_owned(),
            error["message"].as_str().unwrap().to_owned(),
        )
    }

    /// Submits a call whose argument `url` is that of `path`, and waits until its fetch is held.
    pub fn hold(&mut self, name: &str, function: &str, path: &str, mut args: Value) -> u64 {
        args["url"] = json!(self.origin.url(path));
        let call = self.kit.call(name, function, args);
        self.origin.arrived(path);
        call
    }

    /// Submits a call and waits for its end.
    pub fn run(&mut self, name: &str, function: &str, args: Value) -> Value {
        let id = self.kit.call(name, function, args);
        self.kit.answer(id).unwrap()
    }

    /// The value that a call returns.
    pub fn value(&mut self, name: &str, function: &str, args: Value) -> Value {
        let end = self.run(name, function, args);
        assert_eq!(end["outcome"], "returned", "{end}");
        end["value"].clone()
    }

    /// The category and message that a call fails with.
    pub fn failure(&mut self, name: &str, function: &str, args: Value) -> (String, String) {
        failure(&self.run(name, function, args))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.kit.hang_up();
        assert!(self.process.wait().unwrap().success());
    }
}

/// The category and message of a failed call.
pub fn failure(end: &Value) -> (String, String) {
    assert_eq!(end["outcome"], "failed", "{end}");
    let error = &end["error"];
    (
        error["category"].as_str().unwrap().to_owned(),
        error["message"].as_str().unwrap().to_owned(),
    )
}
