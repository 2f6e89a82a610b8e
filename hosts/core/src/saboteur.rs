//! Deliberate faults, by which the kit shows that its checks can fail: a host that is built with the cargo feature
//! `saboteurs` has the one that `EVENLANE_SABOTEUR` names, and none where that is unset.
//!
//! Each stands where its mechanism does, as `if … && fault!("name")`. Without the feature that is `if … && false`: neither
//! the fault nor its name is in the program.

/// Whether the deliberate fault of that name acts here. To be asked last in a condition: the answer yes is counted.
#[cfg(not(feature = "saboteurs"))]
#[macro_export]
macro_rules! fault {
    ($name:literal) => {
        false
    };
}

/// Whether the deliberate fault of that name acts here. To be asked last in a condition: the answer yes is counted.
#[cfg(feature = "saboteurs")]
#[macro_export]
macro_rules! fault {
    ($name:literal) => {
        $crate::saboteur::acts($name)
    };
}

#[cfg(feature = "saboteurs")]
pub use chosen::{acts, is_chosen};

#[cfg(feature = "saboteurs")]
mod chosen {
    use std::{
        env,
        fs::{File, OpenOptions},
        io::Write,
        sync::{
            LazyLock,
            atomic::{AtomicUsize, Ordering},
        },
    };

    /// Beyond this many it is not counted: what happens at every row would fill the disk.
    const MOST: usize = 1000;

    /// The fault of this process.
    struct Chosen {
        name: String,
        /// Gets a byte each time that the fault acts.
        counter: File,
        counted: AtomicUsize,
    }

    static CHOSEN: LazyLock<Option<Chosen>> = LazyLock::new(|| {
        let name = env::var("EVENLANE_SABOTEUR").ok()?;
        let path = env::var_os("EVENLANE_SABOTEUR_COUNTER").expect("a fault has a file to be counted in");
        let counter = OpenOptions::new().create(true).append(true).open(path);
        Some(Chosen {
            name,
            counter: counter.expect("the fault's file can be written"),
            counted: AtomicUsize::new(0),
        })
    });

    /// Whether that is the fault of this process: for what it has to keep before it acts.
    pub fn is_chosen(name: &str) -> bool {
        CHOSEN.as_ref().is_some_and(|chosen| chosen.name == name)
    }

    /// Whether that is the fault of this process; counts that it acts.
    pub fn acts(name: &str) -> bool {
        let Some(chosen) = CHOSEN.as_ref().filter(|chosen| chosen.name == name) else {
            return false;
        };
        if chosen.counted.fetch_add(1, Ordering::Relaxed) < MOST {
            (&chosen.counter)
                .write_all(b".")
                .expect("the fault's file can be written");
        }
        true
    }
}
