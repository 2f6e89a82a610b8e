/** sfc32: the generator behind `Math.random()` of a guest. The SDKs' `random()` is the same one over the same seed. */
import type { Seed } from "./seed.ts";

/** A generator of numbers from 0 up to, not including, 1, with 32 bits each. */
export function sfc32([first, second, third, fourth]: Seed): () => number {
  let [a, b, c, d] = [first | 0, second | 0, third | 0, fourth | 0];
  return () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 0x1_0000_0000;
  };
}
