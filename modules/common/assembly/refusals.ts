import { categoryOf } from "../../sdk/as";
import * as imports from "../../sdk/as/imports";

/** The category that a host call answered; "none" where that is no refusal. What waits after it is dropped. */
export function categoryAnswered(answer: i32): string {
  const length = imports.payload_len();
  if (length > 0) imports.take(changetype<usize>(new ArrayBuffer(length)));
  return answer < 0 ? categoryOf(answer) : "none";
}
