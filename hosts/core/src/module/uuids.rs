//! UUIDs of version 7 that a module is given: in the order in which they were given, and the same in each run of one
//! seed.

use std::sync::Mutex;

use crate::seed;

/// Bits of the time, in milliseconds since the Unix epoch.
const TIME_BITS: u32 = 48;
/// Bits of the number that stand after the variant: the rest is before it.
const LOW_NUMBER_BITS: u32 = 30;
/// Bits of the number that stand before the variant.
const HIGH_NUMBER_BITS: u32 = 12;
/// Bits of the digest at the end.
const TAIL_BITS: u32 = 32;
const VERSION: u128 = 7;
const VARIANT: u128 = 0b10;

/// The number of a module's next UUID, and the time of the last.
pub(super) struct Uuids {
    last: Mutex<Last>,
}

struct Last {
    millis: u64,
    next: u64,
}

impl Uuids {
    /// Those of a module whose tables were loaded that often before: none of them was given in an earlier load, as long as
    /// none gives more than a billion.
    pub fn after(loads: u64) -> Uuids {
        Uuids {
            last: Mutex::new(Last {
                millis: 0,
                next: loads << LOW_NUMBER_BITS,
            }),
        }
    }

    /// The next one, at that time in milliseconds; where the clock went back, at that of the last one.
    pub fn next(&self, run_seed: &str, now: f64) -> String {
        let (millis, number) = {
            let mut last = self.last.lock().expect("no thread panics while it holds them");
            // A time before the epoch becomes 0.
            last.millis = last.millis.max(now as u64).min((1 << TIME_BITS) - 1);
            last.next += 1;
            (last.millis, last.next - 1)
        };
        text(millis, number, seed::uuid_tail(run_seed, number))
    }
}

fn text(millis: u64, number: u64, tail: u32) -> String {
    let high = u128::from(number >> LOW_NUMBER_BITS) & ((1 << HIGH_NUMBER_BITS) - 1);
    let low = u128::from(number) & ((1 << LOW_NUMBER_BITS) - 1);
    let mut bits = u128::from(millis) << 4 | VERSION;
    bits = bits << HIGH_NUMBER_BITS | high;
    bits = bits << 2 | VARIANT;
    bits = bits << LOW_NUMBER_BITS | low;
    bits = bits << TAIL_BITS | u128::from(tail);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_stands_in_its_place() {
        let number = 5 << LOW_NUMBER_BITS | 3;
        assert_eq!(
            text(0x0123_4567_89ab, number, 0xdead_beef),
            "01234567-89ab-7005-8000-0003deadbeef"
        );
        assert_eq!(
            text((1 << 48) - 1, (1 << 42) - 1, u32::MAX),
            "ffffffff-ffff-7fff-bfff-ffffffffffff"
        );
    }

    #[test]
    fn they_rise_also_where_the_clock_goes_back() {
        let uuids = Uuids::after(0);
        let given = [1000.9, 1000.0, 2000.0, 500.0, -1.0].map(|now| uuids.next("s", now));
        assert!(given.is_sorted(), "{given:?}");
        assert_eq!(&given[4][..13], "00000000-07d0");
        assert_ne!(given[0][28..], given[1][28..]);
    }

    #[test]
    fn each_load_of_the_same_tables_gives_others() {
        let [before, after] = [1, 2].map(|loads| Uuids::after(loads).next("s", 5.0));
        assert_eq!(&before[..23], "00000000-0005-7001-8000");
        assert_eq!(&after[..23], "00000000-0005-7002-8000");
    }
}
