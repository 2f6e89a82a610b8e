/** Bytes as hexadecimal text. */

const digits = "0123456789abcdef";

/** The text of the bytes, which are overwritten with zeros afterwards. */
export function takeHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += digits.charAt(bytes[i] >> 4) + digits.charAt(bytes[i] & 15);
  bytes.fill(0);
  return text;
}

/** The bytes of a text, so many times in a row. */
export function fromHex(hex: string, times: i32): ArrayBuffer {
  const length = hex.length / 2;
  const bytes = new Uint8Array(length * times);
  for (let i = 0; i < length; i++) {
    bytes[i] = <u8>((digits.indexOf(hex.charAt(2 * i)) << 4) | digits.indexOf(hex.charAt(2 * i + 1)));
  }
  for (let i = length; i < bytes.length; i += length) bytes.copyWithin(i, 0, length);
  return bytes.buffer;
}
