import { existsSync } from "node:fs";
import { root } from "../package.ts";
import { columnsOf, readHosts } from "../run/columns.ts";
import { silentOn } from "../run/silent-on.ts";
import { scenarios } from "../scenarios/catalogue.ts";
import { loadSpec } from "../spec/load-spec.ts";

/** `evenlane list`: the requirements with their scenarios, and the columns. Gives the exit code. */
export function listCommand({ json, hosts }: { readonly json?: boolean; readonly hosts?: string }): number {
  const hostsFile = hosts ?? `${root}/build/hosts.json`;
  // Before the first set-up there is no list of hosts, and the requirements can be listed all the same.
  const all = hosts !== undefined || existsSync(hostsFile) ? columnsOf(readHosts(hostsFile)) : [];
  const columns = all.map(({ host, guest }) => ({
    host: host.name,
    guest,
    status: host.status,
    ...(host.status === "not-built" && { reason: host.reason }),
  }));
  const requirements = loadSpec().map((requirement) => ({
    id: requirement.id,
    level: requirement.level,
    guests: requirement.guests,
    scenarios: scenarios
      .filter((scenario) => scenario.requirement === requirement.id)
      .map(({ id, title, guests, evidence, capabilities }) => ({ id, title, guests, evidence, capabilities })),
    columns: all.filter(({ guest }) => silentOn(guest, requirement) === undefined).map(({ label }) => label),
  }));
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ requirements, columns }, null, 2)}\n`);
    return 0;
  }
  for (const { id, level, guests, scenarios: own } of requirements) {
    const scope = guests === "any" ? "" : ` (${guests})`;
    process.stdout.write(`${id}  ${level}${scope}  ${own.length} scenario${own.length === 1 ? "" : "s"}\n`);
  }
  process.stdout.write("\n");
  for (const column of columns) {
    const reason = "reason" in column ? `: ${column.reason}` : "";
    process.stdout.write(`${column.host}×${column.guest}  ${column.status.replace("-", " ")}${reason}\n`);
  }
  return 0;
}
