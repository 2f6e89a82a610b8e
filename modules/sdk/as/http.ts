import { categoryOf } from "./codes";
import { accept, at, failCall, takeBytes, takeMessage, utf8 } from "./host";
import * as imports from "./imports";
import { parseJson } from "./json/parse";
import { Json, JsonArray, JsonObject } from "./json/value";
import { decodeUtf8 } from "./utf8";

/** A request: what it sends besides its URL is set with the methods here. The SDK adds no header of its own. */
export class Request {
  private head: JsonObject = new JsonObject();
  private headers: JsonArray = new JsonArray();
  private bytes: ArrayBuffer = new ArrayBuffer(0);

  constructor(url: string) {
    this.head.setString("url", url).set("headers", this.headers);
  }

  /** Sets the method; `GET` without it. */
  method(method: string): Request {
    this.head.setString("method", method);
    return this;
  }

  /** Adds a header field; a name may repeat. */
  header(name: string, value: string): Request {
    this.headers.push(JsonArray.ofStrings([name, value]));
    return this;
  }

  /** Sets the body, sent as UTF-8. */
  text(body: string): Request {
    this.bytes = utf8(body);
    return this;
  }

  /** Sets the body. */
  body(bytes: ArrayBuffer): Request {
    this.bytes = bytes;
    return this;
  }

  /** Sets how many milliseconds it has from its issue to the last byte: a whole number from 1, at most 180,000; 30,000 without it. */
  timeoutMs(timeout: f64): Request {
    this.head.setNumber("timeoutMs", timeout);
    return this;
  }

  /** Sends the request and gives what came of it, which may be a refusal. The call yields here. */
  send(): Response {
    const head = utf8(this.head.toText("the request"));
    const body = this.bytes;
    const answer = imports.http_fetch(at(head), head.byteLength, at(body), body.byteLength);
    if (answer < 0) return new Response(answer, takeMessage(), null, null);
    const payload = takeBytes(answer);
    const headLength = <i32>load<u32>(at(payload));
    const text = String.UTF8.decodeUnsafe(at(payload) + 4, headLength);
    return new Response(0, "", parseJson(text).asObject(), Uint8Array.wrap(payload, 4 + headLength));
  }
}

/** What came of a fetch: a complete response, or a refusal, which has only `code`, `category` and `message`. */
export class Response {
  constructor(
    /** 0, or the code of the refusal. */
    public code: i32,
    /** The refusal's message for people. */
    public message: string,
    private head: JsonObject | null,
    private content: Uint8Array | null,
  ) {}

  /** The refusal's category. */
  get category(): string {
    return categoryOf(this.code);
  }

  /** The response itself; ends the call with the refusal where there is none, as the fields below do. */
  accept(): Response {
    if (this.code < 0) failCall(this.code, this.message);
    return this;
  }

  get status(): i32 {
    return <i32>this.field("status").asNumber();
  }

  get statusText(): string {
    return this.field("statusText").asString();
  }

  /** The URL that answered, after redirects. */
  get url(): string {
    return this.field("url").asString();
  }

  /** Whether the status is 200 to 299. */
  get ok(): bool {
    return this.status >= 200 && this.status <= 299;
  }

  /** The value of a header, repeats joined with a comma and a space; null where there is none. */
  header(name: string): string | null {
    const wanted = name.toLowerCase();
    const fields = this.headers();
    const values: string[] = [];
    for (let i = 0; i < fields.length; i++) {
      if (fields[i][0] == wanted) values.push(fields[i][1]);
    }
    return values.length == 0 ? null : values.join(", ");
  }

  /** Each header field, a name in lower case and a value, as they came. */
  headers(): string[][] {
    const pairs = this.field("headers").asArray();
    const fields: string[][] = [];
    for (let i = 0; i < pairs.length; i++) {
      const pair = pairs[i].asArray();
      fields.push([pair[0].asString(), pair[1].asString()]);
    }
    return fields;
  }

  /** The body as UTF-8, without a byte order mark; U+FFFD stands for what is ill-formed. */
  text(): string {
    return decodeUtf8(this.body());
  }

  /** The body as JSON. Throws where it is none. */
  json(): Json {
    return parseJson(this.text());
  }

  /** A copy of the body. */
  bytes(): Uint8Array {
    return this.body().slice();
  }

  /** A copy of the body. */
  arrayBuffer(): ArrayBuffer {
    return this.bytes().buffer;
  }

  private body(): Uint8Array {
    return this.accept().content!;
  }

  private field(name: string): Json {
    return this.accept().head!.get(name);
  }
}
