//! A JavaScript guest, ready to be evaluated in instances of the engine.

use std::sync::Arc;

use evenlane_host_core::{
    engine::{Blocking, HostClock, Lane, LoadError, Program},
    limits::Limits,
};

use super::{blocking::JsBlocking, engine::JsEngine, instance::Instance, lane::JsLane, realm::Path};

/// A guest's source and its description; shared by the instances that run it.
pub(crate) struct JsModule {
    /// The engine that instances are made of.
    pub engine: Arc<JsEngine>,
    /// What messages call it.
    pub name: String,
    /// One ECMAScript module.
    pub source: String,
    /// The bounds of its turns and of memory.
    pub limits: Limits,
    /// What the guest sees that asks for the time outside of any call.
    pub clock: HostClock,
}

/// The program of a JavaScript guest.
pub(crate) struct JsProgram {
    module: Arc<JsModule>,
    description: Result<String, LoadError>,
}

impl JsProgram {
    /// Evaluates a guest once, in an instance that does not live on, and asks it for its description.
    pub fn compile(
        engine: Arc<JsEngine>,
        name: &str,
        source: &[u8],
        limits: &Limits,
        clock: &HostClock,
    ) -> Result<JsProgram, LoadError> {
        let source = std::str::from_utf8(source)
            .map_err(|error| LoadError::Compile(format!("{name}: the source is not UTF-8: {error}")))?;
        let module = Arc::new(JsModule {
            engine,
            name: name.to_owned(),
            source: source.to_owned(),
            limits: limits.clone(),
            clock: clock.clone(),
        });
        let described = Instance::open(&module, Path::Lane)?.describe();
        let description = described
            .unwrap_or_else(|stop| Err(stop.failure().message))
            .map_err(|why| LoadError::Describe(format!("{name}: `describe` failed: {why}")));
        Ok(JsProgram { module, description })
    }
}

impl Program for JsProgram {
    fn describe(&self) -> Result<String, LoadError> {
        self.description.clone()
    }

    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        Ok(Box::new(JsLane::open(Arc::clone(&self.module))?))
    }

    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError> {
        Ok(Box::new(JsBlocking::open(Arc::clone(&self.module))?))
    }
}
