//! What the benches of all three crates stand on: criterion for time, and beside it a count of what the Rust code allocates,
//! which is the same in every run and so can be compared where times cannot. V8's own heap is not in it.
//!
//! Times stand where criterion has them, `target/criterion/<group>/<name>/new/estimates.json`, in nanoseconds. Counts go to
//! `$EVENLANE_BENCH_OUT/<bench>.allocations.json` as `{"<group>/<name>": {"allocations": …, "bytes": …}}`, per iteration; without
//! that variable they are printed alone.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use criterion::Criterion;
use serde_json::{Value, json};

/// Counts what the thread that runs it allocates.
struct Counting;

thread_local! {
    static COUNTED: Cell<Allocations> = const { Cell::new(Allocations { count: 0, bytes: 0 }) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn note(bytes: usize) {
    // A thread that is ending has no counter any more, and nobody asks for its count.
    let _ = COUNTED.try_with(|counted| {
        let Allocations { count, bytes: before } = counted.get();
        counted.set(Allocations {
            count: count + 1,
            bytes: before + bytes as u64,
        });
    });
}

// SAFETY: the system's allocator does the work. To count touches a cell without a destructor, which allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: as the caller promises.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }
}

#[derive(Clone, Copy, Default)]
struct Allocations {
    count: u64,
    bytes: u64,
}

/// Measures what is run in its spans, and nothing else.
#[derive(Default)]
pub struct Meter {
    elapsed: Duration,
    allocated: Allocations,
}

impl Meter {
    /// Runs a part that counts.
    pub fn span<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = COUNTED.get();
        let begun = Instant::now();
        let given = work();
        self.elapsed += begun.elapsed();
        let after = COUNTED.get();
        self.allocated.count += after.count - before.count;
        self.allocated.bytes += after.bytes - before.bytes;
        given
    }
}

/// Iterations over which allocations are counted, after as many that warm up.
const COUNTED_ITERATIONS: u64 = 1_000;

/// The benches of one program.
pub struct Costs {
    name: &'static str,
    criterion: Criterion,
    counts: BTreeMap<String, Value>,
}

impl Costs {
    /// With criterion's settings as the command line has them.
    pub fn new(name: &'static str) -> Costs {
        let criterion = Criterion::default()
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2))
            .sample_size(20)
            .configure_from_args();
        Costs {
            name,
            criterion,
            counts: BTreeMap::new(),
        }
    }

    /// Measures one thing: `run` does it so many times at least, in spans of the meter, and gives how many times it did.
    pub fn measure(&mut self, group: &str, name: &str, mut run: impl FnMut(&mut Meter, u64) -> u64) {
        run(&mut Meter::default(), COUNTED_ITERATIONS);
        let mut meter = Meter::default();
        let times = run(&mut meter, COUNTED_ITERATIONS) as f64;
        let Allocations { count, bytes } = meter.allocated;
        let (count, bytes) = (count as f64 / times, bytes as f64 / times);
        println!("{group}/{name}: {count:.2} allocations, {bytes:.0} bytes");
        self.counts.insert(
            format!("{group}/{name}"),
            json!({ "allocations": count, "bytes": bytes }),
        );
        let mut group = self.criterion.benchmark_group(group);
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                let mut meter = Meter::default();
                let done = run(&mut meter, iterations);
                meter.elapsed.mul_f64(iterations as f64 / done as f64)
            });
        });
        group.finish();
    }

    /// The same for what is done one by one, each time in a span of its own batch.
    pub fn each<T>(&mut self, group: &str, name: &str, mut work: impl FnMut() -> T) {
        self.measure(group, name, |meter, iterations| {
            meter.span(|| {
                for _ in 0..iterations {
                    std::hint::black_box(work());
                }
            });
            iterations
        });
    }

    /// Writes the counts.
    pub fn finish(self) {
        let Some(folder) = env::var_os("EVENLANE_BENCH_OUT").map(PathBuf::from) else {
            return;
        };
        let file = folder.join(format!("{}.allocations.json", self.name));
        let written =
            fs::create_dir_all(&folder).and_then(|()| fs::write(&file, format!("{:#}\n", json!(self.counts))));
        written.unwrap_or_else(|error| panic!("{} cannot be written: {error}", file.display()));
    }
}
