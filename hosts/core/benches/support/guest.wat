;; A guest whose functions cost as little as can be, told apart by the lengths of their names: "nothing", "cross", which makes
;; 1,000 host calls, and "hold", which sleeps. What a call is given is not taken.
(module
  (import "evenlane_1" "result" (func $result (param i32 i32)))
  (import "evenlane_1" "payload_len" (func $payload_len (result i32)))
  (import "evenlane_1" "sleep_until" (func $sleep_until (param f64) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 64) "{\"abi\":1,\"name\":\"bench\",\"tables\":[],\"hooks\":[],\"functions\":[{\"name\":\"nothing\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"cross\",\"kind\":\"reducer\",\"params\":[]},{\"name\":\"hold\",\"kind\":\"procedure\",\"mode\":\"suspended\",\"params\":[]}]}")

  (func (export "describe") (call $result (i32.const 64) (i32.const 221)))

  (func (export "call") (param $name_len i32) (param $args_len i32)
    (local $left i32)
    (if (i32.eq (local.get $name_len) (i32.const 4))
      (then (drop (call $sleep_until (f64.const 1e9)))))
    (if (i32.eq (local.get $name_len) (i32.const 5))
      (then
        (local.set $left (i32.const 1000))
        (loop $more
          (drop (call $payload_len))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br_if $more (local.get $left)))))))
