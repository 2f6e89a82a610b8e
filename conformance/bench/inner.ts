/** What one operation costs, as the hosts' own benches measure it: criterion's estimates, and their counts of allocations. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { root } from "../package.ts";
import { KitError } from "../run/kit-error.ts";
import type { Inner } from "./bench-report.ts";

/** Where they write. */
export interface CostFolders {
  /** As criterion lays it out: `<group>/<name>/new/estimates.json`. */
  readonly criterion: string;
  /** `<bench>.allocations.json` for each bench. */
  readonly allocations: string;
}

/** What is measured, and beside what: criterion's `group/name`. */
interface Pair {
  readonly what: string;
  readonly beside?: string;
}

const benches = ["core", "v8", "wasmtime"] as const;

/** In the order in which a call meets them. */
const pairs: readonly Pair[] = [
  { what: "frame/call-in", beside: "frame/call-in-serde_json" },
  { what: "frame/answer-out", beside: "frame/answer-out-serde_json" },
  { what: "json/canonical", beside: "json/serde_json" },
  { what: "queue/request" },
  { what: "queue/completion" },
  { what: "queue/completion-behind-10000", beside: "queue/completion" },
  { what: "transaction-memory/store", beside: "transaction-memory/redb" },
  { what: "transaction-file/store", beside: "transaction-file/redb" },
  { what: "turn/start" },
  { what: "turn/resume" },
  { what: "turn/whole-reducer" },
  { what: "v8-js/start", beside: "v8-bare/start" },
  { what: "v8-js/resume", beside: "v8-bare/resume" },
  { what: "v8-bare/checkpoint" },
  { what: "v8-bare/promise" },
  { what: "v8-js/crossing", beside: "v8-bare/crossing" },
  { what: "v8-js/reducer", beside: "v8-bare/call" },
  { what: "v8-wasm/start" },
  { what: "v8-wasm/resume" },
  { what: "v8-wasm/start-new", beside: "v8-bare/wasm-instance" },
  { what: "wasmtime/start", beside: "wasmtime-bare/start" },
  { what: "wasmtime/resume", beside: "wasmtime-bare/resume" },
  { what: "wasmtime/crossing", beside: "wasmtime-bare/crossing" },
  { what: "wasmtime/reducer", beside: "wasmtime-bare/call" },
  { what: "wasmtime/instance", beside: "wasmtime-bare/instance" },
  { what: "wasmtime/start-new", beside: "wasmtime-bare/start-new" },
];

const estimatesSchema = z.object({ median: z.object({ point_estimate: z.number().positive() }) });
const allocationsSchema = z.record(z.string(), z.object({ allocations: z.number().min(0) }));

/** Runs the hosts' benches and reads what they measured. @throws KitError where they cannot be built, or fail */
export async function innerCosts(say: (line: string) => void): Promise<Inner[]> {
  const folder = path.join(root, "build/bench/costs");
  const folders: CostFolders = { criterion: path.join(folder, "criterion"), allocations: folder };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say("inner: the benches of hosts/core, hosts/v8 and hosts/wasmtime");
  const env = { ...process.env, CRITERION_HOME: folders.criterion, EVENLANE_BENCH_OUT: folders.allocations };
  const child = spawn("npm", ["run", "--silent", "bench:costs"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4096);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new KitError(`npm run bench:costs failed (exit code ${code}); it ends with:\n${said}`);
  return readCosts(folders);
}

/** What was measured, each beside the bare engine or library. @throws KitError where one is missing */
export function readCosts({ criterion, allocations }: CostFolders): Inner[] {
  const counts = Object.assign(
    {},
    ...benches.map((bench) => allocationsSchema.parse(read(path.join(allocations, `${bench}.allocations.json`)))),
  ) as z.infer<typeof allocationsSchema>;
  const cost = (what: string) => {
    const estimates = estimatesSchema.parse(read(path.join(criterion, what, "new/estimates.json")));
    const counted = counts[what];
    return {
      what,
      nanoseconds: estimates.median.point_estimate,
      ...(counted !== undefined && { allocations: counted.allocations }),
    };
  };
  return pairs.map(({ what, beside }) => ({
    ...cost(what),
    ...(beside !== undefined && { beside: cost(beside) }),
  }));
}

function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new KitError(`the benches have not written ${file} (${(error as Error).message}): run npm run bench:costs`);
  }
}
