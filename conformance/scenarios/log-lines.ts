import type { HostProcess } from "../protocol/host-process.ts";
import type { LogNotification } from "../protocol/schemas.ts";
import type { Submitted } from "./connection.ts";

/** The lines that a host logs of one module from the making of this on, until `stop`. */
export class LogLines {
  readonly #lines: LogNotification[] = [];
  /** Ends the listening. */
  readonly stop: () => void;

  constructor(host: HostProcess, module: string) {
    this.stop = host.onLog((line) => {
      if (line.module === module) this.#lines.push(line);
    });
  }

  /** What was logged so far that holds this text, by call and level. */
  holding(text: string): { call: string | null; level: string }[] {
    return this.#lines.filter(({ message }) => message.includes(text)).map(({ call, level }) => ({ call, level }));
  }
}

/** A line of this level under that call, as `LogLines.holding` gives it. */
export const lineOf = ({ call }: Submitted, level: string): { call: string; level: string } => ({ call, level });
