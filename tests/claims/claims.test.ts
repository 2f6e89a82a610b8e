/** What a host declares beside what it does. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { lieAmong, measureCapabilities } from "../../conformance/claims/capabilities.ts";
import { profileClaims } from "../../conformance/claims/profile.ts";
import type { HistoryEvent } from "../../conformance/history/history.ts";
import { HostProcess } from "../../conformance/protocol/host-process.ts";
import { capabilitySchema, type Profile } from "../../conformance/protocol/schemas.ts";
import { renderClaims } from "../../conformance/report/claims.ts";
import type { RunResult } from "../../conformance/run/run.ts";
import { lazyHost } from "../run/lazy-host.ts";

/** The claims of the lazy host, some words of whose source are others. */
async function claimsOf(find: string, replace: string) {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "evenlane-claims-")), "host.mjs");
  const source = lazyHost("return null");
  expect(source).toContain(find);
  writeFileSync(file, source.replace(find, replace));
  const host = await HostProcess.start(
    { name: "odd", command: [process.execPath, file] },
    { seed: "s", patience: 20_000, clock: { mode: "virtual", now: 0 }, allow: [] },
  );
  try {
    return await measureCapabilities(host, "as", 0);
  } finally {
    await host.stop();
  }
}

describe("capabilities", () => {
  test("each of the protocol is asked for; what is not declared is not there", async () => {
    const claims = await claimsOf("capabilities: []", "capabilities: []");
    expect(claims.map(({ name }) => name)).toEqual(capabilitySchema.options);
    expect(claims.filter(({ claimed, measured }) => claimed || measured)).toEqual([]);
    expect(lieAmong(claims)).toBeUndefined();
  });

  test("one that is declared and refused as unknown is a lie", async () => {
    const claims = await claimsOf("capabilities: []", 'capabilities: ["stepping"]');
    expect(lieAmong(claims)).toBe("The host declares stepping, but refuses what belongs to it as unknown.");
  });

  test("so is one that is there and not declared, by its method or by its field of a load", async () => {
    const method = await claimsOf("shutdown:", '"lane/step": () => ({ turn: null }), shutdown:');
    expect(lieAmong(method)).toBe("The host does not declare stepping, but takes what belongs to it.");
    const field = await claimsOf("limits !== undefined || data !== undefined", "limits !== undefined");
    expect(lieAmong(field)).toBe("The host does not declare durable, but takes what belongs to it.");
  });
});

const profile: Profile = { tx: "closure", retry: "none", blockingPool: 4, requestBurst: 64, maxInFlight: null };
const stepped = (...kinds: ("request" | "completion")[]): HistoryEvent[] =>
  kinds.map((kind, step) => ({ kind: "stepped", step, module: "relay", turn: { kind, call: "c", function: "f" } }));
const burst = "priority/requests-do-not-starve-completions";

describe("the profile", () => {
  test("each entry stands with what a scenario of the run has shown of it, and by which", () => {
    const history = stepped("completion", "request", "request", "completion", "request");
    const claims = profileClaims(profile, [{ id: burst, history }]);
    expect(claims.map(({ name }) => name)).toEqual(Object.keys(profile));
    expect(claims.find(({ name }) => name === "requestBurst")).toEqual({
      name: "requestBurst",
      claimed: 64,
      measured: 2,
      by: burst,
    });
    expect(claims.find(({ name }) => name === "blockingPool")).toEqual({ name: "blockingPool", claimed: 4 });
  });

  test.each([
    ["none", { undone: "conflict" }],
    ["replay", { tx: [11] }],
  ])("a commit that conflicts shows the retry %s", (measured, value) => {
    const history: HistoryEvent[] = [
      { kind: "fail-commits", call: "c1", commits: 1 },
      { kind: "result", call: "c1", result: { outcome: "returned", value, seqs: [] } },
    ];
    const id = "isolation/conflicting-commit-is-retried-or-reported#procedure";
    expect(profileClaims(profile, [{ id, history }])[1]).toEqual({ name: "retry", claimed: "none", measured, by: id });
  });
});

test("what is declared otherwise than seen is told, a line each, and nothing else", () => {
  const column = { label: "odd×as" };
  const results = [{ id: burst, history: stepped("request", "completion") }];
  const claims = [
    { name: "cancel", claimed: true, measured: true },
    { name: "clock", claimed: false, measured: true },
    { name: "durable", claimed: true, measured: false },
  ];
  const result = { columns: [{ column, result: { info: { profile }, claims, results } }] };
  expect(renderClaims(result as unknown as RunResult)).toEqual([
    "odd×as clock: there, and not declared",
    "odd×as durable: declared, and not there",
    `odd×as requestBurst: declared 64, seen 1 (${burst})`,
  ]);
});
