//! What the kit's names stand for. Its lock is taken with a module's held, never the other way round: nothing here calls
//! into a module.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, Weak},
};

use crate::module::{Module, Opening};

/// Modules, connections and the names of calls.
#[derive(Default)]
pub(crate) struct Registry {
    names: Mutex<Names>,
}

#[derive(Default)]
struct Names {
    /// In order of loading.
    modules: Vec<Arc<Module>>,
    connections: HashMap<String, Connection>,
    subscriptions: HashMap<String, Arc<Module>>,
    /// Every call's name so far, and the module it was made in: a name stands for one call of the whole run.
    calls: CallNames,
}

/// Names of calls are kept for ever, each of them in 24 bytes: as texts of their own among what calls allocate and free, they
/// would keep the pages of it from being given back.
#[derive(Default)]
struct CallNames {
    keys: [RandomState; 2],
    made: HashMap<[u64; 2], Weak<Module>>,
}

impl CallNames {
    /// Stands for the name: that two of a billion names have one of 128 bits in common is a chance of 1 in 10^20.
    fn key(&self, name: &str) -> [u64; 2] {
        [self.keys[0].hash_one(name), self.keys[1].hash_one(name)]
    }
}

/// A connection whose hooks have run or are running.
struct Connection {
    module: Arc<Module>,
    identity: String,
    opening: Arc<Opening>,
    /// `disconnected` was submitted.
    closing: bool,
}

/// What a call or a hook on a connection needs.
pub(crate) struct OnConnection {
    pub module: Arc<Module>,
    pub identity: String,
    pub opening: Arc<Opening>,
}

impl Connection {
    /// Whether it takes calls: `connected` succeeded, or may still.
    fn is_open(&self) -> bool {
        !self.closing && !self.opening.has_failed()
    }

    fn for_call(&self) -> OnConnection {
        OnConnection {
            module: Arc::clone(&self.module),
            identity: self.identity.clone(),
            opening: Arc::clone(&self.opening),
        }
    }
}

impl Registry {
    /// Makes a loaded module known.
    pub fn add_module(&self, module: Arc<Module>) {
        self.lock().modules.push(module);
    }

    /// The module of that id.
    pub fn module(&self, id: &str) -> Option<Arc<Module>> {
        self.lock().modules.iter().find(|module| module.id == id).cloned()
    }

    /// All modules, in order of loading.
    pub fn modules(&self) -> Vec<Arc<Module>> {
        self.lock().modules.clone()
    }

    /// Forgets a module, its connections and its subscriptions.
    pub fn remove_module(&self, id: &str) -> Option<Arc<Module>> {
        let mut names = self.lock();
        let at = names.modules.iter().position(|module| module.id == id)?;
        names.connections.retain(|_, connection| connection.module.id != id);
        names.subscriptions.retain(|_, module| module.id != id);
        Some(names.modules.remove(at))
    }

    /// Takes a connection's name, and gives its opening; nothing where it stands for another one.
    pub fn begin_connection(&self, name: &str, module: Arc<Module>, identity: String) -> Option<Arc<Opening>> {
        match self.lock().connections.entry(name.to_owned()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                let connection = free.insert(Connection {
                    module,
                    identity,
                    opening: Arc::default(),
                    closing: false,
                });
                Some(Arc::clone(&connection.opening))
            }
        }
    }

    /// `disconnected` is about to be submitted: the connection makes no further calls.
    pub fn begin_close(&self, name: &str) -> Option<OnConnection> {
        let mut names = self.lock();
        let connection = names
            .connections
            .get_mut(name)
            .filter(|connection| connection.is_open())?;
        connection.closing = true;
        Some(connection.for_call())
    }

    /// The connection is gone, and its name free.
    pub fn end_connection(&self, name: &str, opening: &Arc<Opening>) {
        if let Entry::Occupied(found) = self.lock().connections.entry(name.to_owned())
            && Arc::ptr_eq(&found.get().opening, opening)
        {
            found.remove();
        }
    }

    /// What a call on a connection needs, from its opening on and until it is closed.
    pub fn connection(&self, name: &str) -> Option<OnConnection> {
        let names = self.lock();
        let connection = names.connections.get(name).filter(|connection| connection.is_open())?;
        Some(connection.for_call())
    }

    /// Takes a subscription's name; false where it stands for another one.
    pub fn begin_subscription(&self, name: &str, module: &Arc<Module>) -> bool {
        match self.lock().subscriptions.entry(name.to_owned()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(Arc::clone(module));
                true
            }
        }
    }

    /// Frees a subscription's name, and gives its module, or nothing where there is none.
    pub fn end_subscription(&self, name: &str) -> Option<Arc<Module>> {
        self.lock().subscriptions.remove(name)
    }

    /// Takes a call's name; false where it was taken before.
    pub fn begin_call(&self, name: &str, module: &Arc<Module>) -> bool {
        let calls = &mut self.lock().calls;
        match calls.made.entry(calls.key(name)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(Arc::downgrade(module));
                true
            }
        }
    }

    /// The module that a call was made in, which may be gone; or nothing where none of that name was made.
    pub fn module_of_call(&self, name: &str) -> Option<Weak<Module>> {
        let calls = &self.lock().calls;
        calls.made.get(&calls.key(name)).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Names> {
        self.names.lock().expect("no thread panics while it holds the names")
    }
}
