import type { Folder, Objects } from "./git-objects.ts";

/** Trees that were read once, for questions about many commits of one history: most of them share most. */
export interface Trees {
  /** The folder at a path below each of these trees; nothing where there is none. */
  below(trees: readonly string[], path: string): Promise<ReadonlyMap<string, Folder>>;
  /**
   * The files, links and other repositories that differ between two trees, by path, for each pair. A pair without a first one: whatever the second
   * holds. Reads what differs, and a level of all pairs at once.
   */
  changes(pairs: readonly Pair[]): Promise<readonly (readonly string[])[]>;
}

type Pair = readonly [before: string | undefined, after: string];

/** A mode that is a folder's. */
const FOLDER = "40000";

export function treesOf(objects: Pick<Objects, "trees">): Trees {
  const known = new Map<string, Folder>();
  const load = async (names: Iterable<string>): Promise<void> => {
    const missing = [...new Set(names)].filter((name) => !known.has(name));
    for (const [name, folder] of await objects.trees(missing)) known.set(name, folder);
  };
  return {
    below: async (trees, path) => {
      let at = new Map(trees.map((tree) => [tree, tree]));
      for (const name of path.split("/")) {
        await load(at.values());
        const next = new Map<string, string>();
        for (const [tree, place] of at) {
          const entry = known.get(place)?.get(name);
          if (entry?.mode === FOLDER) next.set(tree, entry.object);
        }
        at = next;
      }
      await load(at.values());
      return new Map([...at].map(([tree, place]) => [tree, known.get(place) ?? new Map()]));
    },
    changes: async (pairs) => {
      const changed = pairs.map((): string[] => []);
      let open = pairs.map(([before, after], index): Step => ({ index, path: "", before, after }));
      while (open.length > 0) {
        const differing = open.filter(({ before, after }) => before !== after);
        await load(differing.flatMap(({ before, after }) => [before, after]).filter((name) => name !== undefined));
        open = differing.flatMap((step) => compared(step, known, changed[step.index] ?? []));
      }
      return changed;
    },
  };
}

/** Two folders of one name, in a pair of trees. */
interface Step {
  readonly index: number;
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Adds what differs between two folders, and gives the folders below them that do. */
function compared({ index, path, before, after }: Step, known: ReadonlyMap<string, Folder>, changed: string[]): Step[] {
  const [old, now] = [folderOf(before, known), folderOf(after, known)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [a, b] = [old.get(name), now.get(name)];
    if (a?.mode === b?.mode && a?.object === b?.object) return [];
    const inside = `${path}${name}`;
    if ([a, b].some((entry) => entry !== undefined && entry.mode !== FOLDER)) changed.push(inside);
    const [left, right] = [a, b].map((entry) => (entry?.mode === FOLDER ? entry.object : undefined));
    return left === undefined && right === undefined ? [] : [{ index, path: `${inside}/`, before: left, after: right }];
  });
}

function folderOf(tree: string | undefined, known: ReadonlyMap<string, Folder>): Folder {
  return (tree === undefined ? undefined : known.get(tree)) ?? new Map();
}
