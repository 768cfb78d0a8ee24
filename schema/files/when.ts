import { globMatches } from "./glob.ts";
import type { Conditions } from "./lock-schema.ts";

/** The machine that a lock is read for. */
export interface PlatformFacts {
  /** `ID` of os-release(5). */
  readonly id: string;
  /** `VERSION_ID`; absent on rolling distributions. */
  readonly versionId?: string;
  readonly arch: string;
  /** `debian-12-amd64` */
  readonly platform: string;
  readonly hostname: string;
}

/** Whether every condition holds; each is a glob or several of which one must match. */
export function holds(when: Conditions | undefined, platform: PlatformFacts): boolean {
  return holdsOnSomeHost(when, platform) && matches(when?.host, platform.hostname);
}

/** Whether the conditions hold for some machine of this platform: `host` is left out, for pins are shared by hosts. */
export function holdsOnSomeHost(when: Conditions | undefined, platform: PlatformFacts): boolean {
  return (
    matches(when?.os, platform.id) &&
    matches(when?.release, platform.versionId ?? "") &&
    matches(when?.arch, platform.arch)
  );
}

function matches(patterns: string | readonly string[] | undefined, text: string): boolean {
  if (patterns === undefined) return true;
  return [patterns].flat().some((pattern) => globMatches(pattern, text));
}
