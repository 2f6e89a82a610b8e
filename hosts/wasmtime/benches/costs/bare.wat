;; What the guest of the benches does, with imports of the bench's own.
(module
  (import "bare" "cross" (func $cross (result i32)))
  (import "bare" "suspend" (func $suspend (result i32)))
  (memory (export "memory") 1)
  (func (export "nothing"))
  (func (export "once") (drop (call $cross)))
  (func (export "hold") (drop (call $suspend)))
  (func (export "cross")
    (local $left i32)
    (local.set $left (i32.const 1000))
    (loop $more
      (drop (call $cross))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $more (local.get $left)))))
