/** UTF-8 from outside, as the Encoding standard decodes it. */

const REPLACEMENT: u32 = 0xfffd;

/** Decodes bytes: a byte order mark at the start is dropped, each maximal part of an ill-formed sequence becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  const length = bytes.length;
  // No byte gives more than one code unit.
  const units = new StaticArray<u16>(length);
  let count = 0;
  let at = length >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0;
  while (at < length) {
    const lead = <u32>bytes[at++];
    let point = lead;
    if (lead >= 0x80) {
      const rest = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
      // The first continuation byte has a narrower range after these: overlong forms, surrogates, beyond U+10FFFF.
      let low: u32 = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
      let high: u32 = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
      point = rest == 0 ? REPLACEMENT : lead & (0x3f >> rest);
      for (let i = 0; i < rest; i++) {
        if (at >= length || <u32>bytes[at] < low || <u32>bytes[at] > high) {
          point = REPLACEMENT;
          break;
        }
        point = (point << 6) | (<u32>bytes[at] & 0x3f);
        low = 0x80;
        high = 0xbf;
        at++;
      }
    }
    if (point < 0x10000) {
      units[count++] = <u16>point;
    } else {
      units[count++] = <u16>(0xd800 + ((point - 0x10000) >> 10));
      units[count++] = <u16>(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return String.UTF16.decodeUnsafe(changetype<usize>(units), <usize>count << 1);
}
