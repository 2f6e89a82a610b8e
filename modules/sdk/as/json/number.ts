/** Decimal text to the nearest 64-bit float. The one of the standard library is inexact, and wrong beyond 1e38. */

/** More significant digits than any tie between two floats needs. */
const MAX_DIGITS = 800;
/** Integers of up to this many digits are exact. */
const EXACT_DIGITS = 15;
/** Powers of ten up to this one are exact. */
const EXACT_POWER = 22;
const CHUNK: u32 = 1000000000;
const CHUNK_DIGITS = 9;

/** The float nearest to a JSON number, ties to even; an infinity beyond the range. */
export function parseNumber(text: string): f64 {
  const negative = text.charCodeAt(0) == 0x2d;
  let digits: u8[] = [];
  let exponent: i64 = 0;
  let pointed = false;
  let sticky = false;
  let i = negative ? 1 : 0;
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit == 0x2e) {
      pointed = true;
      continue;
    }
    if ((unit | 0x20) == 0x65) break;
    if (pointed) exponent--;
    if (digits.length == 0 && unit == 0x30) continue;
    if (digits.length < MAX_DIGITS) {
      digits.push(<u8>(unit - 0x30));
    } else {
      exponent++;
      if (unit != 0x30) sticky = true;
    }
  }
  if (i < text.length) exponent += parseExponent(text, i + 1);
  const magnitude = digits.length == 0 ? 0.0 : nearest(digits, exponent, sticky);
  return negative ? -magnitude : magnitude;
}

function parseExponent(text: string, from: i32): i64 {
  const sign = text.charCodeAt(from);
  let value: i64 = 0;
  for (let i = sign == 0x2d || sign == 0x2b ? from + 1 : from; i < text.length; i++) {
    // Far beyond every float already: more digits change nothing, and must not overflow.
    if (value < 1000000000) value = value * 10 + (text.charCodeAt(i) - 0x30);
  }
  return sign == 0x2d ? -value : value;
}

/** The float nearest to `digits` × 10^exponent; `sticky` says that something non-zero was cut off below. */
function nearest(digits: u8[], exponent: i64, sticky: bool): f64 {
  if (digits.length <= EXACT_DIGITS && exponent >= -EXACT_POWER && exponent <= EXACT_POWER) {
    let integer: f64 = 0;
    for (let i = 0; i < digits.length; i++) integer = integer * 10 + <f64>digits[i];
    let power: f64 = 1;
    for (let i: i64 = 0; i < abs(exponent); i++) power *= 10;
    return exponent < 0 ? integer / power : integer * power;
  }
  const scale = <i64>digits.length + exponent;
  if (scale > 310) return Infinity;
  if (scale < -330) return 0;
  const big = new Big();
  for (let i = 0; i < digits.length; i++) big.multiplyAdd(10, digits[i]);
  let shift = 0;
  if (exponent >= 0) {
    for (let i = <i32>exponent; i > 0; i--) big.multiplyAdd(10, 0);
  } else {
    // 10^n has fewer than 10/3 · n + 1 bits: the quotient keeps at least 64.
    let left = <i32>-exponent;
    shift = (left * 10) / 3 + 66;
    big.shiftLeft(shift);
    for (; left >= CHUNK_DIGITS; left -= CHUNK_DIGITS) sticky = big.divide(CHUNK) != 0 || sticky;
    for (; left > 0; left--) sticky = big.divide(10) != 0 || sticky;
  }
  return big.toFloat(-shift, sticky);
}

/** A natural number in 32-bit limbs, the least first. */
class Big {
  private limbs: u32[] = [];

  multiplyAdd(factor: u32, addend: u32): void {
    let carry = <u64>addend;
    for (let i = 0; i < this.limbs.length; i++) {
      carry += <u64>this.limbs[i] * factor;
      this.limbs[i] = <u32>carry;
      carry >>= 32;
    }
    if (carry != 0) this.limbs.push(<u32>carry);
  }

  shiftLeft(bits: i32): void {
    this.multiplyAdd(1 << (bits & 31), 0);
    const zeros: u32[] = [];
    for (let i = bits >> 5; i > 0; i--) zeros.push(0);
    this.limbs = zeros.concat(this.limbs);
  }

  /** Divides and gives the remainder. */
  divide(divisor: u32): u32 {
    let remainder: u64 = 0;
    for (let i = this.limbs.length - 1; i >= 0; i--) {
      const dividend = (remainder << 32) | this.limbs[i];
      this.limbs[i] = <u32>(dividend / divisor);
      remainder = dividend % divisor;
    }
    while (this.limbs.length > 0 && this.limbs[this.limbs.length - 1] == 0) this.limbs.pop();
    return <u32>remainder;
  }

  /** The float nearest to this × 2^exponent. `sticky` says that something non-zero was cut off below. */
  toFloat(exponent: i32, sticky: bool): f64 {
    const length = this.limbs.length * 32 - clz(this.limbs[this.limbs.length - 1]);
    // The value is 0.1… × 2^top; below 2^-1021 a float has fewer bits to give.
    const top = length + exponent;
    const precision = min(53, top + 1074);
    if (precision < 0) return 0;
    let significand: u64 = 0;
    for (let i = length - 1; i >= length - precision; i--) significand = (significand << 1) | this.bit(i);
    const half = this.bit(length - precision - 1) == 1;
    for (let i = length - precision - 2; i >= 0 && !sticky; i--) sticky = this.bit(i) == 1;
    if (half && (sticky || (significand & 1) == 1)) significand++;
    // A carry out of the significand goes on into the exponent's bits, up to the infinity's.
    if (precision < 53) return reinterpret<f64>(significand);
    const biased = <i64>top + 1021;
    if (biased > 2045) return Infinity;
    return reinterpret<f64>((<u64>biased << 52) + significand);
  }

  private bit(i: i32): u64 {
    return i < 0 ? 0 : (this.limbs[i >> 5] >> (i & 31)) & 1;
  }
}
