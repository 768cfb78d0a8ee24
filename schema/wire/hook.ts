/** How the first line begins that a check inside a package manager prints when it refuses what was about to be done. */
export const HOOK_REFUSAL = "omg: stopped before anything was changed";
