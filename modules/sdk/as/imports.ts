/** The host, as spec/guest-abi.md has it. Text and bytes go out as pointer and length, and come back as a payload. */

@external("evenlane_1", "payload_len") export declare function payload_len(): i32;
@external("evenlane_1", "take") export declare function take(ptr: usize): void;
@external("evenlane_1", "result") export declare function result(ptr: usize, len: i32): void;
@external("evenlane_1", "fail") export declare function fail(code: i32, ptr: usize, len: i32): void;
@external("evenlane_1", "abort") export declare function abort(ptr: usize, len: i32, line: i32, column: i32): void;
@external("evenlane_1", "context") export declare function context(): i32;
@external("evenlane_1", "log") export declare function log(level: i32, ptr: usize, len: i32): void;
@external("evenlane_1", "tx_begin") export declare function tx_begin(): i32;
@external("evenlane_1", "tx_commit") export declare function tx_commit(): i32;
@external("evenlane_1", "tx_abort") export declare function tx_abort(): i32;
@external("evenlane_1", "tx_point") export declare function tx_point(name: usize, name_len: i32): i32;
@external("evenlane_1", "table_get")
export declare function table_get(table: usize, table_len: i32, key: usize, key_len: i32): i32;
@external("evenlane_1", "table_insert")
export declare function table_insert(
  table: usize, table_len: i32, key: usize, key_len: i32, row: usize, row_len: i32,
): i32;
@external("evenlane_1", "table_update")
export declare function table_update(
  table: usize, table_len: i32, key: usize, key_len: i32, row: usize, row_len: i32,
): i32;
@external("evenlane_1", "table_delete")
export declare function table_delete(table: usize, table_len: i32, key: usize, key_len: i32): i32;
@external("evenlane_1", "table_scan")
export declare function table_scan(
  table: usize, table_len: i32, from: usize, from_len: i32, to: usize, to_len: i32,
): i32;
@external("evenlane_1", "schedule")
export declare function schedule(name: usize, name_len: i32, args: usize, args_len: i32, at: f64): i32;
@external("evenlane_1", "schedule_every")
export declare function schedule_every(
  name: usize, name_len: i32, args: usize, args_len: i32, first: f64, every: f64,
): i32;
@external("evenlane_1", "call_reducer")
export declare function call_reducer(name: usize, name_len: i32, args: usize, args_len: i32): i32;
@external("evenlane_1", "tx_timestamp") export declare function tx_timestamp(): f64;
@external("evenlane_1", "uuid") export declare function uuid(): i32;
@external("evenlane_1", "http_fetch")
export declare function http_fetch(request: usize, request_len: i32, body: usize, body_len: i32): i32;
@external("evenlane_1", "sleep_until") export declare function sleep_until(at: f64): i32;
