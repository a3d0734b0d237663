// The error of a drawing that cannot be prepared.

/** A drawing has a fault; the message is the one of `cnnlab predict`. */
export class PreparationError extends Error {
  name = "PreparationError";
}
