import { closeSync, fstatSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { stampOf } from "../host/file-stamp.ts";
import { closeSoon } from "../host/files.ts";
import { openOwn } from "../host/own-file.ts";
import { filesOf, type IndexPlace, type Installed, MAX_BYTES, over, type PackageIndex } from "./index.ts";
import { type Layout, leanIndex } from "./layout.ts";
import { preferring } from "./search.ts";

/** For who keeps it long: little of it lies in memory, and its file stays open. */
export interface LeanIndex extends PackageIndex {
  /**
   * The same once more, for when something else is installed; undefined where the file is no longer what it was. It stays open until all of them are
   * closed.
   */
  again(here: Installed): Promise<LeanIndex | undefined>;
  close(): void;
}

/** So many are looked up in well under a millisecond. */
const NAMES_AT_A_TIME = 100;

/**
 * The index as it was made under this key; undefined where it is missing, older, damaged, or somebody else's. It is read in pieces, between which
 * others have their turn. Errors: those of reading.
 * @param here what `search` will be told to prefer
 */
export async function openLeanIndex(place: IndexPlace, key: string, here: Installed): Promise<LeanIndex | undefined> {
  const { index: path } = filesOf(place);
  const stamp = stampOf(path);
  const fd = openOwn(path);
  if (fd === undefined) return undefined;
  let layout: Layout | undefined;
  try {
    layout = fstatSync(fd).size > MAX_BYTES ? undefined : await leanIndex(fd, key);
  } finally {
    if (layout === undefined) closeSync(fd);
  }
  return layout && (await sharing({ layout, fd, isStill: () => stampOf(path) === stamp, users: 0 }, here));
}

/** A file that is open for several. */
interface Shared {
  readonly layout: Layout;
  readonly fd: number;
  readonly isStill: () => boolean;
  users: number;
}

async function sharing(shared: Shared, here: Installed): Promise<LeanIndex> {
  shared.users += 1;
  const { add, preferred } = preferring(shared.layout);
  let count = 0;
  for (const name of here.keys()) {
    if (count % NAMES_AT_A_TIME === 0) await turn();
    add(name);
    count += 1;
  }
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    shared.users -= 1;
    if (shared.users === 0) closeSoon(shared.fd);
  };
  const again = async (others: Installed) => (!isClosed && shared.isStill() ? sharing(shared, others) : undefined);
  return { ...over(shared.layout, { of: here, preferred }), again, close };
}
