/** UTF-8 as the Encoding standard has it. A guest has no TextEncoder or TextDecoder: they are not part of the language. */

const REPLACEMENT = 0xfffd;
/** Code units handed to String.fromCharCode at a time: its arguments lie on the stack. */
const CHUNK = 4096;

/** Encodes text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (const character of text.toWellFormed()) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) {
      bytes[length++] = point;
      continue;
    }
    if (point < 0x800) {
      bytes[length++] = 0xc0 | (point >> 6);
    } else {
      if (point < 0x10000) {
        bytes[length++] = 0xe0 | (point >> 12);
      } else {
        bytes[length++] = 0xf0 | (point >> 18);
        bytes[length++] = 0x80 | ((point >> 12) & 0x3f);
      }
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
    }
    bytes[length++] = 0x80 | (point & 0x3f);
  }
  return bytes.slice(0, length);
}

/** Decodes bytes: a byte order mark at the start is dropped, each maximal part of an ill-formed sequence becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  const chunks: string[] = [];
  let units: number[] = [];
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (at < bytes.length) {
    const lead = bytes[at++]!;
    let point = lead;
    if (lead >= 0x80) {
      const rest =
        lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
      // The first continuation byte has a narrower range after these: overlong forms, surrogates, beyond U+10FFFF.
      let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      let high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      point = rest === 0 ? REPLACEMENT : lead & (0x3f >> rest);
      for (let i = 0; i < rest; i++) {
        const byte = bytes[at];
        if (byte === undefined || byte < low || byte > high) {
          point = REPLACEMENT;
          break;
        }
        point = (point << 6) | (byte & 0x3f);
        low = 0x80;
        high = 0xbf;
        at++;
      }
    }
    if (point < 0x10000) units.push(point);
    else units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
    if (units.length >= CHUNK) {
      chunks.push(String.fromCharCode(...units));
      units = [];
    }
  }
  return chunks.join("") + String.fromCharCode(...units);
}
