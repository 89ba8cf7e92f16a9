// How a cycle ended, in words and tones.

const WORDS = {
  drained: ["drained", "ok"],
  partial: ["partial", "alert"],
  offline: ["offline", "offline"],
  unreachable: ["unreachable", "offline"],
  busy: ["another was running", "busy"],
  stopped: ["stopped", "alert"],
  error: ["error", "alert"],
};

/** Gives the word for an outcome; none has been written while the cycle runs, or if its process died. */
export const outcomeInWords = (outcome) => WORDS[outcome]?.[0] ?? outcome ?? "not ended";

/** Gives the tone of an outcome. */
export const toneOfOutcome = (outcome) => WORDS[outcome]?.[1] ?? "loading";
