/** The SDK of AssemblyScript modules. */
export { categoryOf } from "./codes";
export { Ctx, Http, Log, ProcedureCtx, ReducerCtx, Tx } from "./context";
export { call, describe, schema } from "./entry";
export { Request, Response } from "./http";
export { fromInt64, toInt64 } from "./json/int64";
export { parseJson } from "./json/parse";
export { Json, JsonArray, JsonBoolean, JsonNull, JsonNumber, JsonObject, JsonString } from "./json/value";
export { Args, Param, Schema, t } from "./schema";
export { Db, KeyedRow, Table } from "./tables";
