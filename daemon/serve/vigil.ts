import { readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { ABSENT, type Looked, lookAt } from "../../host/look.ts";
import { lostNotices, type Notices, openNotices } from "../notices.ts";
import { openWatch, type Watch } from "../watch.ts";

/** Knows whether everything is as it was seen. */
export interface Vigil {
  /** Resolves once all is noticed that was changed before, by whomever. */
  caughtUp(): Promise<void>;
  /** Whether all is as it was seen, but for what changed after `caughtUp` was last called. */
  stands(): boolean;
  /** One of the same kind for what was seen since. This one is over, and not to be ended any more; what of it was not touched goes on to be looked after. */
  next(all: readonly Looked[]): Vigil;
  end(): void;
}

/**
 * Looks after paths, and tells soon where one of them changes. To be sure, each is looked at whenever that is asked, unless another look tells of it;
 * but of a crowd (below) the kernel's notices are believed until the first one comes.
 */
export function openVigil(all: readonly Looked[], onChange: () => void, look: typeof lookAt = lookAt): Vigil {
  return vigilOver(all, { watch: openWatch(onChange), spare: new Map() }, { onChange, look });
}

interface Hears {
  readonly onChange: () => void;
  readonly look: typeof lookAt;
}

/** What an earlier one leaves. */
interface Left {
  readonly watch: Watch;
  readonly spare: Watched;
}

function vigilOver(all: readonly Looked[], { watch, spare }: Left, { onChange, look }: Hears): Vigil {
  const looked = telling(all);
  const stands = ([path, how, seen]: Looked) => look(path, how) === seen;
  // Looked at first from then on: what has changed once seldom becomes as it was, and whoever asks meanwhile need not wait for looks at all the rest.
  let fallen: Looked | undefined;
  const allStand = (all: readonly Looked[]) => {
    if (fallen !== undefined && !stands(fallen)) return false;
    fallen = all.find((each) => !stands(each));
    return fallen === undefined;
  };
  let isTouched = false;
  const crowd = openCrowd(looked, spare, () => {
    isTouched = true;
    onChange();
  });
  const others = looked.filter((each) => !crowd.has(each));
  watch.set(others.map(([path]) => path));
  let certain: string | undefined;
  const crowdStands = () => {
    const doubts = isTouched ? undefined : doubtsNow();
    if (doubts !== undefined && doubts === certain) return true;
    const stood = allStand(crowd.looked);
    certain = stood ? doubts : undefined;
    return stood;
  };
  return {
    caughtUp: async () => {
      if (crowd.looked.length === 0 || isTouched) return;
      // The first ends this round of the event loop. Before the second it has asked the kernel once more, for all that is there.
      await turn();
      await turn();
    },
    stands: () => allStand(others) && (crowd.looked.length === 0 || crowdStands()),
    next: (seen) => {
      const left = crowd.release();
      const next = vigilOver(seen, { watch, spare: left }, { onChange, look });
      for (const { notices } of left.values()) notices.close();
      return next;
    },
    end: () => {
      watch.end();
      crowd.end();
    },
  };
}

/**
 * Without what is not there for as long as another one is as it was seen: nothing is in a folder that is not there, and no name has come into one
 * whose names are the same.
 */
function telling(all: readonly Looked[]): readonly Looked[] {
  const seenAt = new Map(all.map(([path, how, seen]) => [path, seen === ABSENT ? ABSENT : how]));
  const isGone = (path: string): boolean =>
    seenAt.get(path) === ABSENT || (path !== dirname(path) && isGone(dirname(path)));
  const isTold = (path: string) => seenAt.get(dirname(path)) === "entries" || isGone(dirname(path));
  return all.filter(([path, , seen]) => seen !== ABSENT || !isTold(path));
}

/** What has to be the same for notices to be believed: none was lost, and nothing was mounted over what they are of. */
function doubtsNow(): string | undefined {
  try {
    return `${lostNotices()}\n${readFileSync("/proc/self/mountinfo", "latin1")}`;
  } catch {
    return undefined;
  }
}

interface Crowd {
  readonly looked: readonly Looked[];
  has(each: Looked): boolean;
  /** What is open for it, which whoever takes it closes. */
  release(): Watched;
  end(): void;
}

/** What notices are open of, by its path and how it was seen. */
type Watched = Map<string, Member>;

interface Member {
  readonly notices: Notices;
  /** Another file may lie at the path by now, of which they say nothing. */
  isTouched: boolean;
  tell: () => void;
}

/** Fewer are looked at in less time than it takes to be sure of notices. */
const FEW = 64;

/**
 * Many files, each in a folder of its own in one that is itself looked at, as pacman keeps what is installed. What comes, goes or gets another
 * name in that one, its own times tell. So of each file nothing is left but what its notices are of: its content, its attributes and its name, by
 * whatever link or mount it is reached. Of a path that leads there by a link nothing of this is sure, nor where the files are not of this machine's own disks.
 */
function openCrowd(looked: readonly Looked[], spare: Watched, onNotice: () => void): Crowd {
  const found = [...groupsIn(looked)].flatMap(([folder, files]) => (files.length < FEW ? [] : sureIn(folder, files)));
  let open: Watched = new Map();
  const release = () => {
    const all = open;
    open = new Map();
    return all;
  };
  const end = () => {
    for (const { notices } of release().values()) notices.close();
  };
  try {
    for (const [path, , seen] of found) {
      const key = `${path}\n${seen}`;
      if (!open.has(key)) open.set(key, takenOver(spare, key, onNotice) ?? memberOf(path, onNotice));
    }
    const among = new Set(found);
    return { looked: found, has: (each) => among.has(each), release, end };
  } catch {
    end();
    return { looked: [], has: () => false, release, end };
  }
}

/** To open a thousand anew takes 50 milliseconds. */
function takenOver(spare: Watched, key: string, tell: () => void): Member | undefined {
  const known = spare.get(key);
  if (known === undefined || known.isTouched) return undefined;
  spare.delete(key);
  known.tell = tell;
  return known;
}

function memberOf(path: string, tell: () => void): Member {
  const notices = openNotices(path, () => {
    member.isTouched = true;
    member.tell();
  });
  const member: Member = { notices, isTouched: false, tell };
  return member;
}

/** By the folder of their folder, where it was looked at for its names. */
function groupsIn(looked: readonly Looked[]): ReadonlyMap<string, Looked[]> {
  const groups = new Map(looked.flatMap(([path, how]) => (how === "entries" ? [[path, [] as Looked[]]] : [])));
  for (const each of looked) if (each[1] === "itself") groups.get(dirname(dirname(each[0])))?.push(each);
  return groups;
}

/** Types of file systems that nothing changes but by this kernel: statfs(2). ext, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs. */
const OWN_DISKS: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x01021994,
]);

function sureIn(folder: string, files: readonly Looked[]): readonly Looked[] {
  try {
    if (process.platform !== "linux" || !OWN_DISKS.has(statfsSync(folder).type)) return [];
    const { dev } = statSync(folder);
    const entries = readdirSync(folder, { withFileTypes: true });
    const folders = new Set(entries.filter((each) => each.isDirectory()).map(({ name }) => name));
    const isFile = new RegExp(`^${dev} \\d+ \\d+ \\S+ \\S+$`);
    return files.filter(([path, , seen]) => folders.has(basename(dirname(path))) && isFile.test(seen));
  } catch {
    return [];
  }
}
