/** A category of the guest ABI by which a host refuses, thrown at the guest that asked. */
export class Refused extends Error {
  override name = "Refused";
  readonly category: string;

  /** `category` is one of the guest ABI's. */
  constructor(category: string) {
    super(`refused as ${category}`);
    this.category = category;
  }
}

/**
 * A turn that never ends by itself: its host has to stop it, as `budget` or `memory`. When it does is of no matter, as nothing else of the lane runs
 * meanwhile; thrown by a program where its guest runs on for ever.
 */
export class Stopped extends Error {
  override name = "Stopped";
  readonly category: "budget" | "memory";

  constructor(category: "budget" | "memory") {
    super(`stopped as ${category}`);
    this.category = category;
  }
}

/** What a guest throws. Its message is part of the contract only where `told`: an engine's own messages are not. */
export class Thrown extends Error {
  override name = "Thrown";
  readonly told: boolean;

  constructor(message: string, told = true) {
    super(message);
    this.told = told;
  }
}
