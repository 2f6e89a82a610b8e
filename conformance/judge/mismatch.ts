/** The model does not allow what was observed. */
export class Mismatch extends Error {
  override name = "Mismatch";
}
