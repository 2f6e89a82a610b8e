/** The build cannot go on; the message is what a compiler said, with file and line, or what is wrong with the inputs. */
export class BuildError extends Error {}
