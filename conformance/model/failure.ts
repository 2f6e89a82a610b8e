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

/** What a guest throws. Its message is part of the contract only where `told`: an engine's own messages are not. */
export class Thrown extends Error {
  override name = "Thrown";
  readonly told: boolean;

  constructor(message: string, told = true) {
    super(message);
    this.told = told;
  }
}
