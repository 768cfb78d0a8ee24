/**
 * What of somebody's own the answers to these commands hang on, in whatever folder they are asked: a folder of omg's for that user (host/paths.ts),
 * and what may lie in it. Where none of it is there, omgd answers other users, too; whoever passes a command on looks. scripts/schemas.mjs writes
 * native/passed_on.h from this list.
 */
export const OWN = [
  ["search", "data", "aur/names"],
  ["info", "config", "omg.lock"],
  ["info", "data", "advisories"],
  ["outdated", "config", "omg.lock"],
  ["outdated", "data", "advisories"],
  ["explicit", "config", "omg.lock"],
  ["explicit", "data", "versions"],
] as const;
