/** How the first line begins that a check inside a package manager prints when it refuses what was about to be done. */
export const HOOK_REFUSAL = "omg: stopped before anything was changed";

/** What follows on that line, after `, because `. */
export const HOOK_REASONS = {
  /** A package file is not what was verified. */
  bytes: "a package file is not the one that was verified",
  /** More, less or other changes than planned. */
  changes: "the package manager would not do what was planned",
  /** The check itself did not work. */
  failed: "its changes could not be compared with the plan",
} as const;
