import { BAD_VALUE } from "../codes";
import { failCall } from "../host";
import { Json, JsonObject, JsonString } from "./value";

/** A 64-bit integer as JSON, whose numbers are doubles: its shortest decimal text, under the name `$i64`. */
export function toInt64(value: i64): JsonObject {
  return new JsonObject().setString("$i64", value.toString());
}

/** The integer that JSON of that form holds. Ends the call as `bad-value` for any other JSON. */
export function fromInt64(json: Json): i64 {
  if (json instanceof JsonObject) {
    const object = json as JsonObject;
    if (object.has("$i64") && object.get("$i64") instanceof JsonString) {
      const text = object.getString("$i64");
      const value = I64.parseInt(text);
      // Only the shortest text of an integer in range is that of the integer which it was read as.
      if (value.toString() == text) return value;
    }
  }
  failCall(BAD_VALUE, "expected a 64-bit integer, an object whose $i64 is its shortest decimal text");
  return 0;
}
