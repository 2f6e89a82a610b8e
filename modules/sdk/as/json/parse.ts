import { parseNumber } from "./number";
import { Json, JsonArray, JsonBoolean, JsonNull, JsonNumber, JsonObject, JsonString } from "./value";

/** Reads JSON text (RFC 8259). Throws where it is none, with the position in UTF-16 code units. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class Reader {
  private at: i32 = 0;

  constructor(private text: string) {}

  value(): Json {
    this.space();
    const unit = this.peek();
    if (unit == 0x22) return new JsonString(this.string());
    if (unit == 0x7b) return this.object();
    if (unit == 0x5b) return this.array();
    if (unit == 0x2d || isDigit(unit)) return new JsonNumber(this.number());
    if (this.word("true")) return new JsonBoolean(true);
    if (this.word("false")) return new JsonBoolean(false);
    if (this.word("null")) return new JsonNull();
    throw new SyntaxError(this.unexpected());
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw new SyntaxError(this.unexpected());
  }

  private object(): JsonObject {
    const object = new JsonObject();
    this.at++;
    this.space();
    if (this.skip(0x7d)) return object;
    do {
      this.space();
      if (this.peek() != 0x22) throw new SyntaxError(this.unexpected());
      const name = this.string();
      this.space();
      if (!this.skip(0x3a)) throw new SyntaxError(this.unexpected());
      object.set(name, this.value());
      this.space();
    } while (this.skip(0x2c));
    if (!this.skip(0x7d)) throw new SyntaxError(this.unexpected());
    return object;
  }

  private array(): JsonArray {
    const array = new JsonArray();
    this.at++;
    this.space();
    if (this.skip(0x5d)) return array;
    do {
      array.push(this.value());
      this.space();
    } while (this.skip(0x2c));
    if (!this.skip(0x5d)) throw new SyntaxError(this.unexpected());
    return array;
  }

  private string(): string {
    this.at++;
    let from = this.at;
    let parts: string[] | null = null;
    for (;;) {
      const unit = this.peek();
      if (unit == 0x22) break;
      if (unit < 0x20) throw new SyntaxError(this.unexpected());
      if (unit == 0x5c) {
        if (parts === null) parts = [];
        parts.push(this.text.substring(from, this.at));
        parts.push(this.escaped());
        from = this.at;
      } else {
        this.at++;
      }
    }
    const rest = this.text.substring(from, this.at);
    this.at++;
    if (parts === null) return rest;
    parts.push(rest);
    return parts.join("");
  }

  private escaped(): string {
    this.at++;
    const unit = this.peek();
    const simple = '"\\/bfnrt'.indexOf(String.fromCharCode(unit));
    if (unit != -1 && simple >= 0) {
      this.at++;
      return '"\\/\b\f\n\r\t'.charAt(simple);
    }
    if (unit != 0x75) throw new SyntaxError(this.unexpected());
    let value = 0;
    for (let i = 0; i < 4; i++) {
      this.at++;
      const digit = hexDigit(this.peek());
      if (digit < 0) throw new SyntaxError(this.unexpected());
      value = (value << 4) | digit;
    }
    this.at++;
    return String.fromCharCode(value);
  }

  private number(): f64 {
    const from = this.at;
    this.skip(0x2d);
    if (!this.skip(0x30)) this.digits();
    if (this.skip(0x2e)) this.digits();
    if (this.skip(0x65) || this.skip(0x45)) {
      if (!this.skip(0x2b)) this.skip(0x2d);
      this.digits();
    }
    return parseNumber(this.text.substring(from, this.at));
  }

  private digits(): void {
    if (!isDigit(this.peek())) throw new SyntaxError(this.unexpected());
    while (isDigit(this.peek())) this.at++;
  }

  private space(): void {
    for (;;) {
      const unit = this.peek();
      if (unit != 0x20 && unit != 0x0a && unit != 0x0d && unit != 0x09) return;
      this.at++;
    }
  }

  /** The next code unit; -1 at the end. */
  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private skip(unit: i32): bool {
    if (this.peek() != unit) return false;
    this.at++;
    return true;
  }

  private word(word: string): bool {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private unexpected(): string {
    if (this.at >= this.text.length) return "the JSON text ends too early";
    const found = this.text.charAt(this.at);
    return "unexpected " + found + " at position " + this.at.toString() + " of the JSON text";
  }
}

function isDigit(unit: i32): bool {
  return unit >= 0x30 && unit <= 0x39;
}

function hexDigit(unit: i32): i32 {
  if (isDigit(unit)) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
