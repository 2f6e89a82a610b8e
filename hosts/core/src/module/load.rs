//! Loading a module: bytes, hash, compiler, description, lane, `init`.

use std::{fs, path::Path, sync::Arc, thread};

use sha2::{Digest, Sha256};

use super::{Code, Module, Surroundings};
use crate::{
    engine::{Guest, HostClock, LoadError},
    interface::{Hook, Interface},
    seed,
    store::{NotOpened, Schedules},
};

/// The module to load, as the kit names it.
pub(crate) struct Wanted {
    pub guest: Guest,
    pub path: String,
    pub sha256: String,
    /// The file that its tables live in; in memory where there is none.
    pub data: Option<String>,
}

/// Why a module was refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// `data.reason` of the answer.
    pub reason: &'static str,
    pub message: String,
}

impl From<LoadError> for Refused {
    fn from(error: LoadError) -> Refused {
        match error {
            LoadError::Compile(message) => refused("compile", message),
            LoadError::Describe(message) => refused("describe", message),
        }
    }
}

impl From<NotOpened> for Refused {
    fn from(error: NotOpened) -> Refused {
        match error {
            NotOpened::Unreadable(message) => refused("unreadable", message),
            NotOpened::Undeclared(message) => refused("interface", message),
        }
    }
}

fn refused(reason: &'static str, message: String) -> Refused {
    Refused { reason, message }
}

/// Loads a module, tells `done` once `init` has committed, and runs its lane until the module is closed. To be called on
/// the thread that is to be the lane's: a thread that only loaded could still be ending when the answer is read, and
/// threads are counted.
pub(crate) fn load_and_run(
    id: String,
    wanted: &Wanted,
    host: Surroundings,
    done: impl FnOnce(Result<Arc<Module>, Refused>) + Send + 'static,
) {
    match prepare(id, wanted, host) {
        Ok((module, schedules)) => module.run_lane(|lane| match lane {
            Ok(()) => initialize(Arc::clone(&module), schedules, done),
            Err(error) => {
                module.store.close();
                done(Err(error.into()));
            }
        }),
        Err(refused) => done(Err(refused)),
    }
}

/// The module, and what was scheduled in its file when it was open last.
fn prepare(id: String, wanted: &Wanted, host: Surroundings) -> Result<(Arc<Module>, Schedules), Refused> {
    let code = compile(&host, wanted.guest, &id, &wanted.path, &wanted.sha256)?;
    Ok(Module::new(id, wanted.guest, code, wanted.data.as_deref(), host)?)
}

/// The first code of the module of that id, compiled and described.
pub(super) fn compile(host: &Surroundings, guest: Guest, id: &str, path: &str, sha256: &str) -> Result<Code, Refused> {
    if !host.engine.guests().contains(&guest) {
        return Err(refused(
            "compile",
            format!("this host does not run guests of the kind `{}`", guest.name()),
        ));
    }
    let source = fs::read(path).map_err(|error| refused("unreadable", format!("{path}: {error}")))?;
    let found = seed::hex(&Sha256::digest(&source));
    if found != sha256 {
        return Err(refused(
            "hash-mismatch",
            format!("{path} has the SHA-256 {found}, not {sha256}: build it again, or mend the hash"),
        ));
    }
    let name = Path::new(path)
        .file_stem()
        .map_or_else(|| id.to_owned(), |stem| stem.to_string_lossy().into_owned());
    let program = host
        .engine
        .compile(guest, &name, &source, &host.limits, &HostClock::new(&host.clock))?;
    let description = program.describe()?;
    let interface = Interface::parse(guest, &description).map_err(|error| refused("interface", error))?;
    Ok(Code {
        generation: 0,
        interface,
        program,
    })
}

fn initialize(
    module: Arc<Module>,
    schedules: Schedules,
    done: impl FnOnce(Result<Arc<Module>, Refused>) + Send + 'static,
) {
    if module.store.is_initialized() {
        module.make_scheduled(schedules);
        return done(Ok(module));
    }
    let initialized = Arc::clone(&module);
    let told = Box::new(move |end: super::CallEnd| match end.outcome {
        Ok(_) => done(Ok(initialized)),
        Err(failure) => {
            // The module is locked here: another thread has to end it.
            thread::spawn(move || {
                initialized.close();
                done(Err(refused("init", format!("`$init` failed: {failure}"))));
            });
        }
    });
    if let Some(told) = module.submit_hook(Hook::Init, None, told) {
        module.store.set_initialized();
        told(super::CallEnd::of_no_hook());
    }
}
