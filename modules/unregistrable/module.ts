/** Registers what cannot be registered: no host may load it. */
import { schema } from "evenlane/module";

const unregistrable = schema("unregistrable", {});

function* counting() {
  yield 1;
}

// The compiler would refuse it here: what it cannot see is refused when the module is loaded.
unregistrable.procedure("counting", {}, counting as never);

export default unregistrable.module();
