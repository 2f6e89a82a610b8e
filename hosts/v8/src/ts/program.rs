//! A compiled JavaScript guest.

use std::sync::Arc;

use evenlane_host_core::{
    engine::{Blocking, HostClock, Lane, LoadError, Program},
    limits::Limits,
};

use super::{
    ambient,
    blocking::TsBlocking,
    lane::TsLane,
    load::{self, Loaded},
};
use crate::{
    sandbox::{Globals, Sandbox},
    text,
    watchdog::Stop,
};

/// A guest's source, its compiled code and its description; shared by the isolates that run it.
pub struct TsModule {
    name: String,
    source: String,
    cache: Option<Vec<u8>>,
    description: Result<String, LoadError>,
    limits: Limits,
    clock: HostClock,
}

impl TsModule {
    /// Compiles and evaluates a guest once, in an isolate of its own that does not live on, and asks it for its description.
    pub fn compile(name: &str, source: &[u8], limits: &Limits, clock: &HostClock) -> Result<TsModule, LoadError> {
        let source = std::str::from_utf8(source)
            .map_err(|error| LoadError::Compile(format!("{name}: the source is not UTF-8: {error}")))?;
        let mut sandbox = Sandbox::new(Globals::Bare, limits);
        let (result, stop) = sandbox.turn(|scope| {
            let loaded = evaluate(scope, name, source, None, clock)?;
            let description = describe(scope, name, &loaded);
            Ok((loaded.cache, description))
        });
        check(name, stop)?;
        let (cache, description) = result?;
        Ok(TsModule {
            name: name.to_owned(),
            source: source.to_owned(),
            cache,
            description,
            limits: limits.clone(),
            clock: clock.clone(),
        })
    }

    /// A sandbox in which the guest has been evaluated.
    pub fn instantiate(&self) -> Result<(Sandbox, Loaded), LoadError> {
        let mut sandbox = Sandbox::new(Globals::Bare, &self.limits);
        let (loaded, stop) =
            sandbox.turn(|scope| evaluate(scope, &self.name, &self.source, self.cache.as_deref(), &self.clock));
        check(&self.name, stop)?;
        Ok((sandbox, loaded?))
    }
}

/// Prepares the realm and evaluates the guest in it.
fn evaluate(
    scope: &mut v8::PinScope<'_, '_>,
    name: &str,
    source: &str,
    cache: Option<&[u8]>,
    clock: &HostClock,
) -> Result<Loaded, LoadError> {
    scope.set_host_import_module_dynamically_callback(load::refuse_import);
    ambient::prepare(scope, clock.clone())
        .ok_or_else(|| LoadError::Compile(format!("{name}: the engine has no memory for its realm")))?;
    load::load(scope, name, source, cache)
}

fn check(name: &str, stop: Option<Stop>) -> Result<(), LoadError> {
    match stop {
        None => Ok(()),
        Some(stop) => Err(LoadError::Compile(format!(
            "{name}: its evaluation was stopped: {}",
            stop.describe()
        ))),
    }
}

fn describe(scope: &mut v8::PinScope<'_, '_>, name: &str, loaded: &Loaded) -> Result<String, LoadError> {
    v8::tc_scope!(let scope, scope);
    let function = v8::Local::new(scope, &loaded.describe);
    let guest = v8::Local::new(scope, &loaded.guest);
    let given = function.call(scope, guest.into(), &[]);
    match given {
        Some(given) => text::exact(scope, given).ok_or_else(|| {
            LoadError::Describe(format!(
                "{name}: `describe` must give JSON text: a string without lone surrogates"
            ))
        }),
        None => {
            let message = text::caught_message(scope);
            Err(LoadError::Describe(format!("{name}: `describe` failed: {message}")))
        }
    }
}

/// The program of a JavaScript guest.
pub struct TsProgram(Arc<TsModule>);

impl TsProgram {
    /// Compiles a guest, within those bounds. `clock` is what it sees outside of any call.
    pub fn compile(name: &str, source: &[u8], limits: &Limits, clock: &HostClock) -> Result<TsProgram, LoadError> {
        TsModule::compile(name, source, limits, clock).map(|module| TsProgram(Arc::new(module)))
    }
}

impl Program for TsProgram {
    fn describe(&self) -> Result<String, LoadError> {
        self.0.description.clone()
    }

    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        Ok(Box::new(TsLane::open(self.0.clone())?))
    }

    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError> {
        Ok(Box::new(TsBlocking::open(self.0.clone())?))
    }
}
