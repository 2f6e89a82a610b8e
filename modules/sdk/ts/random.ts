/**
 * sfc32 over a call's seed, the 32-bit result divided by 2^32: numbers from 0 to below 1, the same in every guest
 * language.
 */
export function sfc32(seed: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = seed;
  return () => {
    const result = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return (result >>> 0) / 0x1_0000_0000;
  };
}
