/**
 * Runs in a guest's realm before the guest, as strict code: `Date` reads `now` in the place of the machine's clock, and
 * `Math.random` what `draw` gives, save where that is undefined. Keeps what it needs, for a guest may replace all else.
 */
(now, draw) => {
  const { apply, construct, defineProperty } = Reflect;
  const { random: unseeded } = Math;
  const Native = Date;
  const { toString: textOf } = Native.prototype;

  const define = (target, name, value) =>
    defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });

  function GuestDate(...parts) {
    if (new.target === undefined) return apply(textOf, new Native(now()), []);
    return construct(Native, parts.length === 0 ? [now()] : parts, new.target);
  }

  defineProperty(GuestDate, "name", { value: Native.name });
  defineProperty(GuestDate, "length", { value: Native.length });
  defineProperty(GuestDate, "prototype", { value: Native.prototype, writable: false });
  define(GuestDate, "now", now);
  define(GuestDate, "parse", Native.parse);
  define(GuestDate, "UTC", Native.UTC);
  define(Native.prototype, "constructor", GuestDate);
  define(globalThis, "Date", GuestDate);

  // A method, so that it is no constructor.
  const { random } = {
    random() {
      return draw() ?? unseeded();
    },
  };
  define(Math, "random", random);
};
