//! The memory of array buffers, which V8's heap limit does not count: bounded for each isolate, so that a guest which
//! allocates buffers without end gets a `RangeError` and the process goes on.

use std::{
    alloc::{Layout, alloc, alloc_zeroed, dealloc},
    ffi::c_void,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Bytes of array buffers that one isolate may hold at a time, where its guest has no bound of its own.
pub const BYTES: usize = 512 << 20;
/// Alignment that V8 asks of a buffer.
const ALIGN: usize = 16;

/// The buffers of one isolate, in bytes.
struct Buffers {
    used: AtomicUsize,
    bound: usize,
}

/// An allocator for one isolate, which may hold that many bytes.
pub fn bounded_allocator(bound: usize) -> v8::UniqueRef<v8::Allocator> {
    let used = AtomicUsize::new(0);
    let buffers = Arc::new(Buffers { used, bound });
    // SAFETY: the handle is an `Arc` of the type that the functions below expect, given back by `release`.
    unsafe { v8::new_rust_allocator(Arc::into_raw(buffers), &VTABLE) }
}

static VTABLE: v8::RustAllocatorVtable<Buffers> = v8::RustAllocatorVtable {
    allocate,
    allocate_uninitialized,
    free,
    drop: release,
};

unsafe extern "C" fn allocate(buffers: &Buffers, len: usize) -> *mut c_void {
    // SAFETY: `bounded` calls it with a layout of at least one byte.
    bounded(buffers, len, |layout| unsafe { alloc_zeroed(layout) })
}

unsafe extern "C" fn allocate_uninitialized(buffers: &Buffers, len: usize) -> *mut c_void {
    // SAFETY: `bounded` calls it with a layout of at least one byte.
    bounded(buffers, len, |layout| unsafe { alloc(layout) })
}

fn bounded(buffers: &Buffers, len: usize, allocate: impl FnOnce(Layout) -> *mut u8) -> *mut c_void {
    let Some(layout) = layout(len) else {
        return ptr::null_mut();
    };
    let Buffers { used, bound } = buffers;
    if used.fetch_add(len, Ordering::Relaxed).saturating_add(len) > *bound {
        used.fetch_sub(len, Ordering::Relaxed);
        return ptr::null_mut();
    }
    let memory = allocate(layout);
    if memory.is_null() {
        used.fetch_sub(len, Ordering::Relaxed);
    }
    memory.cast()
}

unsafe extern "C" fn free(buffers: &Buffers, data: *mut c_void, len: usize) {
    if let Some(layout) = layout(len)
        && !data.is_null()
    {
        // SAFETY: `data` came from `bounded` with the same length.
        unsafe { dealloc(data.cast(), layout) };
        buffers.used.fetch_sub(len, Ordering::Relaxed);
    }
}

unsafe extern "C" fn release(buffers: *const Buffers) {
    // SAFETY: `buffers` came from `Arc::into_raw` and V8 gives it back once.
    drop(unsafe { Arc::from_raw(buffers) });
}

/// The layout of a buffer of that length; an empty one takes one byte, since V8 wants an address.
fn layout(len: usize) -> Option<Layout> {
    Layout::from_size_align(len.max(1), ALIGN).ok()
}
