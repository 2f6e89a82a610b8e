import { type EngineSaboteur, onBoth } from "../engine-saboteur.ts";

/** Faults of transactions: what they read, what becomes of what they wrote, and who sees it when. */
export const transactionFaults: readonly EngineSaboteur[] = [
  {
    name: "visible-before-commit",
    fault: "Readers see the rows of the open transaction.",
    on: [
      { host: "v8", guest: "ts", kills: [{ requirement: "isolation/atomic-visibility", reason: "intermediate-read" }] },
    ],
  },
  {
    name: "torn-commit",
    fault: "Of a commit of several rows the last one is lost.",
    on: onBoth(
      { requirement: "isolation/no-intermediate-read", reason: "not-serializable" },
      { requirement: "isolation/read-your-writes", reason: "wrong-value" },
    ),
  },
  {
    name: "lost-update",
    fault: "A transaction that had to wait for another reads what was there when it began to wait.",
    on: [
      {
        host: "v8",
        guest: "ts",
        kills: [
          { requirement: "isolation/no-lost-update", reason: "lost-update" },
          { requirement: "isolation/no-write-skew", reason: "write-skew" },
          // Neither reads what the other wrote: two that read the same state.
          {
            requirement: "isolation/no-circular-information-flow",
            reason: "not-serializable",
            finding: "G2-item",
          },
        ],
      },
    ],
  },
  {
    name: "snapshot-pinned-across-await",
    fault: "A later transaction of a call reads what its first one did.",
    on: onBoth(
      { requirement: "isolation/fresh-snapshot-after-yield", reason: "stale-read" },
      { requirement: "isolation/strict-serializable", reason: "stale-read" },
    ),
  },
  {
    name: "rollback-skipped",
    fault: "What is undone is committed.",
    on: onBoth(
      { requirement: "isolation/no-aborted-read", reason: "aborted-read" },
      { requirement: "isolation/unique-key-violation-rolls-back", reason: "aborted-read" },
      { requirement: "isolation/aborted-transaction-leaves-nothing", reason: "aborted-read" },
    ),
  },
  {
    name: "conflict-is-told-and-committed",
    fault: "A commit that conflicts is told as one, and made.",
    on: onBoth({ requirement: "isolation/conflicting-commit-is-retried-or-reported", reason: "aborted-read" }),
  },
  {
    name: "acknowledged-before-durable",
    fault: "A commit is told before it is on the disk.",
    on: onBoth(
      { requirement: "lifecycle/kill-loses-no-commit", reason: "missing-row" },
      { requirement: "lifecycle/no-effect-before-durability", reason: "missing-row" },
    ),
  },
  {
    name: "durable-in-two-steps",
    fault: "Of a commit of several rows the last one comes to the disk later than the others.",
    on: onBoth(
      { requirement: "lifecycle/kill-loses-no-commit", reason: "intermediate-read" },
      { requirement: "lifecycle/no-effect-before-durability", reason: "intermediate-read" },
    ),
  },
];
