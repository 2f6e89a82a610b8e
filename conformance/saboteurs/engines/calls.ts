import { type EngineSaboteur, onBoth } from "../engine-saboteur.ts";

/** Faults of calls and their host operations: whose outcome, whose code, and what becomes of what has ended. */
export const callFaults: readonly EngineSaboteur[] = [
  {
    name: "response-to-the-wrong-call",
    fault: "Of two responses that are ready each goes to the call of the other.",
    on: onBoth({ requirement: "ordering/resume-in-release-order", reason: "not-in-model" }),
  },
  {
    name: "late-resume-after-cancel",
    fault: "A cancelled call is told to its caller as ended, and goes on when its response comes.",
    on: onBoth({ requirement: "lifecycle/cancel-while-held", reason: "silence" }),
  },
  {
    name: "fetch-outlives-its-call",
    fault: "The fetch of a call that has ended goes on.",
    on: [
      { host: "wasmtime", guest: "as", kills: [{ requirement: "lifecycle/cancel-before-arrival", reason: "silence" }] },
      { host: "v8", guest: "ts", kills: [{ requirement: "http/unawaited-fetch", reason: "silence" }] },
    ],
  },
  {
    name: "call-id-lost-across-await",
    fault: "Which call the running code belongs to is known in its first turn alone.",
    on: [
      {
        host: "v8",
        guest: "ts",
        kills: [
          { requirement: "errors/unhandled-rejection-is-reported", reason: "missing-log" },
          { requirement: "context/nothing-but-ctx", reason: "wrong-value" },
        ],
      },
    ],
  },
  {
    name: "early-commit-of-async-body",
    fault: "The transaction of an async body is committed when the body has given its promise.",
    on: [
      {
        host: "v8",
        guest: "ts",
        kills: [
          { requirement: "with-tx/thenable-body-is-refused", reason: "wrong-category" },
          { requirement: "with-tx/nothing-written-after-the-callback", reason: "wrong-category" },
        ],
      },
    ],
  },
  {
    name: "no-thenable-check",
    fault: "Only promises of the engine itself are known as thenables.",
    on: [
      {
        host: "v8",
        guest: "ts",
        kills: [{ requirement: "with-tx/thenable-body-is-refused", reason: "wrong-category" }],
      },
    ],
  },
];
