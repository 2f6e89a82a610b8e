;; A guest by hand. The first letter of a function's name says what it does; its arguments are one JSON object, which it
;; takes apart no further than it needs.
(module
  (import "evenlane_1" "payload_len" (func $payload_len (result i32)))
  (import "evenlane_1" "take" (func $take (param i32)))
  (import "evenlane_1" "result" (func $result (param i32 i32)))
  (import "evenlane_1" "fail" (func $fail (param i32 i32 i32)))
  (import "evenlane_1" "abort" (func $abort (param i32 i32 i32 i32)))
  (import "evenlane_1" "http_fetch" (func $http_fetch (param i32 i32 i32 i32) (result i32)))
  (import "evenlane_1" "tx_begin" (func $tx_begin (result i32)))
  (import "evenlane_1" "tx_commit" (func $tx_commit (result i32)))
  (import "evenlane_1" "tx_point" (func $tx_point (param i32 i32) (result i32)))
  (import "evenlane_1" "table_insert" (func $table_insert (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2 64)
  (global $calls (mut i32) (i32.const 0))
  (data (i32.const 0) "log")
  (data (i32.const 16) "said so")
  (data (i32.const 1024)
    "{\"abi\":1,\"name\":\"byHand\",\"tables\":[\"log\"],\"hooks\":[],\"functions\":["
    "{\"name\":\"calls\",\"kind\":\"reducer\",\"params\":[]},"
    "{\"name\":\"insert\",\"kind\":\"reducer\",\"params\":[]},"
    "{\"name\":\"notAllowed\",\"kind\":\"reducer\",\"params\":[]},"
    "{\"name\":\"keep\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[{\"name\":\"url\",\"type\":\"string\"},{\"name\":\"value\",\"type\":\"number\"}]},"
    "{\"name\":\"grow\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[{\"name\":\"url\",\"type\":\"string\"}]},"
    "{\"name\":\"write\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"point\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"trap\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"deep\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"fails\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"aborts\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"outside\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"loop\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]},"
    "{\"name\":\"reuse\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]}]}")
  (func (export "describe")
    (local $end i32)
    (local.set $end (i32.const 1024))
    (loop $next
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br_if $next (i32.load8_u (local.get $end))))
    (call $result (i32.const 1024) (i32.sub (local.get $end) (i32.const 1024))))
  ;; Gives back a number of one digit.
  (func $digit (param $digit i32)
    (i32.store8 (i32.const 64) (i32.add (i32.const 48) (local.get $digit)))
    (call $result (i32.const 64) (i32.const 1)))
  (func $deep (result i32) (i32.add (call $deep) (i32.const 1)))
  ;; {"url":"…"} alone is a request; of {"url":"…","value":…} the end is cut off.
  (func $fetch (param $args i32) (param $len i32) (result i32)
    (local $comma i32)
    (local.set $comma (local.get $args))
    (block $cut
      (loop $next
        (br_if $cut (i32.eq (i32.load8_u (local.get $comma)) (i32.const 44)))
        (br_if $cut (i32.eq (i32.load8_u (local.get $comma)) (i32.const 125)))
        (local.set $comma (i32.add (local.get $comma) (i32.const 1)))
        (br $next)))
    (memory.copy (i32.const 32768) (local.get $args) (local.get $len))
    (local.set $comma (i32.sub (local.get $comma) (local.get $args)))
    (i32.store8 (i32.add (i32.const 32768) (local.get $comma)) (i32.const 125))
    (call $http_fetch (i32.const 32768) (i32.add (local.get $comma) (i32.const 1)) (i32.const 0) (i32.const 0)))
  (func (export "call") (param $name i32) (param $len i32)
    (local $args i32) (local $letter i32) (local $got i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (call $take (i32.const 16384))
    (local.set $args (i32.add (i32.const 16384) (local.get $name)))
    (local.set $letter (i32.load8_u (i32.const 16384)))
    (if (i32.or (i32.eq (local.get $letter) (i32.const 99)) (i32.eq (local.get $letter) (i32.const 114))) (then ;; c, r
      (call $digit (global.get $calls)) (return)))
    (if (i32.eq (local.get $letter) (i32.const 105)) (then ;; i
      (i32.store8 (i32.const 48) (i32.const 55))
      (call $digit (call $table_insert (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 48) (i32.const 1)))
      (return)))
    (if (i32.eq (local.get $letter) (i32.const 110)) (then ;; n
      (call $digit (i32.sub (i32.const 0) (call $fetch (local.get $args) (local.get $len)))) (return)))
    (if (i32.eq (local.get $letter) (i32.const 107)) (then ;; k: waits, then gives back its own arguments
      (local.set $got (call $fetch (local.get $args) (local.get $len)))
      (if (i32.lt_s (local.get $got) (i32.const 0)) (then unreachable))
      (call $take (i32.const 65536))
      (call $result (local.get $args) (local.get $len)) (return)))
    (if (i32.eq (local.get $letter) (i32.const 103)) (then ;; g: waits, grows its memory, and takes the answer there
      (local.set $got (call $fetch (local.get $args) (local.get $len)))
      (drop (memory.grow (i32.const 8)))
      (call $take (i32.const 262144))
      (call $result (i32.const 262148) (i32.load (i32.const 262144))) (return)))
    (if (i32.eq (local.get $letter) (i32.const 119)) (then ;; w
      (i32.store8 (i32.const 48) (i32.const 56))
      (drop (call $tx_begin))
      (drop (call $table_insert (i32.const 0) (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 48) (i32.const 1)))
      (call $digit (call $tx_commit)) (return)))
    (if (i32.eq (local.get $letter) (i32.const 112)) (then ;; p: 2 for the point outside of a transaction, 0 for the one in it
      (local.set $got (call $tx_point (i32.const 16) (i32.const 4)))
      (drop (call $tx_begin))
      (local.set $got (i32.add (local.get $got) (call $tx_point (i32.const 16) (i32.const 4))))
      (drop (call $tx_commit))
      (call $digit (i32.sub (i32.const 0) (local.get $got))) (return)))
    (if (i32.eq (local.get $letter) (i32.const 116)) (then unreachable)) ;; t
    (if (i32.eq (local.get $letter) (i32.const 100)) (then (drop (call $deep)))) ;; d
    (if (i32.eq (local.get $letter) (i32.const 102)) (then (call $fail (i32.const -7) (i32.const 16) (i32.const 7)))) ;; f
    (if (i32.eq (local.get $letter) (i32.const 97)) (then ;; a
      (call $abort (i32.const 16) (i32.const 7) (i32.const 3) (i32.const 4))))
    (if (i32.eq (local.get $letter) (i32.const 111)) (then (call $result (i32.const -8) (i32.const 16)))) ;; o
    (if (i32.eq (local.get $letter) (i32.const 108)) (then (loop $ever (br $ever)))))) ;; l
