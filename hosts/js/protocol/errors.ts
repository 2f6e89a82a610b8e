/** Refused requests: the JSON-RPC errors of the host protocol. */
import type { Category } from "../guest/codes.ts";

/** Codes of refused requests, by what they mean. */
export const rpcCode = {
  parseError: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  moduleRefused: -32000,
  unknownName: -32001,
  notNow: -32002,
  connectionRefused: -32003,
  duplicateName: -32004,
} as const;

/** Why a module is refused. */
export type RefusalReason = "unreadable" | "hash-mismatch" | "compile" | "describe" | "interface" | "init";

/** How a call failed, as its caller reads it. */
export interface CallError {
  readonly category: Category;
  readonly message: string;
  readonly function: string;
}

/** A request that is answered with an error. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: { readonly reason: RefusalReason } | { readonly error: CallError } | undefined;

  /** `message` says what was wrong, where, and what to do. */
  constructor(code: number, message: string, data?: RpcError["data"]) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

/** A module that is refused. */
export function moduleRefused(reason: RefusalReason, message: string): RpcError {
  return new RpcError(rpcCode.moduleRefused, message, { reason });
}
