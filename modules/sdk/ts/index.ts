/** The SDK of TypeScript modules: what a module imports from `evenlane/module`. */
export { type Category, categoryOf, type Host, type Module } from "./abi.ts";
export {
  AbortController,
  AbortError,
  type AbortEvent,
  type AbortListener,
  type AbortListenerOptions,
  AbortSignal,
} from "./abort.ts";
export type {
  AsyncProcedureCtx,
  Ctx,
  Log,
  NotThenable,
  ProcedureCtx,
  ReducerCtx,
  SyncProcedureCtx,
  Thenable,
  Tx,
} from "./context.ts";
export { EvenlaneError } from "./errors.ts";
export type { Headers, RequestInit, RequestTarget, Response } from "./http.ts";
export type { Json } from "./json.ts";
export { type Args, type Param, type Params, t } from "./params.ts";
export type { ArgsFor, FunctionRef, ReducerRef } from "./refs.ts";
export type { Schedule, ScheduleEvery } from "./schedules.ts";
export { type Schema, schema } from "./schema.ts";
export { type Db, type Range, type Table, type TableDef, type Tables, table } from "./tables.ts";
