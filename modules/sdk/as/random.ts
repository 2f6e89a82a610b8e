/** sfc32 over a call's seed, the 32-bit result divided by 2^32: numbers from 0 to below 1, the same in every guest language. */
export class Sfc32 {
  constructor(
    private a: u32,
    private b: u32,
    private c: u32,
    private d: u32,
  ) {}

  /** The next number. */
  next(): f64 {
    const result = this.a + this.b + this.d;
    this.d++;
    this.a = this.b ^ (this.b >>> 9);
    this.b = this.c + (this.c << 3);
    this.c = rotl<u32>(this.c, 21) + result;
    return <f64>result / 4294967296.0;
  }
}
