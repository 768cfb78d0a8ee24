import { type BuildIdentity, GITHUB } from "./certificate.ts";

/**
 * Workflows known to build apart from whoever starts them, at a release of theirs:
 * https://github.com/slsa-framework/slsa-github-generator, "SLSA Build level 3".
 */
const ISOLATING =
  /^https:\/\/github\.com\/slsa-framework\/slsa-github-generator\/\.github\/workflows\/(?:builder|generator)_[a-z0-9_-]+_slsa3\.yml@refs\/tags\/v\d+\.\d+\.\d+$/;

/**
 * Whether what signed lies where those who change the source cannot: a reusable workflow of another repository, on a machine
 * of GitHub's. Then, and only then, can the builder keep its steps and its identity apart from the steps of the build.
 */
export function isApart(identity: BuildIdentity): boolean {
  return isHosted(identity) && !identity.signer.startsWith(`${identity.repository}/`);
}

/** On a machine that GitHub runs for whoever builds, by GitHub's word. */
function isHosted({ issuer, runner }: BuildIdentity): boolean {
  return issuer === GITHUB && runner === "github-hosted";
}

/**
 * The SLSA build level (https://slsa.dev/spec/v1.0/levels) that an identity supports by itself. 1: there is provenance. 2: a
 * hosted platform made it. 3: a builder that is known to isolate did. A policy that names its builder vouches for that
 * itself: see `expectations.ts`.
 */
export function levelOf(identity: BuildIdentity): 1 | 2 | 3 {
  if (!isHosted(identity)) return 1;
  return isApart(identity) && ISOLATING.test(identity.signer) ? 3 : 2;
}
