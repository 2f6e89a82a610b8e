;; A guest by hand. Which function runs is told by the first letter of its name; arguments are cut out of the canonical
;; JSON by their place. Memory: constants below 2048, the call's payload at 4096, other payloads at 65536.
(module
  (import "evenlane_1" "take" (func $take (param i32)))
  (import "evenlane_1" "payload_len" (func $payload_len (result i32)))
  (import "evenlane_1" "result" (func $result (param i32 i32)))
  (import "evenlane_1" "fail" (func $fail (param i32 i32 i32)))
  (import "evenlane_1" "abort" (func $abort (param i32 i32 i32 i32)))
  (import "evenlane_1" "context" (func $context (result i32)))
  (import "evenlane_1" "log" (func $log (param i32 i32 i32)))
  (import "evenlane_1" "tx_begin" (func $tx_begin (result i32)))
  (import "evenlane_1" "tx_commit" (func $tx_commit (result i32)))
  (import "evenlane_1" "tx_point" (func $tx_point (param i32 i32) (result i32)))
  (import "evenlane_1" "table_insert" (func $table_insert (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "evenlane_1" "table_scan" (func $table_scan (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "evenlane_1" "http_fetch" (func $http_fetch (param i32 i32 i32 i32) (result i32)))
  (import "evenlane_1" "sleep_until" (func $sleep_until (param f64) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "log")
  (data (i32.const 8) "1")
  (data (i32.const 16) "boom")
  (data (i32.const 24) "true")
  (data (i32.const 32) "\ff\fe")
  (data (i32.const 64) "{\"abi\":1,\"name\":\"byHand\",\"tables\":[\"log\"],\"hooks\":[],\"functions\":[{\"name\":\"record\",\"kind\":\"reducer\",\"params\":[{\"name\":\"key\",\"type\":\"string\"}]},{\"name\":\"fetch\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[{\"name\":\"request\",\"type\":\"json\"}]},{\"name\":\"trap\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[{\"name\":\"request\",\"type\":\"json\"}]},{\"name\":\"loop\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"overflow\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},{\"name\":\"abort\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"wild\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"sleep\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},{\"name\":\"nested\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[{\"name\":\"request\",\"type\":\"json\"}]},{\"name\":\"points\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},{\"name\":\"greedy\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"bytes\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"context\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},{\"name\":\"held\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[{\"name\":\"request\",\"type\":\"json\"}]}]}")

  (func (export "describe")
    (local $len i32)
    ;; The description ends at the first zero byte.
    (loop $more
      (if (i32.load8_u (i32.add (i32.const 64) (local.get $len)))
        (then
          (local.set $len (i32.add (local.get $len) (i32.const 1)))
          (br $more))))
    (call $result (i32.const 64) (local.get $len)))

  ;; Fetches the request that stands in `{"request":…}`; the payload of the answer goes to 65536. Fails the call where it is refused.
  (func $fetch (param $name_len i32) (param $args_len i32) (result i32)
    (local $n i32)
    (local.set $n (call $http_fetch
      (i32.add (i32.const 4107) (local.get $name_len))
      (i32.sub (local.get $args_len) (i32.const 12))
      (i32.const 0) (i32.const 0)))
    (if (i32.lt_s (local.get $n) (i32.const 0))
      (then
        (call $take (i32.const 65536))
        (call $fail (local.get $n) (i32.const 65536) (i32.const 20))))
    (call $take (i32.const 65536))
    (local.get $n))

  (func $overflow (param $n i32) (result i32)
    (i32.add (call $overflow (i32.add (local.get $n) (i32.const 1))) (local.get $n)))

  (func $expect (param $found i32) (param $wanted i32)
    (if (i32.ne (local.get $found) (local.get $wanted)) (then unreachable))
    (call $result (i32.const 24) (i32.const 4)))

  (func (export "call") (param $name_len i32) (param $args_len i32)
    (local $letter i32) (local $n i32) (local $at i32)
    (call $take (i32.const 4096))
    (local.set $letter (i32.load8_u (i32.const 4096)))

    ;; record: inserts 1 under `{"key":"…"}`, and scans.
    (if (i32.eq (local.get $letter) (i32.const 0x72))
      (then
        (local.set $n (call $table_insert (i32.const 0) (i32.const 3)
          (i32.add (i32.const 4104) (local.get $name_len))
          (i32.sub (local.get $args_len) (i32.const 10))
          (i32.const 8) (i32.const 1)))
        (if (local.get $n)
          (then
            (local.set $at (call $payload_len))
            (call $take (i32.const 65536))
            (call $fail (local.get $n) (i32.const 65536) (local.get $at))))
        (local.set $n (call $table_scan (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
        (call $take (i32.const 65536))
        (call $result (i32.const 65536) (local.get $n))
        return))

    ;; fetch and held: the body is a row under itself, and the result.
    (if (i32.or (i32.eq (local.get $letter) (i32.const 0x66)) (i32.eq (local.get $letter) (i32.const 0x68)))
      (then
        (local.set $n (call $fetch (local.get $name_len) (local.get $args_len)))
        (local.set $at (i32.add (i32.const 65540) (i32.load (i32.const 65536))))
        (local.set $n (i32.sub (local.get $n) (i32.add (i32.const 4) (i32.load (i32.const 65536)))))
        (call $log (i32.const 1) (local.get $at) (local.get $n))
        (drop (call $tx_begin))
        (drop (call $table_insert (i32.const 0) (i32.const 3) (local.get $at) (local.get $n) (local.get $at) (local.get $n)))
        (drop (call $tx_commit))
        (call $result (local.get $at) (local.get $n))
        return))

    ;; trap: after its fetch, with a transaction open.
    (if (i32.eq (local.get $letter) (i32.const 0x74))
      (then
        (drop (call $fetch (local.get $name_len) (local.get $args_len)))
        (drop (call $tx_begin))
        (drop (call $table_insert (i32.const 0) (i32.const 3) (i32.const 16) (i32.const 4) (i32.const 8) (i32.const 1)))
        unreachable))

    ;; loop: for ever.
    (if (i32.eq (local.get $letter) (i32.const 0x6c)) (then (loop $ever (br $ever))))

    ;; overflow: recursion without end.
    (if (i32.eq (local.get $letter) (i32.const 0x6f)) (then (drop (call $overflow (i32.const 0))) return))

    ;; abort: with a message.
    (if (i32.eq (local.get $letter) (i32.const 0x61))
      (then (call $abort (i32.const 16) (i32.const 4) (i32.const 1) (i32.const 2))))

    ;; wild: a pointer outside of the memory.
    (if (i32.eq (local.get $letter) (i32.const 0x77)) (then (call $result (i32.const -8) (i32.const 16)) return))

    ;; sleep: until 2,000.
    (if (i32.eq (local.get $letter) (i32.const 0x73))
      (then (call $expect (call $sleep_until (f64.const 2000)) (i32.const 0)) return))

    ;; nested: a fetch with a transaction open is refused, and the transaction stays usable.
    (if (i32.eq (local.get $letter) (i32.const 0x6e))
      (then
        (drop (call $tx_begin))
        (local.set $n (call $http_fetch (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0)))
        (drop (call $table_insert (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 8) (i32.const 1)))
        (if (call $tx_commit) (then unreachable))
        (call $expect (local.get $n) (i32.const -3))
        return))

    ;; points: outside of a transaction, in one, and by a name that is not UTF-8.
    (if (i32.eq (local.get $letter) (i32.const 0x70))
      (then
        (call $expect (call $tx_point (i32.const 16) (i32.const 4)) (i32.const -2))
        (drop (call $tx_begin))
        (call $expect (call $tx_point (i32.const 16) (i32.const 4)) (i32.const 0))
        (call $expect (call $tx_point (i32.const 32) (i32.const 2)) (i32.const -7))
        (call $expect (call $tx_commit) (i32.const 0))
        return))

    ;; greedy: a reducer that fetches and sleeps.
    (if (i32.eq (local.get $letter) (i32.const 0x67))
      (then
        (call $expect (call $sleep_until (f64.const 2000)) (i32.const -4))
        (call $expect (call $http_fetch (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 0)) (i32.const -4))
        return))

    ;; bytes: a key that is not UTF-8.
    (if (i32.eq (local.get $letter) (i32.const 0x62))
      (then
        (call $expect (call $table_insert (i32.const 0) (i32.const 3) (i32.const 32) (i32.const 2) (i32.const 8) (i32.const 1)) (i32.const -7))
        return))

    ;; context: is its own result.
    (if (i32.eq (local.get $letter) (i32.const 0x63))
      (then
        (local.set $n (call $context))
        (call $take (i32.const 65536))
        (call $result (i32.const 65536) (local.get $n))
        return))
    unreachable))
