import type { Severity } from "../../schema/model/vulnerability.ts";
import { cvss2Score } from "./cvss2.ts";
import { cvss3Score } from "./cvss3.ts";
import { cvss4Score } from "./cvss4.ts";
import { levelOfScore, levelOfScore2, levelOfWord, worse } from "./level.ts";

/** What a record says about how bad it is. */
export interface Rating {
  /** Vectors of CVSS in any version, as they stand there. */
  readonly vectors: readonly string[];
  /** Words in place of a score: of GitHub's advisories, of Arch's tracker. */
  readonly words: readonly string[];
  /** Debian's own verdict on its own package: `unimportant`, `low`, `medium`, `high`, `not yet assigned`, `end-of-life`. */
  readonly urgency?: string;
}

export interface Rated {
  readonly severity: Severity;
  /** CVSS base score; absent where no vector could be computed. */
  readonly score?: number;
}

/**
 * One word from everything that is said. The newest CVSS that can be computed counts, the highest score of that version; without
 * one, words do. Debian's `unimportant` means that its own build is not affected in any way that matters, and is `none` whatever
 * the score; its `low`, `medium` and `high` can make the word worse, never better; the others say nothing.
 */
export function rate({ vectors, words, urgency }: Rating): Rated {
  const scored = scoreOf(vectors);
  const score = scored === undefined ? {} : { score: scored.score };
  if (urgency === "unimportant") return { severity: "none", ...score };
  const said = words.flatMap((word) => levelOfWord(word) ?? []).reduce<Severity>(worse, "unknown");
  const own = levelOfWord(urgency ?? "") ?? "unknown";
  return { severity: worse(scored?.severity ?? said, own), ...score };
}

function scoreOf(vectors: readonly string[]): Required<Rated> | undefined {
  for (const compute of [cvss4Score, cvss3Score]) {
    const found = vectors.flatMap((vector) => compute(vector) ?? []);
    if (found.length > 0) return scored(Math.max(...found), levelOfScore);
  }
  const old = vectors.flatMap((vector) => cvss2Score(vector) ?? []);
  return old.length > 0 ? scored(Math.max(...old), levelOfScore2) : undefined;
}

function scored(score: number, level: (score: number) => Severity): Required<Rated> {
  return { severity: level(score), score };
}
