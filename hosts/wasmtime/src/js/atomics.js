/**
 * `Atomics`, which QuickJS has only where there are threads. A guest's instance runs on one, so that each operation is atomic by
 * itself and nobody ever waits to be notified. To wait is refused, and `waitAsync` is not there. Strict code.
 */
(() => {
  const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;
  const { asIntN } = BigInt;
  const { isInteger, isNaN: isNone, MAX_SAFE_INTEGER: most } = Number;
  const { trunc } = Math;
  const [Fault, Outside] = [TypeError, RangeError];
  const views = getPrototypeOf(Uint8Array.prototype);
  const kindOf = getOwnPropertyDescriptor(views, Symbol.toStringTag).get;
  const lengthOf = getOwnPropertyDescriptor(views, "length").get;
  // No prototype: what a guest puts on that of objects is no kind of array.
  const kinds = { __proto__: null };
  for (const name of ["Int8", "Uint8", "Int16", "Uint16", "Int32", "Uint32"]) kinds[`${name}Array`] = "number";
  for (const name of ["BigInt64", "BigUint64"]) kinds[`${name}Array`] = "bigint";

  const integer = (value) => {
    const whole = trunc(+value);
    return isNone(whole) ? 0 : whole + 0;
  };

  /** The array's kind of numbers and the place that `index` names in it. */
  const placeIn = (array, index, allowed = kinds) => {
    const kind = typeof array === "object" && array !== null ? apply(kindOf, array, []) : undefined;
    const numbers = kind === undefined ? undefined : allowed[kind];
    if (numbers === undefined) throw new Fault("an array of whole numbers was expected");
    const length = apply(lengthOf, array, []);
    const place = integer(index);
    if (place < 0 || place > most || place >= length) throw new Outside("the index is outside of the array");
    return { numbers, place };
  };

  // `asIntN` takes what an operation on such an array takes; no bit that the element would keep is lost in 2^53 bits.
  const coerce = (numbers, value) => (numbers === "bigint" ? asIntN(most, value) : integer(value));

  /** What is there; the coercion of a value may have taken the buffer away. */
  const read = (array, place) => {
    const found = array[place];
    if (found === undefined) throw new Fault("the array's buffer is gone");
    return found;
  };

  const change = (array, index, value, result) => {
    const { numbers, place } = placeIn(array, index);
    const operand = coerce(numbers, value);
    const before = read(array, place);
    array[place] = result(before, operand);
    return before;
  };

  const waitable = { __proto__: null, Int32Array: "number", BigInt64Array: "bigint" };
  const functions = {
    add(typedArray, index, value) {
      return change(typedArray, index, value, (before, operand) => before + operand);
    },
    and(typedArray, index, value) {
      return change(typedArray, index, value, (before, operand) => before & operand);
    },
    compareExchange(typedArray, index, expectedValue, replacementValue) {
      const { numbers, place } = placeIn(typedArray, index);
      const expected = coerce(numbers, expectedValue);
      const replacement = coerce(numbers, replacementValue);
      const before = read(typedArray, place);
      // What was expected, as an element of this kind would read.
      typedArray[place] = expected;
      const isEqual = typedArray[place] === before;
      typedArray[place] = isEqual ? replacement : before;
      return before;
    },
    exchange(typedArray, index, value) {
      return change(typedArray, index, value, (_, operand) => operand);
    },
    isLockFree(size) {
      const bytes = integer(size);
      return bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8;
    },
    load(typedArray, index) {
      return read(typedArray, placeIn(typedArray, index).place);
    },
    notify(typedArray, index, count) {
      placeIn(typedArray, index, waitable);
      if (count !== undefined) integer(count);
      return 0;
    },
    or(typedArray, index, value) {
      return change(typedArray, index, value, (before, operand) => before | operand);
    },
    pause(iterations) {
      if (iterations !== undefined && !isInteger(iterations)) throw new Fault("a whole number was expected");
    },
    store(typedArray, index, value) {
      const { numbers, place } = placeIn(typedArray, index);
      const stored = coerce(numbers, value);
      read(typedArray, place);
      typedArray[place] = stored;
      return stored;
    },
    sub(typedArray, index, value) {
      return change(typedArray, index, value, (before, operand) => before - operand);
    },
    wait() {
      throw new Fault("Atomics.wait is refused: a guest yields only at host calls");
    },
    xor(typedArray, index, value) {
      return change(typedArray, index, value, (before, operand) => before ^ operand);
    },
  };

  const define = (target, name, value, writable) =>
    defineProperty(target, name, { value, writable, enumerable: false, configurable: true });
  const made = {};
  for (const name in functions) define(made, name, functions[name], true);
  define(functions.wait, "length", 4, false);
  define(made, Symbol.toStringTag, "Atomics", false);
  define(globalThis, "Atomics", made, true);
})();
