/** `saboteurs`: what the command line makes of names and options, and one hunt from end to end. */
import { expect, test } from "vitest";
import { evenlane, hostsFile } from "./command-line.ts";

test("a name that is no saboteur's is an error that gives the nearest one", async () => {
  const { code, stderr } = await evenlane("saboteurs", "last-in-first-out-resumptions");
  expect(code).toBe(2);
  expect(stderr).toContain(
    'there is no saboteur "last-in-first-out-resumptions"; did you mean "last-in-first-out-resumption"?',
  );
});

test("the whole matrix is not written from some of the saboteurs", async () => {
  const { code, stderr } = await evenlane("saboteurs", "last-in-first-out-resumption", "--update");
  expect(code).toBe(2);
  expect(stderr).toContain("--update writes the whole matrix: it takes no names");
});

test("without the JavaScript host on Node there is nothing to put faults into", async () => {
  const { code, stderr } = await evenlane("saboteurs", "--hosts", hostsFile("", ["as"]));
  expect(code).toBe(2);
  expect(stderr).toContain("run npm run setup");
});

test("a saboteur that is found is told with the requirement, the reason, and how often its fault acted", async () => {
  const { code, stdout, stderr } = await evenlane("saboteurs", "last-in-first-out-resumption");
  expect(stderr).toContain("killed last-in-first-out-resumption");
  expect(stdout).toMatch(/last-in-first-out-resumption │ [1-9]\d* +│ ordering\/resume-in-release-order │ wrong-order/);
  expect(stdout).toContain("1 of 1 saboteurs killed");
  expect(code).toBe(0);
});
