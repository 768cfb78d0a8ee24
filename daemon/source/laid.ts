import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Tell } from "../book.ts";
import type { ChildEnd } from "../child.ts";
import type { Problem } from "../problem.ts";
import type { DaemonFolders } from "../settings.ts";
import { openWatch } from "../watch.ts";
import type { LaidOut } from "./contents.ts";
import { digestOfTree } from "./digest.ts";
import { treeOf } from "./point.ts";

/** The files of commits that a round is about: they count as their objects have them, whatever somebody made of them where they lie. */
export interface Laid {
  /** What a child found that these files have to be, and wrote where they were others. */
  learn(commit: string, laid: LaidOut): void;
  /** Sees to it that they lie there as they have to. @returns why that cannot be */
  ensure(commit: string): Promise<Problem | undefined>;
  end(): void;
}

interface LaidOptions {
  readonly folders: DaemonFolders;
  readonly tell: Tell;
  /** The commits that matter now. */
  readonly needed: () => readonly string[];
  /** They are no more as they have to be. */
  readonly onChange: () => void;
  /** Lays a commit out of its objects again. */
  readonly layOut: (commit: string) => Promise<ChildEnd>;
}

/** What the files have to be is known by memory alone: what lies on the disk beside them could be edited like them. */
export function openLaid({ folders, tell, needed, onChange, layOut }: LaidOptions): Laid {
  const known = new Map<string, string>();
  const isWhole = (commit: string) => known.get(commit) === digestOfTree(treeOf(folders, commit));
  const watch = openWatch(() => {
    if (needed().some((commit) => known.has(commit) && !isWhole(commit))) onChange();
  });
  const learn = (commit: string, { digest, rewritten }: LaidOut) => {
    const isOther = rewritten || known.get(commit) !== digest;
    known.set(commit, digest);
    // Other folders may have come in the place of those that were looked after.
    if (isOther) watch.set([]);
    if (rewritten) tell([{ about: "omgd", tone: "warn", text: rewrittenText(folders, commit) }]);
  };
  return {
    learn,
    ensure: async (commit) => {
      watch.set(needed().flatMap((each) => foldersIn(treeOf(folders, each))));
      if (known.has(commit) && isWhole(commit)) return undefined;
      const { problem, document } = await layOut(commit);
      if (problem !== undefined) return problem;
      learn(commit, document.laid as LaidOut);
      watch.set(needed().flatMap((each) => foldersIn(treeOf(folders, each))));
      return undefined;
    },
    end: watch.end,
  };
}

function rewrittenText(folders: DaemonFolders, commit: string): string {
  return `${treeOf(folders, commit)} was not as the commit has it, which alone counts: it was written anew`;
}

/** A folder and those below it. */
function foldersIn(folder: string): readonly string[] {
  try {
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [folder, ...below.flatMap(({ name }) => foldersIn(join(folder, name)))];
  } catch {
    return [];
  }
}
