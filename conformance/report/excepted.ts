import pc from "picocolors";
import type { CitedException } from "../run/exception.ts";
import type { RunResult } from "../run/run.ts";
import type { Cell } from "../run/verdict.ts";
import { mark } from "./marks.ts";

/** Every cell that an exception keeps from being red, with the exception, and how many there are. Empty where there is none. */
export function renderExcepted({ cells }: Pick<RunResult, "cells">): string {
  const own = cells.flatMap(({ exception, ...cell }) =>
    exception !== undefined && exception.refused === undefined ? [{ ...cell, exception }] : [],
  );
  if (own.length === 0) return "";
  return [pc.bold("Excepted"), counts(own), ...own.flatMap(linesOf)].join("\n");
}

function counts(own: readonly Cell[]): string {
  const excepted = own.filter(({ verdict }) => verdict === "excepted").length;
  const passed = own.filter(({ verdict, reason }) => verdict === "intermittent" && reason === undefined).length;
  const failed = own.length - excepted - passed;
  return [
    ...(excepted > 0 ? [`${excepted} excepted`] : []),
    ...(passed + failed > 0 ? [`${passed + failed} intermittent, of which ${passed} passed and ${failed} failed`] : []),
  ].join("; ");
}

function linesOf(cell: Cell & { readonly exception: CitedException }): string[] {
  const { host, guest, requirement, reason, exception } = cell;
  const { word, paint } = mark(cell.verdict);
  return [
    `${paint(pc.bold(word))} ${pc.bold(`${host}×${guest}`)} ${requirement}: ${reason ?? "passed this time"}`,
    `  ${exception.reason}`,
    `  ${exception.link}`,
    pc.dim(`  owner: ${exception.owner}; until ${exception.expires}, ${days(exception.daysLeft)} (${exception.at})`),
  ];
}

function days(left: number): string {
  if (left === 0) return "which is today";
  return left === 1 ? "1 day left" : `${left} days left`;
}
