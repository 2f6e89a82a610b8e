;; A guest that makes calls of its own module. Which function runs is told by the first letter of its name. Memory:
;; constants below 2048, what is taken at 4096 and 8192.
(module
  (import "evenlane_1" "take" (func $take (param i32)))
  (import "evenlane_1" "result" (func $result (param i32 i32)))
  (import "evenlane_1" "context" (func $context (result i32)))
  (import "evenlane_1" "uuid" (func $uuid (result i32)))
  (import "evenlane_1" "tx_begin" (func $tx_begin (result i32)))
  (import "evenlane_1" "tx_commit" (func $tx_commit (result i32)))
  (import "evenlane_1" "tx_timestamp" (func $tx_timestamp (result f64)))
  (import "evenlane_1" "table_insert" (func $table_insert (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "evenlane_1" "schedule_every" (func $schedule_every (param i32 i32 i32 i32 f64 f64) (result i32)))
  (import "evenlane_1" "call_reducer" (func $call_reducer (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "log")
  (data (i32.const 8) "tick")
  (data (i32.const 16) "{}")
  (data (i32.const 24) "spawn")
  (data (i32.const 32) "true")
  (data (i32.const 64) "{\"abi\":1,\"name\":\"calls\",\"tables\":[\"log\"],\"hooks\":[],\"functions\":[{\"name\":\"tick\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"plan\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"spawn\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]}]}")

  (func (export "describe")
    (local $len i32)
    ;; The description ends at the first zero byte.
    (loop $more
      (if (i32.load8_u (i32.add (i32.const 64) (local.get $len)))
        (then
          (local.set $len (i32.add (local.get $len) (i32.const 1)))
          (br $more))))
    (call $result (i32.const 64) (local.get $len)))

  (func $expect (param $found i32) (param $wanted i32)
    (if (i32.ne (local.get $found) (local.get $wanted)) (then unreachable)))

  (func $expect_time (param $found f64) (param $wanted f64)
    (if (f64.ne (local.get $found) (local.get $wanted)) (then unreachable)))

  (func (export "call") (param $name_len i32) (param $args_len i32)
    (local $letter i32) (local $n i32)
    (call $take (i32.const 4096))
    (local.set $letter (i32.load8_u (i32.const 4096)))

    ;; tick: its context is a row under a UUID.
    (if (i32.eq (local.get $letter) (i32.const 0x74))
      (then
        (call $expect (call $uuid) (i32.const 36))
        (call $take (i32.const 4096))
        (local.set $n (call $context))
        (call $take (i32.const 8192))
        (call $expect
          (call $table_insert (i32.const 0) (i32.const 3) (i32.const 4096) (i32.const 36) (i32.const 8192) (local.get $n))
          (i32.const 0))
        return))

    ;; plan: tick at 2,000 and every 500 from there; an interval of no length is refused.
    (if (i32.eq (local.get $letter) (i32.const 0x70))
      (then
        (call $expect
          (call $schedule_every (i32.const 8) (i32.const 4) (i32.const 16) (i32.const 2) (f64.const 2000) (f64.const 0))
          (i32.const -7))
        (call $expect
          (call $schedule_every (i32.const 8) (i32.const 4) (i32.const 16) (i32.const 2) (f64.const 2000) (f64.const 500))
          (i32.const 0))
        return))

    ;; spawn: calls tick; refused with a transaction open, and for what is no reducer.
    (call $expect_time (call $tx_timestamp) (f64.const -2))
    (call $expect (call $call_reducer (i32.const 8) (i32.const 4) (i32.const 16) (i32.const 2)) (i32.const 0))
    (call $expect (call $call_reducer (i32.const 24) (i32.const 5) (i32.const 16) (i32.const 2)) (i32.const -7))
    (call $expect (call $tx_begin) (i32.const 0))
    (call $expect_time (call $tx_timestamp) (f64.const 1000))
    (call $expect (call $call_reducer (i32.const 8) (i32.const 4) (i32.const 16) (i32.const 2)) (i32.const -3))
    (call $expect (call $tx_commit) (i32.const 0))
    (call $result (i32.const 32) (i32.const 4))))
