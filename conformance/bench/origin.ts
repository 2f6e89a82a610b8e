import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { z } from "zod";
import { KitError } from "../run/kit-error.ts";

const greetingSchema = z.strictObject({ port: z.int(), control: z.int() });

/** The origin of benches, a program of its own so that it takes none of the driver's time. */
export class BenchOrigin {
  /** `host:port`, to be allowed to hosts. */
  readonly authority: string;
  readonly #control: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  /** Starts it. @throws KitError where it does not come to listening */
  static async start(program: string): Promise<BenchOrigin> {
    const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve, reject) => {
      child.once("error", (error) => reject(new KitError(`${program} cannot be started: ${error.message}`)));
      child.once("exit", (code) => reject(new KitError(`${program} ended before it listened (exit code ${code})`)));
      createInterface(child.stdout).once("line", resolve);
    });
    return new BenchOrigin(child, greetingSchema.parse(JSON.parse(line)));
  }

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, at: z.infer<typeof greetingSchema>) {
    this.#child = child;
    this.authority = `127.0.0.1:${at.port}`;
    this.#control = `http://127.0.0.1:${at.control}`;
  }

  /** A URL that is answered at once. */
  get now(): string {
    return `http://${this.authority}/now`;
  }

  /** A URL that is answered when it is released. */
  get held(): string {
    return `http://${this.authority}/held/x`;
  }

  /** Resolves once that many requests are held. */
  async untilHeld(count: number, signal: AbortSignal): Promise<void> {
    await this.#ask("GET", `/wait?held=${count}`, signal);
  }

  /** Releases all that is held. */
  async release(): Promise<void> {
    await this.#ask("POST", "/release");
  }

  /** Cuts off what is held, and counts from 0. */
  async reset(): Promise<void> {
    await this.#ask("POST", "/reset");
  }

  /** Ends it. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    await ended;
  }

  async #ask(method: string, path: string, signal?: AbortSignal): Promise<void> {
    const response = await fetch(`${this.#control}${path}`, { method, ...(signal !== undefined && { signal }) });
    const text = await response.text();
    if (!response.ok) throw new KitError(`the origin of the bench refuses ${method} ${path}: ${text}`);
  }
}
