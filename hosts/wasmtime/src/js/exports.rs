//! The exports of QuickJS's wasm module that the host calls: the C interface of the engine, and that of the package, in which a value is
//! a pointer to where it is kept.

use wasmtime::{Error, Instance, Memory, Result, Store, TypedFunc};

use super::realm::Realm;

macro_rules! exports {
    ($($field:ident: ($($param:ty),*) -> $result:ty = $name:literal;)*) => {
        /// The exports that the host calls.
        pub(crate) struct Exports {
            pub memory: Memory,
            $(pub $field: TypedFunc<($($param,)*), $result>,)*
        }

        impl Exports {
            /// Finds them in an instance.
            pub fn find(store: &mut Store<Realm>, instance: &Instance) -> Result<Exports> {
                let memory = instance.get_memory(&mut *store, "memory");
                Ok(Exports {
                    memory: memory.ok_or_else(|| Error::msg("the engine has no memory"))?,
                    $($field: instance.get_typed_func(&mut *store, $name)?,)*
                })
            }
        }
    };
}

exports! {
    allocate: (i32) -> i32 = "wasm_malloc";
    release: (i32) -> () = "wasm_free";
    context: () -> i32 = "qjs_get_context_ptr";
    limit_stack: (i32) -> () = "qjs_set_max_stack_size";
    ask_for_modules: (i32) -> () = "qjs_set_module_loader";
    track_rejections: (i32) -> () = "qjs_set_promise_rejection_handler";
    eval: (i32, i32, i32, i32) -> i32 = "qjs_eval";
    compile: (i32, i32, i32, i32, i32) -> i64 = "JS_Eval";
    evaluate: (i32, i64) -> i64 = "JS_EvalFunction";
    namespace: (i32, i32) -> i64 = "JS_GetModuleNamespace";
    exception: () -> i32 = "qjs_get_exception";
    throw: (i32) -> i32 = "qjs_throw";
    free: (i32) -> () = "qjs_free_value";
    address: (i32) -> i32 = "qjs_get_value_ptr";
    undefined: () -> i32 = "qjs_get_undefined";
    new_number: (f64) -> i32 = "qjs_new_number";
    new_string: (i32, i32) -> i32 = "qjs_new_string";
    new_bytes: (i32, i32) -> i32 = "qjs_new_uint8_array";
    new_object: () -> i32 = "qjs_new_object";
    new_error: () -> i32 = "qjs_new_error";
    new_function: (i32, i32, i32) -> i32 = "qjs_new_host_function";
    get: (i32, i32) -> i32 = "qjs_get_prop_string";
    set: (i32, i32, i32) -> i32 = "qjs_set_prop_string";
    call: (i32, i32, i32, i32) -> i32 = "qjs_call";
    is_exception: (i32) -> i32 = "qjs_is_exception";
    is_undefined: (i32) -> i32 = "qjs_is_undefined";
    is_number: (i32) -> i32 = "qjs_is_number";
    is_string: (i32) -> i32 = "qjs_is_string";
    is_object: (i32) -> i32 = "qjs_is_object";
    is_function: (i32) -> i32 = "qjs_is_function";
    is_error: (i32) -> i32 = "qjs_is_error";
    is_promise: (i32) -> i32 = "qjs_is_promise";
    boolean: (i32) -> i32 = "qjs_get_bool";
    number: (i32) -> f64 = "qjs_get_float64";
    string: (i32, i32) -> i32 = "qjs_get_string_len";
    free_string: (i32) -> () = "qjs_free_cstring";
    bytes: (i32, i32, i64) -> i32 = "JS_GetUint8Array";
    new_promise: (i32, i32) -> i32 = "qjs_new_promise";
    promise_state: (i32) -> i32 = "qjs_promise_state";
    promise_result: (i32) -> i32 = "qjs_promise_result";
    promise_then: (i32, i32, i32) -> i32 = "qjs_promise_then";
    promise_handled: (i32) -> () = "qjs_promise_mark_as_handled";
    is_job_pending: () -> i32 = "qjs_is_job_pending";
    run_job: () -> i32 = "qjs_execute_pending_job";
}
