/** Errors of the host protocol: the codes of refused requests and the categories of failed calls. */
import { z } from "zod";

/** JSON-RPC error codes that a host may answer with, by what they mean. */
export const errorCodes = {
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

/** A code of the table in the host protocol's "Errors of a request". */
export type ErrorCode = (typeof errorCodes)[keyof typeof errorCodes];

/** Categories of failures, as the guest ABI lists them: first those of a refused host call, then the others. */
export const categories = [
  "absent",
  "no-transaction",
  "transaction-open",
  "not-allowed",
  "unique-violation",
  "unknown-table",
  "bad-value",
  "thenable-body",
  "transport",
  "timeout",
  "handle-closed",
  "conflict",
  "limit",
  "cancelled",
  "aborted",
  "guest-error",
  "unknown-function",
  "bad-arguments",
  "promise-from-sync",
  "async-reducer",
  "stalled",
  "budget",
  "deadline",
  "memory",
  "lane-lost",
  "shutdown",
] as const;

/** A failure's category. */
export type Category = (typeof categories)[number];

/** How a call, or a hook of a connection, failed. */
export const callErrorSchema = z.strictObject({
  category: z.enum(categories),
  message: z.string(),
  function: z.string(),
});

/** How a call failed. */
export type CallError = z.infer<typeof callErrorSchema>;

/** Why a module was refused, as `data` of error -32000. */
export const refusedModuleSchema = z.strictObject({
  reason: z.enum(["unreadable", "hash-mismatch", "compile", "describe", "interface", "init"]),
});

const message = z.string().min(1);
const plain = [
  errorCodes.parseError,
  errorCodes.invalidRequest,
  errorCodes.unknownMethod,
  errorCodes.invalidParams,
  errorCodes.unknownName,
  errorCodes.notNow,
  errorCodes.duplicateName,
] as const;

/** The `error` of a JSON-RPC error response. */
export const requestErrorSchema = z.discriminatedUnion("code", [
  z.strictObject({ code: z.literal(errorCodes.moduleRefused), message, data: refusedModuleSchema }),
  z.strictObject({
    code: z.literal(errorCodes.connectionRefused),
    message,
    data: z.strictObject({ error: callErrorSchema }),
  }),
  z.strictObject({ code: z.literal([...plain]), message }),
]);

/** The `error` of a JSON-RPC error response. */
export type RequestError = z.infer<typeof requestErrorSchema>;
