use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use super::*;
use crate::failure::{Code, Refusal};

fn store() -> Arc<Store> {
    Store::new([&"log".to_owned()].into_iter(), Box::new(|| {}))
}

#[test]
fn a_commit_is_visible_with_its_seq_and_an_abort_leaves_nothing() {
    let store = store();
    store.begin(1, Path::Lane, &|| false).unwrap();
    store.insert(1, "log", "a", "1").unwrap();
    assert_eq!(store.read("log"), ("[]".to_owned(), 0), "not before the commit");
    assert_eq!(store.commit(1).unwrap().0, 1);
    store.begin(2, Path::Lane, &|| false).unwrap();
    store.update(2, "log", "a", "2").unwrap();
    store.insert(2, "log", "b", "2").unwrap();
    store.abort(2).unwrap();
    assert_eq!(store.read("log"), (r#"[["a",1]]"#.to_owned(), 1));
    store.begin(3, Path::Pool, &|| false).unwrap();
    assert_eq!(
        store.commit(3).unwrap().0,
        2,
        "an undone transaction takes no number, a read-only one does"
    );
    assert_eq!(store.read("log").1, 2);
}

#[test]
fn a_transaction_reads_its_own_writes() {
    let store = store();
    store.begin(1, Path::Lane, &|| false).unwrap();
    store.insert(1, "log", "a", "1").unwrap();
    store.insert(1, "log", "b", "2").unwrap();
    store.update(1, "log", "a", "3").unwrap();
    store.delete(1, "log", "b").unwrap();
    assert_eq!(store.get(1, "log", "a").unwrap(), "3");
    assert_eq!(store.scan(1, "log", "", "").unwrap(), r#"[["a",3]]"#);
}

#[test]
fn refusals_leave_the_transaction_usable() {
    let store = store();
    let code = |result: Result<(), Refusal>| result.unwrap_err().code;
    assert_eq!(code(store.insert(1, "log", "a", "1")), Code::NoTransaction);
    assert_eq!(code(store.abort(1)), Code::NoTransaction);
    store.begin(1, Path::Lane, &|| false).unwrap();
    assert_eq!(code(store.begin(1, Path::Lane, &|| false)), Code::TransactionOpen);
    assert_eq!(code(store.begin(2, Path::Lane, &|| false)), Code::TransactionOpen);
    assert_eq!(
        code(store.insert(2, "log", "a", "1")),
        Code::NoTransaction,
        "another call's"
    );
    store.insert(1, "log", "a", "1").unwrap();
    assert_eq!(code(store.insert(1, "log", "a", "2")), Code::UniqueViolation);
    assert_eq!(code(store.update(1, "log", "b", "2")), Code::Absent);
    assert_eq!(code(store.delete(1, "log", "b")), Code::Absent);
    assert_eq!(store.get(1, "log", "b").unwrap_err().code, Code::Absent);
    store.commit(1).unwrap();
    assert_eq!(store.read("log").0, r#"[["a",1]]"#);
}

#[test]
fn scans_are_ordered_by_code_point() {
    let store = store();
    store.begin(1, Path::Lane, &|| false).unwrap();
    // In UTF-16 the astral character would come before U+FB01.
    for key in ["\u{1F600}", "\u{FB01}", "b", "", "\u{0}", "ab", "a"] {
        store.insert(1, "log", key, "0").unwrap();
    }
    let all = store.scan(1, "log", "", "").unwrap();
    assert_eq!(
        all,
        "[[\"\",0],[\"\\u0000\",0],[\"a\",0],[\"ab\",0],[\"b\",0],[\"\u{FB01}\",0],[\"\u{1F600}\",0]]"
    );
    assert_eq!(store.scan(1, "log", "a", "b").unwrap(), r#"[["a",0],["ab",0]]"#);
    assert_eq!(store.scan(1, "log", "b", "a").unwrap(), "[]");
}

#[test]
fn what_was_scheduled_comes_with_the_commit_alone() {
    let store = store();
    let scheduled = || Scheduled {
        every: None,
        function: "f".to_owned(),
        args: "{}".to_owned(),
        at: 5.0,
    };
    assert_eq!(store.schedule(1, scheduled()).unwrap_err().code, Code::NoTransaction);
    store.begin(1, Path::Lane, &|| false).unwrap();
    store.schedule(1, scheduled()).unwrap();
    store.abort(1).unwrap();
    store.begin(1, Path::Lane, &|| false).unwrap();
    assert!(store.commit(1).unwrap().1.is_empty());
    store.begin(1, Path::Lane, &|| false).unwrap();
    store.schedule(1, scheduled()).unwrap();
    assert_eq!(store.commit(1).unwrap().1.len(), 1);
}

#[test]
fn the_lane_is_told_when_it_may_begin_and_passes_waiting_threads() {
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let store = Store::new(
        [].into_iter(),
        Box::new(move || {
            count.fetch_add(1, Ordering::SeqCst);
        }),
    );
    store.begin(1, Path::Pool, &|| false).unwrap();
    assert!(!store.try_begin_on_lane(2));
    store.commit(1).unwrap();
    assert_eq!(told.load(Ordering::SeqCst), 1);
    let (sent, received) = mpsc::channel();
    let other = Arc::clone(&store);
    let pool = thread::spawn(move || {
        other.begin(3, Path::Pool, &|| false).unwrap();
        sent.send(other.commit(3).unwrap().0).unwrap();
    });
    assert!(store.try_begin_on_lane(2), "a pool thread does not overtake the lane");
    assert_eq!(store.commit(2).unwrap().0, 2);
    assert_eq!(received.recv().unwrap(), 3);
    pool.join().unwrap();
}

#[test]
fn a_lane_that_withdraws_lets_the_others_go_on() {
    let store = store();
    store.begin(1, Path::Pool, &|| false).unwrap();
    assert!(!store.try_begin_on_lane(2));
    store.commit(1).unwrap();
    let other = Arc::clone(&store);
    let pool = thread::spawn(move || other.begin(3, Path::Pool, &|| false));
    store.withdraw_lane();
    pool.join().unwrap().unwrap();
    assert_eq!(
        store.abort_on_lane(),
        None,
        "a pool thread's transaction is not the lane's"
    );
    assert!(store.is_open(3));
}
