import { type EngineSaboteur, onBoth } from "../engine-saboteur.ts";

/** Faults of lanes: which turn comes when, what holds up what, and what a call costs. */
export const laneFaults: readonly EngineSaboteur[] = [
  {
    name: "last-in-first-out-completions",
    fault: "Of completions that are ready the newest runs first.",
    on: [
      {
        host: "wasmtime",
        guest: "as",
        kills: [{ requirement: "ordering/resume-in-release-order", reason: "wrong-order" }],
      },
      {
        host: "v8",
        guest: "ts",
        kills: [
          { requirement: "ordering/resume-in-release-order", reason: "wrong-order" },
          { requirement: "ordering/settle-in-release-order", reason: "wrong-order" },
        ],
      },
    ],
  },
  {
    name: "completions-in-one-checkpoint",
    fault: "All promises whose outcomes are ready are resolved before one microtask checkpoint.",
    on: [
      {
        host: "v8",
        guest: "ts",
        kills: [
          { requirement: "ordering/one-completion-one-turn", reason: "foreign-turn" },
          { requirement: "ordering/settle-in-release-order", reason: "wrong-order" },
        ],
      },
    ],
  },
  {
    name: "starved-completions",
    fault: "Requests pass a ready completion without a bound.",
    on: onBoth({ requirement: "priority/requests-do-not-starve-completions", reason: "starved" }),
  },
  {
    name: "starved-requests",
    fault: "A request waits as long as any completion is ready.",
    on: onBoth(
      { requirement: "priority/requests-first", reason: "wrong-order" },
      { requirement: "priority/ready-completions-do-not-starve-requests", reason: "starved" },
    ),
  },
  {
    name: "fetch-blocks-the-lane",
    fault: "The lane's thread stands still until a fetch has its response.",
    on: onBoth({ requirement: "concurrency/procedure-opens-the-gate", reason: "not-concurrent" }),
  },
  {
    name: "one-global-fetch-lock",
    fault: "A fetch goes out when the one before it has its response, whoever issued it.",
    on: onBoth({ requirement: "concurrency/procedure-opens-the-gate", reason: "not-concurrent" }),
  },
  {
    name: "thread-per-call",
    fault: "Each call in flight has a thread of its own.",
    on: onBoth(
      { requirement: "concurrency/lanes-are-constant", reason: "threads-grew" },
      { requirement: "resources/threads-flat", reason: "threads-grew" },
    ),
  },
  {
    name: "leaked-instance",
    fault: "The instance that a call ran in is neither used again nor dropped.",
    on: onBoth({ requirement: "resources/no-handle-growth", reason: "handles-grew" }),
  },
  {
    name: "stray-watchdog-kill",
    fault: "A turn is stopped for the CPU time of those before it.",
    on: onBoth({ requirement: "priority/long-legal-turn-is-not-killed", reason: "call-failed" }),
  },
];
