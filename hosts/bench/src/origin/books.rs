//! What is held, what was counted, and who waits for a count.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use serde::Serialize;
use tokio::sync::oneshot;

/// What was counted since the origin started, or was reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Requests that are held now.
    pub held: u64,
    /// Requests that were ever held.
    pub seen: u64,
    /// Requests that were answered at once.
    pub now: u64,
}

/// One of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// [`Counts::held`].
    Held,
    /// [`Counts::seen`].
    Seen,
    /// [`Counts::now`].
    Now,
}

/// Everything was reset while somebody waited: a held request is cut off, the wait for a count is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset;

/// The books of one origin; cheap to clone.
#[derive(Clone, Default)]
pub struct Books(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    /// What releases each held request, the oldest first.
    held: BTreeMap<u64, oneshot::Sender<()>>,
    /// Held ever; not reset, so that a ticket's number is never another's.
    tickets: u64,
    seen: u64,
    now: u64,
    waits: Vec<Wait>,
}

/// Somebody waits until a count has reached a number.
struct Wait {
    count: Count,
    least: u64,
    tell: oneshot::Sender<Counts>,
}

impl Books {
    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.lock().counts()
    }

    /// A request was answered at once.
    pub fn note_now(&self) {
        let mut entries = self.lock();
        entries.now += 1;
        entries.tell();
    }

    /// A request is held from here on, until it is released, or its ticket is dropped since its client has gone.
    pub fn hold(&self) -> Ticket {
        let (release, released) = oneshot::channel();
        let mut entries = self.lock();
        let number = entries.tickets;
        entries.tickets += 1;
        entries.seen += 1;
        entries.held.insert(number, release);
        entries.tell();
        drop(entries);
        Ticket {
            books: self.clone(),
            number,
            released,
        }
    }

    /// Releases the oldest held requests, so many at most; gives how many.
    pub fn release(&self, most: u64) -> u64 {
        let mut entries = self.lock();
        let mut released = 0;
        while released < most
            && let Some((_, release)) = entries.held.pop_first()
        {
            // Its connection ends at this moment where nobody takes it.
            let _ = release.send(());
            released += 1;
        }
        released
    }

    /// Waits until that count is at least `least`.
    pub async fn reached(&self, count: Count, least: u64) -> Result<Counts, Reset> {
        self.wait(count, least).await.map_err(|_| Reset)
    }

    fn wait(&self, count: Count, least: u64) -> oneshot::Receiver<Counts> {
        let (tell, told) = oneshot::channel();
        let mut entries = self.lock();
        // Whoever has given up waiting is forgotten here at the latest.
        entries.waits.retain(|wait| !wait.tell.is_closed());
        entries.waits.push(Wait { count, least, tell });
        entries.tell();
        told
    }

    /// Cuts off everything that is held, ends every wait and counts from 0.
    pub fn reset(&self) {
        let mut entries = self.lock();
        let tickets = entries.tickets;
        *entries = Entries {
            tickets,
            ..Entries::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().expect("no thread panics while it holds the books")
    }
}

impl Entries {
    fn counts(&self) -> Counts {
        Counts {
            held: self.held.len() as u64,
            seen: self.seen,
            now: self.now,
        }
    }

    /// Tells those whose count is reached.
    fn tell(&mut self) {
        if self.waits.is_empty() {
            return;
        }
        let counts = self.counts();
        for wait in self.waits.extract_if(.., |wait| counts.of(wait.count) >= wait.least) {
            // Whoever has given up waiting is not told.
            let _ = wait.tell.send(counts);
        }
    }
}

impl Counts {
    fn of(&self, count: Count) -> u64 {
        match count {
            Count::Held => self.held,
            Count::Seen => self.seen,
            Count::Now => self.now,
        }
    }
}

/// A request that is held.
pub struct Ticket {
    books: Books,
    number: u64,
    released: oneshot::Receiver<()>,
}

impl Ticket {
    /// Waits until it is released.
    pub async fn released(mut self) -> Result<(), Reset> {
        (&mut self.released).await.map_err(|_| Reset)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.books.lock().held.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn the_oldest_are_released_first_and_no_more_than_there_are() {
        let books = Books::default();
        let [first, second, third] = std::array::from_fn(|_| books.hold());
        assert_eq!(books.release(2), 2);
        assert_eq!(block_on(first.released()), Ok(()));
        assert_eq!(block_on(second.released()), Ok(()));
        assert_eq!(books.release(5), 1);
        assert_eq!(block_on(third.released()), Ok(()));
        let (held, seen, now) = (0, 3, 0);
        assert_eq!(books.counts(), Counts { held, seen, now });
    }

    #[test]
    fn a_client_that_goes_is_held_no_more() {
        let books = Books::default();
        let (gone, held) = (books.hold(), books.hold());
        drop(gone);
        assert_eq!(books.counts().held, 1);
        assert_eq!(books.release(u64::MAX), 1);
        assert_eq!(block_on(held.released()), Ok(()));
    }

    #[test]
    fn a_wait_ends_when_its_count_is_reached() {
        let books = Books::default();
        let both = async {
            let wait = books.reached(Count::Held, 2);
            let hold = async { [books.hold(), books.hold()] };
            tokio::join!(wait, hold)
        };
        let (counts, _held) = block_on(both);
        assert_eq!(counts.map(|counts| counts.held), Ok(2));
        books.note_now();
        assert_eq!(block_on(books.reached(Count::Now, 1)).map(|counts| counts.now), Ok(1));
    }

    #[test]
    fn a_reset_cuts_off_what_is_held_and_ends_waits() {
        let books = Books::default();
        let held = books.hold();
        let both = async {
            let wait = books.reached(Count::Seen, 9);
            let reset = async { books.reset() };
            tokio::join!(wait, held.released(), reset)
        };
        assert_eq!(block_on(both), (Err(Reset), Err(Reset), ()));
        let again = books.hold();
        assert_eq!(
            books.counts(),
            Counts {
                held: 1,
                seen: 1,
                now: 0
            }
        );
        assert_eq!(books.release(1), 1);
        assert_eq!(block_on(again.released()), Ok(()));
    }
}
