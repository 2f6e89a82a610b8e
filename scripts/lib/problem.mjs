/**
 * Something the user can put right. Its message is one sentence that says what is missing and how to get it; it is
 * printed as it is, without a stack trace. Every other error is a fault of the scripts themselves.
 */
export class Problem extends Error {
  name = "Problem";
}
