/** The kit cannot do what it was asked: the message says what was wrong, where, and what to do. The command line ends with 2. */
export class KitError extends Error {
  override name = "KitError";
}
