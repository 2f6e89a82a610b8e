//! A compiled guest.

use evenlane_host_core::{
    engine::{Blocking, Lane, LoadError, Program},
    limits::Limits,
};
use wasmtime::{InstancePre, Linker, Module};

use crate::{
    abi,
    bounds::Bounds,
    executor::SingleCoreExecutor,
    guest::Guest,
    imports,
    instance::{self, store},
};

/// A compiled guest with its host functions linked twice: without fibers and with.
pub(crate) struct GuestProgram {
    reducers: InstancePre<Guest>,
    procedures: InstancePre<Guest>,
    limits: Limits,
}

impl GuestProgram {
    /// Links a module, or says what it asks for that a guest cannot have.
    pub fn link(module: &Module, limits: &Limits) -> Result<GuestProgram, LoadError> {
        abi::check(module).map_err(LoadError::Compile)?;
        abi::check_memory(module, limits.memory_bytes).map_err(LoadError::Compile)?;
        let linked = |define: fn(&mut Linker<Guest>) -> wasmtime::Result<()>| {
            let mut linker = Linker::new(module.engine());
            define(&mut linker)?;
            linker.instantiate_pre(module)
        };
        let wrong = |error: wasmtime::Error| LoadError::Compile(format!("the module cannot be linked: {error:#}"));
        Ok(GuestProgram {
            reducers: linked(imports::for_reducers).map_err(wrong)?,
            procedures: linked(imports::for_procedures).map_err(wrong)?,
            limits: limits.clone(),
        })
    }
}

impl Program for GuestProgram {
    fn describe(&self) -> Result<String, LoadError> {
        let bounds = Bounds::new(&self.limits);
        bounds.start_turn();
        let mut store = store(self.reducers.module().engine(), &bounds);
        let ended = (|| {
            let instance = self.reducers.instantiate(&mut store)?;
            instance
                .get_typed_func::<(), ()>(&mut store, "describe")?
                .call(&mut store, ())
        })();
        ended.map_err(|error| {
            LoadError::Describe(format!(
                "`describe` failed: {}",
                instance::failure(&error, &bounds).message
            ))
        })?;
        match store.data_mut().result.take() {
            Some(Ok(description)) => Ok(description),
            Some(Err(refusal)) => Err(LoadError::Describe(refusal.message)),
            None => Err(LoadError::Describe(
                "`describe` handed nothing over by `result`".to_owned(),
            )),
        }
    }

    fn open_lane(&self) -> Result<Box<dyn Lane>, LoadError> {
        let bounds = Bounds::new(&self.limits);
        Ok(Box::new(SingleCoreExecutor::new(
            self.reducers.clone(),
            self.procedures.clone(),
            bounds,
        )))
    }

    fn open_blocking(&self) -> Result<Box<dyn Blocking>, LoadError> {
        unreachable!("wasm guests have no synchronous procedures")
    }
}
