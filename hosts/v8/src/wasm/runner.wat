;; Runs one call of a guest after another on one stack: V8 keeps a memory map of each stack that it frees, so a stack
;; that a call has used waits, suspended, for the next one. A trap ends it. `runner.rs` holds this module's bytes.
(module
  (import "host" "next" (func $next (result i32)))
  (import "host" "args_len" (func $args_len (result i32)))
  (import "host" "done" (func $done))
  (import "guest" "call" (func $call (param i32 i32)))
  (func (export "run")
    (loop $again
      (call $call (call $next) (call $args_len))
      (call $done)
      (br $again))))
