/** JSON values. AssemblyScript has neither unions nor dynamic objects: a value is one of the classes here. */

import { write } from "./write";

/** A JSON value. */
export abstract class Json {
  /** The value's JSON text. Ends the call as `bad-value` where JSON cannot express it; `what` then names it. */
  toText(what: string): string {
    return write(this, what);
  }

  /** The name of the value's type, for messages. */
  abstract get typeName(): string;

  /** The value as a string; throws where it is none. */
  asString(): string {
    if (this instanceof JsonString) return (this as JsonString).value;
    throw new TypeError(this.mismatch("string"));
  }

  /** The value as a number; throws where it is none. */
  asNumber(): f64 {
    if (this instanceof JsonNumber) return (this as JsonNumber).value;
    throw new TypeError(this.mismatch("number"));
  }

  /** The value as a boolean; throws where it is none. */
  asBoolean(): bool {
    if (this instanceof JsonBoolean) return (this as JsonBoolean).value;
    throw new TypeError(this.mismatch("boolean"));
  }

  /** The elements of an array; throws where the value is none. */
  asArray(): Json[] {
    if (this instanceof JsonArray) return (this as JsonArray).elements;
    throw new TypeError(this.mismatch("array"));
  }

  /** The value as an object; throws where it is none. */
  asObject(): JsonObject {
    if (this instanceof JsonObject) return this as JsonObject;
    throw new TypeError(this.mismatch("object"));
  }

  /** Whether the value is null. */
  get isNull(): bool {
    return this instanceof JsonNull;
  }

  private mismatch(wanted: string): string {
    return "expected JSON of type " + wanted + ", found " + this.typeName;
  }
}

export class JsonNull extends Json {
  get typeName(): string {
    return "null";
  }
}

export class JsonBoolean extends Json {
  constructor(public value: bool) {
    super();
  }
  get typeName(): string {
    return "boolean";
  }
}

export class JsonNumber extends Json {
  constructor(public value: f64) {
    super();
  }
  get typeName(): string {
    return "number";
  }
}

export class JsonString extends Json {
  constructor(public value: string) {
    super();
  }
  get typeName(): string {
    return "string";
  }
}

export class JsonArray extends Json {
  /** The elements, in order. */
  elements: Json[] = [];

  get typeName(): string {
    return "array";
  }

  /** Adds an element at the end and gives the array itself. */
  push(value: Json): JsonArray {
    this.elements.push(value);
    return this;
  }

  /** An array of strings. */
  static ofStrings(values: string[]): JsonArray {
    const array = new JsonArray();
    for (let i = 0; i < values.length; i++) array.push(new JsonString(values[i]));
    return array;
  }

  /** An array of numbers. */
  static ofNumbers(values: f64[]): JsonArray {
    const array = new JsonArray();
    for (let i = 0; i < values.length; i++) array.push(new JsonNumber(values[i]));
    return array;
  }
}

export class JsonObject extends Json {
  /** The fields, by name; of a name that came twice, the last. */
  fields: Map<string, Json> = new Map();

  get typeName(): string {
    return "object";
  }

  /** Sets a field and gives the object itself. */
  set(name: string, value: Json): JsonObject {
    this.fields.set(name, value);
    return this;
  }

  setString(name: string, value: string): JsonObject {
    return this.set(name, new JsonString(value));
  }

  setNumber(name: string, value: f64): JsonObject {
    return this.set(name, new JsonNumber(value));
  }

  setBoolean(name: string, value: bool): JsonObject {
    return this.set(name, new JsonBoolean(value));
  }

  /** Whether there is a field of that name. */
  has(name: string): bool {
    return this.fields.has(name);
  }

  /** A field's value; throws where there is no field of that name. */
  get(name: string): Json {
    if (!this.fields.has(name)) throw new Error("there is no field " + name);
    return this.fields.get(name);
  }

  getString(name: string): string {
    return this.get(name).asString();
  }

  getNumber(name: string): f64 {
    return this.get(name).asNumber();
  }
}
