import { describe, expect, test } from "vitest";
import { mutations } from "./mutations.ts";
import { playScenarios } from "./play.ts";
import { expectLegal, faultOf } from "./verdicts.ts";

const scenarios = [
  "http/unawaited-fetch#settled-before",
  "http/abort-signal#while-held",
  "http/redirect-limit#follow",
  "http/timeout-covers-the-body#redirects",
  "http/special-addresses-are-refused#redirect",
  "http/late-response-is-dropped#race",
  "errors/fetch-transport-error-is-catchable#nobody-listens",
  "errors/bad-arguments#procedure",
];
/** What is wrong however a fetch came to its end: the others speak of calls that were given the URLs that they ask. */
const kinds = [
  "a result's value changed",
  "a failure's category changed",
  "a failure told as a success",
  "a seq too many",
  "a seq left out",
  "a row left out",
  "a row added",
  "a row changed",
  "two rows exchanged",
  "rows that are older than what was acknowledged",
  "a fetch in flight too many",
];

describe("histories of a host's fetches", async () => {
  const played = await playScenarios(scenarios);

  test.each(played)("are legal: $name", ({ events, profile, start }) => expectLegal(events, profile, start));

  test.each(kinds)("are illegal with %s", (kind) => {
    const faults: string[] = [];
    let count = 0;
    for (const { name, events, profile, start } of played) {
      for (const spoilt of mutations[kind]!(events)) {
        count += 1;
        const fault = faultOf(spoilt, profile, start);
        if (fault !== undefined) faults.push(`${name}: ${fault}`);
      }
    }
    expect(faults).toEqual([]);
    expect(count).toBeGreaterThan(0);
  });
});
