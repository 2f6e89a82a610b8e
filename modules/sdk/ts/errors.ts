import { type Category, categoryOf, type Host } from "./abi.ts";

/** A refusal: something that the host would not do, or that failed outside the module. */
export class EvenlaneError extends Error {
  /** The code of the ABI's table of refusals; negative. */
  readonly code: number;
  /** The category that the caller reads where the call fails with this error. */
  readonly category: Category;

  constructor(code: number, message: string) {
    super(message);
    this.name = "EvenlaneError";
    this.code = code;
    this.category = categoryOf(code);
  }
}

/** Gives a host method's answer back, or throws the refusal that it is. */
export function accept<T>(host: Host, answer: T | number): Exclude<T, number> | number {
  if (typeof answer === "number" && answer < 0) throw refusal(host, answer);
  return answer as Exclude<T, number> | number;
}

/** The error for a code that a host method has just given. */
export function refusal(host: Host, code: number): EvenlaneError {
  const message = host.message();
  return new EvenlaneError(code, message === "" ? categoryOf(code) : message);
}
